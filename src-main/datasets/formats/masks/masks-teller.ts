import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { masksOfLabels } from '../../../../src-shared/geometry/label-map.ts';
import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { DatasetSink } from '../format.ts';
import { counted } from '../parts/counted.ts';
import { BACKGROUND, hexOf } from './masks-legend.ts';
import type { Legend } from './masks-legend.ts';
import type { Meaning } from './masks-meaning.ts';
import type { LooseLabels } from './masks-picture.ts';

/** The class of masks that only say inside and outside, where nothing names it. */
const FOREGROUND = 'foreground';
const VOID = 255;
/** Colors of one picture that can be classes; more are a photograph, or edges that were smoothed. */
const MOST_COLORS = 256;

/** Tells a sink what label images without a table of ours mean, and afterwards how that was decided. */
export class LooseTeller {
  readonly #sink: DatasetSink;
  readonly #meaning: Meaning;
  readonly #hasVoid: boolean;
  /** Keys of classes by their name. */
  readonly #classes = new Map<string, string>();
  readonly #keys = new Set<string>();
  readonly #pictures = { binary: 0, objects: 0, classes: 0, separate: 0, void: 0 };
  readonly #hexes = new Set<string>();
  readonly #nameless = new Map<string, Set<number>>();
  readonly #strange = new Map<string, Set<number>>();

  /** @param meaning of numbers that no legend explains @param hasVoid whether 255 beside other values is void */
  constructor(sink: DatasetSink, meaning: Meaning, hasVoid: boolean) {
    this.#sink = sink;
    this.#meaning = meaning;
    this.#hasVoid = hasVoid;
  }

  /** Tells the classes of a legend, also those that no pixel has. */
  legend({ names, values }: Legend): void {
    const colors = new Map([...values].map(([color, value]) => [value, color]));
    for (const [value, name] of names) this.#class(name, value, colors.get(value));
  }

  /**
   * Tells the objects of a label image. @param isOneOfSeveral whether the image has a label image for each object
   * Throws 'dataset-invalid' for one that can be no label image.
   */
  picture(image: string, label: string, picture: LooseLabels, legend: Legend | null, isOneOfSeveral: boolean): void {
    if (picture.pages > 1) this.#sink.problem(label, { code: 'dataset-invalid', message: `"${label}" has ${picture.pages} pages, and only the first was read. Save the others as label images of their own.`, item: label });
    if (picture.kind === 'colors') {
      this.#colors(image, label, picture, legend);
      return;
    }
    const { map, width, height } = picture;
    const masks = masksOfLabels(this.#meaning.kind === 'binary' && this.#meaning.soft && legend === null ? thresholded(map) : map, height, width);
    const entries = [...masks].sort(([a], [b]) => a - b);
    const isVoid = (value: number): boolean => value === VOID && picture.bits === 8 && (legend === null ? this.#hasVoid && this.#meaning.kind === 'classes' : !legend.names.has(VOID) && legend.names.size > 1);
    if (isOneOfSeveral && entries.length > 1) throw new MaskwrightError('dataset-invalid', `"${label}" was left out: "${image}" has several label images, and this one holds more than one value.`, label);
    for (const [value, rle] of entries) {
      if (isVoid(value)) {
        this.#pictures.void++;
        continue;
      }
      this.#sink.instance({ image, class: this.#classOf(value, legend), shape: maskShape(rle) });
    }
    if (isOneOfSeveral) this.#pictures.separate++;
    else if (legend === null) this.#pictures[this.#meaning.kind]++;
  }

  #classOf(value: number, legend: Legend | null): string | null {
    if (legend === null) {
      if (this.#meaning.kind === 'objects') return null;
      if (this.#meaning.kind === 'binary') return this.#class(FOREGROUND, value);
      return this.#class(`class ${value}`, value);
    }
    const [only] = legend.names.values();
    const name = legend.names.get(value) ?? (legend.names.size === 1 && (value === 1 || value === VOID) ? only : undefined);
    if (name !== undefined) return this.#class(name, value);
    put(this.#nameless, legend.file, value);
    return this.#class(`class ${value}`, value);
  }

  #colors(image: string, label: string, { map, width, height }: LooseLabels, legend: Legend | null): void {
    if (isPhotograph(map)) throw new MaskwrightError('dataset-invalid', `"${label}" was left out: it has more than ${MOST_COLORS} colors, which are too many for classes. Save it without smoothing its edges.`, label);
    const known = legend !== null && legend.values.size > 0 ? legend : null;
    const byClass = new Map<string, number>();
    const numbers = new Uint32Array(map.length);
    const numberOf = new Map<number, number>([[0, 0]]);
    for (let i = 0; i < map.length; i++) {
      const color = map[i] ?? 0;
      let number = numberOf.get(color);
      if (number === undefined) numberOf.set(color, (number = this.#numberOf(color, known, byClass)));
      numbers[i] = number;
    }
    const keys = [...byClass.keys()];
    for (const [number, rle] of [...masksOfLabels(numbers, height, width)].sort(([a], [b]) => a - b)) this.#sink.instance({ image, class: keys[number - 1] ?? null, shape: maskShape(rle) });
  }

  /** 1 + the place in `byClass` of the class that a color means; 0 for none. */
  #numberOf(color: number, legend: Legend | null, byClass: Map<string, number>): number {
    const value = legend?.values.get(color);
    if (legend !== null && value === undefined) put(this.#strange, legend.file, color);
    if (legend !== null && (value === undefined || value === BACKGROUND)) return 0;
    if (legend === null) this.#hexes.add(hexOf(color));
    const key = legend === null || value === undefined ? this.#class(hexOf(color), null, color) : this.#class(legend.names.get(value) ?? `class ${value}`, value, color);
    const known = byClass.get(key) ?? byClass.size + 1;
    byClass.set(key, known);
    return known;
  }

  /** The key of a class; a new one is passed to the sink first. */
  #class(name: string, value: number | null, color?: number): string {
    const known = this.#classes.get(name);
    if (known !== undefined) return known;
    const key = value === null || this.#keys.has(String(value)) ? `class ${name}` : String(value);
    this.#classes.set(name, key);
    this.#keys.add(key);
    this.#sink.class({ key, name, ...(color === undefined || color === 0 ? {} : { colour: hexOf(color) }), ...(value === null || value === 0 ? {} : { extras: { own: { masks: { value } } } }) });
    return key;
  }

  /** How it was decided what numbers mean, with counts. */
  notes(): void {
    const { binary, objects, classes, separate } = this.#pictures;
    if (binary > 0) this.#sink.note(`${pictures(binary)} ${binary === 1 ? 'has' : 'have'} one value beside the background: ${binary === 1 ? 'one mask' : 'one mask each'} of the class "${FOREGROUND}"${this.#meaning.kind === 'binary' && this.#meaning.soft ? ', from gray 128' : ''}.`);
    if (objects > 0 && this.#meaning.kind === 'objects') this.#sink.note(`${pictures(objects)} ${objects === 1 ? 'was' : 'were'} read as numbers of objects, because ${this.#meaning.why}. To read them as classes, use --labels classes or put a classes.csv beside them.`);
    if (classes > 0) this.#sink.note(`${pictures(classes)} ${classes === 1 ? 'was' : 'were'} read as values of classes, each class one mask per image. To read them as numbers of objects, use --labels objects.`);
    if (separate > 0) this.#sink.note(`${counted(separate, 'label image')} of images that have several: one object each.`);
    if (this.#pictures.void > 0) this.#sink.note(`Value ${VOID} in ${counted(this.#pictures.void, 'label image')} was read as undecided (void), not as a class.`);
    if (this.#hexes.size > 0) this.#sink.note(`${counted(this.#hexes.size, 'color')} without a legend became ${this.#hexes.size === 1 ? 'a class' : 'classes'} named by ${this.#hexes.size === 1 ? 'its' : 'their'} hex code; black is the background.`);
    for (const [file, values] of this.#nameless) this.#sink.note(`${counted(values.size, 'value')} that "${file}" does not name became ${[...values].slice(0, 5).map((value) => `"class ${value}"`).join(', ')}${values.size > 5 ? ' and so on' : ''}.`);
    for (const [file, colors] of this.#strange) this.#sink.problem(file, { code: 'dataset-invalid', message: `Pixels of ${counted(colors.size, 'color')} that "${file}" does not name were left out: ${[...colors].slice(0, 5).map(hexOf).join(', ')}${colors.size > 5 ? ' and so on' : ''}.`, item: file });
  }
}

const pictures = (count: number): string => `${counted(count, 'label image')} without a legend`;

function put(sets: Map<string, Set<number>>, key: string, value: number): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

const thresholded = (map: LabelMap): LabelMap => Uint8Array.from(map, (value) => (value >= 128 ? 255 : 0));

function isPhotograph(map: LabelMap): boolean {
  const colors = new Set<number>();
  for (const color of map) if (colors.add(color).size > MOST_COLORS) return true;
  return false;
}
