import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import { masksOfLabels } from '../../../../src-shared/geometry/label-map.ts';
import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import { withoutExtension } from '../../safe-names.ts';
import { parseCsv } from '../csv/csv-text.ts';
import { listFiles, readText, statOf } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { coloursAsLabels, labelOfColour, readPng } from '../codecs/label-picture.ts';

/** Folders that hold label pictures, and those that hold pictures. */
const MASK_FOLDER = /^(masks?|labels?|annotations?|segmentations?|gt|ground_?truth)$/i;
const PICTURE_FOLDER = /^(images?|imgs?|pictures?|photos?|jpegimages)$/i;
const PICTURES: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.bmp', '.gif', '.avif']);

/** Tables of classes that programs put beside label pictures. */
export const CLASS_TABLES = ['classes.csv', 'class_dict.csv', 'classes.txt', 'labels.txt'] as const;

interface Table {
  readonly names: Map<number, string>;
  /** Values by colour, for label pictures of colours. */
  readonly values: Map<number, number>;
}

/**
 * Label pictures without a table of ours: PNGs in folders named masks, labels, annotations and the like, each belonging
 * to the picture that has the same path but for those names and the extension. Indexed and 8-bit grey values are classes,
 * 0 the background; 16-bit values are instances without a class; colours are classes where a table of classes names them.
 * Classes are named by a table of CLASS_TABLES, else by their value. Throws 'dataset-invalid' when there are no label pictures.
 */
export async function readLooseMasks(folder: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const files = await listFiles(folder, PICTURES, { signal: run.signal, problem: (item, problem) => sink.problem(item, problem) });
  const masks = files.filter((file) => isIn(file, MASK_FOLDER) && file.toLowerCase().endsWith('.png'));
  if (masks.length === 0) throw new MaskwrightError('dataset-invalid', `"${folder}" holds no label pictures: PNG files in a folder named "masks", "labels" or "annotations", or the table masks.json.`, folder);
  const pictures = new Map(files.filter((file) => !isIn(file, MASK_FOLDER)).map((file) => [keyOf(file, PICTURE_FOLDER), file]));
  const loose = new LooseMasks(folder, await readTable(folder, sink, run), sink);
  for (const [i, mask] of masks.entries()) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    try {
      const picture = pictures.get(keyOf(mask, MASK_FOLDER));
      if (picture === undefined) throw new MaskwrightError('dataset-invalid', `"${mask}" was left out: there is no picture of the same name beside it or in a folder "images".`, mask);
      await loose.read(mask, picture);
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      sink.problem(mask, toProblem(error));
    }
    run.progress(i + 1, masks.length);
    await turn();
  }
}

const isIn = (file: string, folders: RegExp): boolean => file.split('/').slice(0, -1).some((part) => folders.test(part));
const keyOf = (file: string, folders: RegExp): string => withoutExtension(file).split('/').filter((part, i, all) => i === all.length - 1 || !folders.test(part)).join('/').normalize('NFC');

class LooseMasks {
  readonly #folder: string;
  readonly #table: Table;
  readonly #sink: DatasetSink;
  readonly #told = new Set<number>();
  readonly #images = new Set<string>();

  constructor(folder: string, table: Table, sink: DatasetSink) {
    this.#folder = folder;
    this.#table = table;
    this.#sink = sink;
  }

  async read(mask: string, path: string): Promise<void> {
    const picture = await readPng(this.#folder, mask);
    const { width, height, kind, samples } = picture;
    if (this.#images.has(path)) throw new MaskwrightError('dataset-invalid', `"${mask}" was left out: "${path}" has another label picture.`, mask);
    const instances = kind === 'grey' && samples instanceof Uint16Array;
    const masks = masksOfLabels(kind === 'grey' || kind === 'indexed' ? samples : this.#byColour(picture, mask), height, width);
    this.#images.add(path);
    this.#sink.image({ key: path, path, file: join(this.#folder, ...path.split('/')), width, height, split: null });
    for (const [value, rle] of [...masks].sort(([a], [b]) => a - b)) {
      if (!instances) this.#class(value);
      this.#sink.instance({ image: path, class: instances ? null : String(value), shape: maskShape(rle) });
    }
  }

  #byColour(picture: Parameters<typeof coloursAsLabels>[0], mask: string): LabelMap {
    const { values } = this.#table;
    if (values.size === 0 || picture.kind === 'greyAlpha' || picture.samples instanceof Uint16Array) {
      throw new MaskwrightError('dataset-invalid', `"${mask}" was left out: it is a picture of colours, and no table of classes says what they mean.`, mask);
    }
    return coloursAsLabels(picture, (red, green, blue) => values.get(labelOfColour(red, green, blue)) ?? 0);
  }

  #class(value: number): void {
    if (this.#told.has(value)) return;
    this.#told.add(value);
    this.#sink.class({ key: String(value), name: this.#table.names.get(value) ?? `class ${value}`, extras: { own: { masks: { value } } } });
  }
}

async function readTable(folder: string, sink: DatasetSink, run: ReadRun): Promise<Table> {
  const table: Table = { names: new Map(), values: new Map() };
  for (const name of CLASS_TABLES) {
    const file = join(folder, name);
    if ((await statOf(file))?.isFile() !== true) continue;
    const text = await readText(file, name, run);
    if (name.endsWith('.csv')) fromCsv(text, table, (row, why) => sink.problem(`${name}, row ${row}`, { code: 'dataset-invalid', message: `Row ${row} of "${name}" was left out: ${why}.`, item: name }));
    else fromLines(text, table);
    break;
  }
  return table;
}

/** A column "name" or "class"; the value in "value", "index" or "id", else the number of the row from 0; colours as "r", "g", "b" or "#rrggbb". */
function fromCsv(text: string, { names, values }: Table, problem: (row: number, why: string) => void): void {
  const [head = [], ...rows] = parseCsv(text);
  const column = (...wanted: string[]): number => head.findIndex((cell) => wanted.includes(cell.toLowerCase()));
  const [name, value, colour] = [column('name', 'class', 'label', 'class_name'), column('value', 'index', 'id'), column('colour', 'color')];
  const channels = [column('r', 'red'), column('g', 'green'), column('b', 'blue')];
  for (const [i, row] of rows.entries()) {
    // What csvRow puts before text that looks like a formula.
    const label = ClassName.safeParse((row[name] ?? '').replace(/^'(?=[=+\-@])/, ''));
    const number = value === -1 ? i : Number(row[value]);
    if (!label.success || !Number.isInteger(number) || number < 0 || names.has(number)) {
      problem(i + 2, label.success ? 'its value is no whole number, or another row’s' : 'it has no name');
      continue;
    }
    if (isBackground(label.data)) continue;
    names.set(number, label.data);
    const hex = /^#([0-9a-f]{6})$/i.exec(row[colour] ?? '')?.[1];
    const rgb = hex === undefined ? channels.map((channel) => Number(row[channel] || Number.NaN)) : [...Buffer.from(hex, 'hex')];
    const [red = -1, green = -1, blue = -1] = rgb;
    if (rgb.every((part) => part >= 0 && part <= 255)) values.set(labelOfColour(red, green, blue), number);
  }
}

/** A name a line, numbered from 0, or from −1 where the first is "__ignore__", as labelme's scripts have it. */
function fromLines(text: string, { names }: Table): void {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const first = lines[0] === '__ignore__' ? -1 : 0;
  for (const [i, line] of lines.entries()) {
    const name = ClassName.safeParse(line);
    if (name.success && i + first >= 0 && !isBackground(name.data)) names.set(i + first, name.data);
  }
}

const isBackground = (name: string): boolean => /^_*background_*$/i.test(name);
