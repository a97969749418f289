import { stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Box } from '../../../../src-shared/domain/schema.ts';
import { listFiles, readHead } from '../codecs/files.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, DatasetSink, ReadRun } from '../format.ts';
import { ClassesTold } from '../parts/classes-told.ts';
import { fieldsOf, Forgiven, numeral } from '../parts/forgiven.ts';
import { anyHeadLooks, anySampleLooks } from '../parts/json-files.ts';
import { layoutOf } from '../parts/layout.ts';

/**
 * Create ML's object detection JSON, as Apple's app and Roboflow write it: a list of images, each with boxes by center and size in
 * pixels (https://developer.apple.com/documentation/createml/mlobjectdetector/datasource). It is only read.
 */
export const createml: DatasetFormat = {
  id: 'createml',
  name: FORMAT_NAMES.createml,
  form: 'file',
  options: z.strictObject({}),
  recognise: (path) => anyHeadLooks(path, looksLikeCreateml),
  resembles: (sample) => anySampleLooks(sample, looksLikeCreateml),
  read,
};

/** Fields may come in any order. A list of tasks with images, as Label Studio's, has no coordinates of this form. */
const looksLikeCreateml = (head: string): boolean => /^\s*\[\s*\{/.test(head) && /"(image|imagefilename)"\s*:\s*"/.test(head) && /"coordinates"\s*:\s*\{[^{}]*"(x|y|width|height)"\s*:/.test(head);

const MOST_PIXELS = 1e7;

async function read(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const files = isFolder ? await filesIn(path, sink, run) : [basename(path)];
  const reader = new CreatemlReader(sink);
  for (const [n, file] of files.entries()) {
    reader.begin(file);
    await readJsonLists(join(folder, ...file.split('/')), reader, { ...run, progress: (done, total) => run.progress(n + (total === null || total === 0 ? 0 : done / total), files.length) });
  }
  reader.end();
  if (reader.images === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no Create ML annotations: it names no images.`, path);
}

async function filesIn(folder: string, sink: DatasetSink, run: ReadRun): Promise<string[]> {
  const all = await listFiles(folder, new Set(['.json']), { signal: run.signal, problem: sink.problem.bind(sink) });
  const looks = await Promise.all(all.map(async (file) => looksLikeCreateml(await readHead(join(folder, ...file.split('/'))))));
  return all.filter((_, i) => looks[i]);
}

class CreatemlReader {
  readonly #sink: DatasetSink;
  readonly #classes: ClassesTold;
  readonly #forgiven = new Forgiven();
  readonly #keys = new Set<string>();
  #file = '';
  images = 0;

  constructor(sink: DatasetSink) {
    this.#sink = sink;
    this.#classes = new ClassesTold(sink);
  }

  /** @param file relative to the dataset, with forward slashes: its images lie beside it */
  begin(file: string): void {
    this.#file = file;
  }

  element = (key: string, index: number, value: unknown): void => {
    if (key === '') this.#image(index, value);
  };

  value = (): void => undefined;

  broken = (_key: string, index: number | null, why: string): void => this.#leaveOut(`${this.#file}, image ${(index ?? 0) + 1}`, why);

  end(): void {
    this.#forgiven.tell(this.#sink);
  }

  #image(index: number, value: unknown): void {
    const row = fieldsOf(value);
    const name = row?.['image'] ?? row?.['imagefilename'] ?? row?.['filename'];
    if (row === null || typeof name !== 'string' || name.trim() === '') return this.#leaveOut(`${this.#file}, image ${index + 1}`, 'it has no file name');
    const path = posix.join(posix.dirname(this.#file), name.replaceAll('\\', '/'));
    if (this.#keys.has(path)) return this.#leaveOut(`${path} (image ${index + 1})`, 'an entry before it has the same file name');
    this.#keys.add(path);
    this.images++;
    this.#sink.image({ key: path, path, file: null, width: null, height: null, split: layoutOf(`${posix.dirname(this.#file)}/images/x`).split });
    const said = row['annotations'] ?? row['annotation'] ?? [];
    for (const [i, annotation] of (Array.isArray(said) ? said : []).entries()) this.#annotation(path, `${path}, annotation ${i + 1}`, annotation);
  }

  #annotation(image: string, item: string, value: unknown): void {
    const row = fieldsOf(value);
    const box = boxOf(row?.['coordinates']);
    if (row === null || box === null) return this.#leaveOut(item, 'it has no possible coordinates');
    const { label, coordinates: _coordinates, confidence, ...rest } = row;
    const score = this.#forgiven.number('annotation', 'confidence', confidence);
    const kept = this.#forgiven.kept('annotation', rest);
    this.#sink.instance({ image, class: this.#classes.key(label), shape: { kind: 'box', box }, extras: { ...(score === undefined ? {} : { score }), ...(Object.keys(kept).length === 0 ? {} : { own: { createml: kept } }) } });
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${why}.`, item });
  }
}

/** By its center. */
function boxOf(value: unknown): Box | null {
  const fields = fieldsOf(value) ?? {};
  const [x, y, width, height] = [fields['x'], fields['y'], fields['width'], fields['height']].map(numeral);
  if (x === undefined || y === undefined || width === undefined || height === undefined || width < 0 || height < 0 || Math.max(Math.abs(x), Math.abs(y), width, height) > MOST_PIXELS) return null;
  return { x: x - width / 2, y: y - height / 2, width, height };
}
