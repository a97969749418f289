import { Packr } from 'msgpackr';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { Edit } from '../../src-shared/domain/edits.ts';
import { Provenance, Shape } from '../../src-shared/domain/schema.ts';
import { maskFlaw } from '../../src-shared/geometry/mask-flaw.ts';
import { Extras, NO_EXTRAS } from '../datasets/extras.ts';
import { DamagedShape } from './damaged-shape.ts';

/** Plain MessagePack, without msgpackr's own record extension, so that any reader of the format understands a project. */
const packr = new Packr({ useRecords: false });

export const encodeShape = (shape: Shape): Uint8Array => packr.pack(shape);

/** `of` names what is read, for the error. Throws DamagedShape; whether a mask's run lengths make a mask is not looked at (maskFlaw). */
export function decodeShape(bytes: Uint8Array, of: string): Shape {
  const shape = readPart(() => Shape.parse(packr.unpack(bytes)), of, 'its shape cannot be read');
  // msgpackr gives a Buffer over the row's memory; outside this folder bytes are plain Uint8Arrays.
  return shape.kind === 'mask' ? { ...shape, counts: new Uint8Array(shape.counts) } : shape;
}

export const encodeEdits = (edits: readonly Edit[]): Uint8Array => packr.pack(edits);

/** Undo and redo write what a step holds into the project, so its masks must be some. Throws 'project-damaged'. */
export function decodeEdits(bytes: Uint8Array, of: string): Edit[] {
  return read(() => {
    const edits = Edit.array().parse(packr.unpack(bytes));
    for (const edit of edits) {
      if (edit.type !== 'instances.set') continue;
      for (const { content } of [edit.before, edit.after]) if (content?.shape.kind === 'mask' && maskFlaw(content.shape) !== null) throw new Error(maskFlaw(content.shape) ?? '');
    }
    return edits;
  }, of);
}

export const encodeProvenance = (provenance: Provenance): string => JSON.stringify(provenance);

/** Of the last one read: those of an imported data set are all alike, and nobody changes one in place. */
let lastProvenance: { readonly json: string; readonly provenance: Provenance } | null = null;

export function decodeProvenance(json: string, of: string): Provenance {
  if (lastProvenance?.json === json) return lastProvenance.provenance;
  const provenance = readPart(() => Provenance.parse(JSON.parse(json)), of, 'where it comes from cannot be read');
  lastProvenance = { json, provenance };
  return provenance;
}

/** Null for none, as the database has it. */
export const encodeExtras = (extras: Extras): string | null => (Object.keys(extras).length === 0 ? null : JSON.stringify(extras));
export const decodeExtras = (json: string | null, of: string): Extras => (json === null ? NO_EXTRAS : read(() => Extras.parse(JSON.parse(json)), of));

/** What a project file holds is checked like anything from outside: it may be damaged or made by another program. */
function read<T>(decode: () => T, of: string): T {
  try {
    return decode();
  } catch (error) {
    throw new MaskwrightError('project-damaged', `${of} cannot be read: the project is damaged there. Go back to an older copy of it.`, of, { cause: error });
  }
}

function readPart<T>(decode: () => T, of: string, why: string): T {
  try {
    return decode();
  } catch (error) {
    throw new DamagedShape(of, why, { cause: error });
  }
}
