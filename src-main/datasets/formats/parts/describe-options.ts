import { z } from 'zod';
import type { FormatOption, FormatRow } from '../../../../src-shared/contract/datasets.ts';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { DatasetFormat } from '../format.ts';

const Property = z.object({
  description: z.string().optional(),
  type: z.enum(['string', 'boolean', 'number', 'integer']),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.union([z.string(), z.boolean(), z.number()]).optional(),
});
const Properties = z.object({ properties: z.record(z.string(), Property).default({}) });

/** What people choose formats by. */
export function describeFormat(format: DatasetFormat): FormatRow {
  const { id, name, form } = format;
  return {
    id, name, form,
    folderIf: format.folderIf ?? null,
    extension: form === 'file' ? (format.extension ?? '.json') : null,
    readable: format.read !== undefined,
    writable: format.write !== undefined,
    options: describeOptions(format),
  };
}

/** The options of a format, read off its schema. */
function describeOptions({ options }: DatasetFormat): FormatOption[] {
  const { properties } = Properties.parse(z.toJSONSchema(options, { io: 'input' }));
  return Object.entries(properties).map(([name, { description = null, type, enum: choices, minimum, maximum, default: value = null }]) => {
    if (choices !== undefined) return { kind: 'choice', name, description, choices, default: value === null ? null : String(value) };
    switch (type) {
      case 'boolean':
        return { kind: 'switch', name, description, default: value === true };
      case 'string':
        return { kind: 'text', name, description, default: value === null ? null : String(value) };
      default:
        return { kind: 'number', name, description, whole: type === 'integer', least: bound(minimum), most: bound(maximum), default: typeof value === 'number' ? value : null };
    }
  });
}

/** zod gives whole numbers the bounds of what a double holds exactly, which nobody chose. */
const bound = (limit: number | undefined): number | null => (limit === undefined || Math.abs(limit) === Number.MAX_SAFE_INTEGER ? null : limit);

/** Options from outside, checked and with the defaults filled in. Throws 'bad-request' naming the option. */
export function checkedOptions(format: DatasetFormat, options: unknown): unknown {
  const read = format.options.safeParse(options);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const named = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '');
  const known = describeOptions(format).map((option) => option.name);
  const why = issue?.code === 'unrecognized_keys' ? `it has ${known.length === 0 ? 'no options' : `only ${known.join(', ')}`}` : (issue?.message ?? 'impossible');
  throw new MaskwrightError('bad-request', `${format.name} cannot be written with the option "${named}" as given: ${why}.`, named);
}
