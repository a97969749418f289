import { stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import type { Extras } from '../../extras.ts';
import { listFiles, namedFile } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import { shapeFrom, shapesOf, WITHOUT_AREA } from './labelme-shape.ts';

type Json = z.core.util.JSONType;
const side = z.int().min(1).max(65_535);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Scalars = z.record(z.string().max(500), scalar).catch({});
const yes = z.boolean().optional().catch(undefined);
/** Shapes of one picture. */
const MOST_SHAPES = 1_000_000;

const Entry = z.looseObject({
  label: z.unknown().optional(), points: z.unknown().optional(), shape_type: z.string().max(100).nullish().catch(null), mask: z.unknown().optional(),
  group_id: z.union([z.int(), z.string().max(500)]).nullish().catch(null), description: z.string().max(100_000).nullish().catch(null),
  flags: Scalars.nullish(), attributes: Scalars.nullish(), difficult: yes, occluded: yes, truncated: yes, crowd: yes, score: z.number().nullish().catch(null),
});

/** Files that are no annotations of a picture are told; alone, one is refused. */
export async function readLabelme(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const files = isFolder ? await listFiles(path, new Set(['.json']), { signal: run.signal, problem: sink.problem.bind(sink) }) : [basename(path)];
  const reader = new LabelmeReader(folder, sink, run);
  for (const [i, file] of files.entries()) {
    try {
      await reader.file(file);
    } catch (error) {
      if (!isFolder || !(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
      sink.problem(file, { ...toProblem(error), message: `"${file}" was left out: ${error.message}`, item: file });
    }
    run.progress(i + 1, files.length);
  }
  if (reader.pictures === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no LabelMe annotations: no JSON file in it has a list of shapes.`, path);
}

class LabelmeReader {
  readonly #folder: string;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes = new Set<string>();
  readonly #paths = new Set<string>();
  pictures = 0;

  constructor(folder: string, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#sink = sink;
    this.#run = run;
  }

  /** @param file relative to the folder, with forward slashes */
  async file(file: string): Promise<void> {
    const shapes: unknown[] = [];
    const values = new Map<string, unknown>();
    let hasShapes = false;
    await readJsonLists(join(this.#folder, ...file.split('/')), {
      element: (key, _, value) => {
        if (key !== 'shapes') return values.set(key, [...((values.get(key) as unknown[] | undefined) ?? []), value]);
        hasShapes = true;
        if (shapes.push(value) > MOST_SHAPES) throw new MaskwrightError('too-large', `it has more than ${MOST_SHAPES} shapes.`, file);
      },
      // The picture itself, in base64: it lies beside the file too, and may be larger than anything else.
      value: (key, value) => key !== 'imageData' && values.set(key, value),
      broken: (key, index, why) => key !== 'imageData' && this.#leaveOut(`${file}, ${key}${index === null ? '' : ` ${index + 1}`}`, why),
    }, { signal: this.#run.signal, progress: () => undefined });
    if (!hasShapes && !values.has('imagePath')) throw new MaskwrightError('dataset-invalid', 'it is no LabelMe file: it has neither shapes nor the path of a picture.', file);
    const { path, file: picture } = await this.#place(file, values.get('imagePath'));
    if (this.#paths.has(path)) throw new MaskwrightError('conflict', `another file has annotations of "${path}" too.`, file);
    this.#paths.add(path);
    const size = await this.#size(values, picture);
    const kept: unknown[] = [];
    const found = shapes.flatMap((shape, i) => this.#shape(shape, `${file}, shape ${i + 1}`, size, kept));
    if (kept.length > 0) this.#sink.problem(file, { code: 'dataset-invalid', message: `${kept.length} points or lines of "${file}" have no area: they are kept for LabelMe and not shown.`, item: file });
    this.#sink.image({ key: file, path, file: picture, width: size?.[1] ?? null, height: size?.[0] ?? null, split: null, extras: imageExtras(values, kept) });
    for (const { class: cls, shape, extras } of found) this.#sink.instance({ image: file, class: cls, shape, extras });
    this.pictures++;
  }

  async #place(file: string, imagePath: unknown): Promise<{ path: string; file: string | null }> {
    const named = typeof imagePath === 'string' && imagePath.trim() !== '' ? imagePath.replaceAll('\\', '/') : `${file.slice(0, -5)}.jpg`;
    const base = join(this.#folder, dirname(file));
    // A file that was moved is still beside its picture.
    const found = (await namedFile(this.#folder, base, named)) ?? (await namedFile(this.#folder, base, posix.basename(named)));
    if (found !== null) return found;
    return { path: /^([A-Za-z]:)?\//.test(named) ? named : posix.normalize(posix.join(posix.dirname(file), named)), file: null };
  }

  async #size(values: ReadonlyMap<string, unknown>, picture: string | null): Promise<readonly [number, number] | null> {
    const [height, width] = [side.safeParse(values.get('imageHeight')), side.safeParse(values.get('imageWidth'))];
    if (height.success && width.success) return [height.data, width.data];
    const found = picture === null ? null : await this.#run.sizeOf(picture);
    return found === null ? null : [found.height, found.width];
  }

  /** Nothing for what cannot be used, which has been told, and for what has no area, which goes to `kept`. */
  #shape(value: unknown, item: string, size: readonly [number, number] | null, kept: unknown[]): { class: string | null; shape: Shape; extras: Extras }[] {
    const read = Entry.safeParse(value);
    if (!read.success) {
      this.#leaveOut(item, 'it is no object');
      return [];
    }
    const { label, points, shape_type, mask } = read.data;
    const type = shape_type ?? 'polygon';
    if (WITHOUT_AREA.has(type)) {
      kept.push(value);
      return [];
    }
    try {
      const shape = shapeFrom(type, points, mask, size);
      const name = ClassName.safeParse(typeof label === 'number' ? String(label) : label);
      if (name.success && !this.#classes.has(name.data)) {
        this.#classes.add(name.data);
        this.#sink.class({ key: name.data, name: name.data });
      }
      return [{ class: name.success ? name.data : null, shape, extras: shapeExtras(read.data, type, shape) }];
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#leaveOut(item, error.message);
      return [];
    }
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${why}.`.replace(/\.\.$/, '.'), item });
  }
}

const own = (fields: Record<string, unknown>): Extras => (Object.keys(fields).length === 0 ? {} : { own: { labelme: fields as Record<string, Json> } });
const attributes = (...from: (Record<string, z.infer<typeof scalar>> | null | undefined)[]): Extras => {
  const all = Object.fromEntries(from.flatMap((some) => Object.entries(some ?? {})));
  return Object.keys(all).length === 0 ? {} : { attributes: all };
};

const OF_FILE = new Set(['version', 'flags', 'attributes', 'imagePath', 'imageData', 'imageHeight', 'imageWidth']);

function imageExtras(values: ReadonlyMap<string, unknown>, kept: readonly unknown[]): Extras {
  const rest = Object.fromEntries([...values].filter(([key]) => !OF_FILE.has(key)));
  return { ...attributes(Scalars.parse(values.get('flags')), Scalars.parse(values.get('attributes'))), ...own({ ...rest, ...(kept.length === 0 ? {} : { shapes: kept }) }) };
}

function shapeExtras(entry: z.infer<typeof Entry>, type: string, shape: Shape): Extras {
  const { label: _label, shape_type: _type, mask: _mask, points, group_id, description, flags, attributes: others, difficult, occluded, truncated, crowd, score, ...rest } = entry;
  // What would be written otherwise than it was drawn, as a circle, is kept as it was.
  const asItIs = type === 'mask' || isDeepStrictEqual(shapesOf(shape, 1, 1, 'polygons').map((one) => [one.shape_type, one.points]), [[type, points]]);
  return {
    ...attributes(flags, others), ...(group_id == null ? {} : { group: group_id }), ...(description ? { description } : {}), ...(score == null ? {} : { score }),
    ...(difficult ? { difficult: true } : {}), ...(occluded ? { occluded: true } : {}), ...(truncated ? { truncated: true } : {}), ...(crowd ? { crowd: true } : {}),
    ...own({ ...rest, ...(asItIs ? {} : { drawn: { shape_type: type, points } }) }),
  };
}
