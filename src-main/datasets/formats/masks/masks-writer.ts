import type { LabelClass } from '../../../../src-shared/domain/schema.ts';
import { paintLabel } from '../../../../src-shared/geometry/label-map.ts';
import { rleToBitmap } from '../../../../src-shared/geometry/rle.ts';
import type { TextSink } from '../../atomic-file.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { Extras } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetClass, DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { csvRow } from '../csv/csv-text.ts';
import { checkLabelPicture, flatten, newMap } from '../parts/flatten.ts';
import type { WriteRun, WriteSummary } from '../format.ts';
import { INDEX, MOST_VALUE } from './masks-index.ts';
import type { MasksLayout } from './masks-index.ts';
import { encodePng } from '../codecs/png.ts';
import { distinctNumbers, forEachImage, inPaintingOrder, jsonList, WriteTally } from '../parts/writing.ts';

/**
 * Writes label pictures with their table (docs/formats/masks.md). Throws 'export-failed' when there are more classes than
 * a pixel has values for, 'cancelled', and what the folder throws.
 */
export async function writeMasks(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, layout: MasksLayout, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = source.classes();
  const values = distinctNumbers(classes.map(({ extras }) => numberOf(extras.own?.['masks']?.['value'])), MOST_VALUE, 'classes');
  const writer = new MasksWriter(out, layout, classes, values, tally);
  await out.write('classes.csv', (sink) => sink.write([['value', 'name', 'colour'], ...classes.map(({ name, colour }, i) => [values[i] ?? 0, name, colour])].map(csvRow).join('')));
  await out.write(INDEX, (sink) => writer.index(sink, source, filter));
  return tally.summary();
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
/** In the order of the schema's fields, however they were put together. */
const given = (extras: Extras): { extras?: Extras } => (Object.keys(extras).length === 0 ? {} : { extras: Extras.parse(extras) });

class MasksWriter {
  readonly #out: FolderWriter;
  readonly #layout: MasksLayout;
  readonly #classes: readonly DatasetClass[];
  /** The value of each class, in their order. */
  readonly #values: readonly number[];
  readonly #valueOf: ReadonlyMap<number, number>;
  readonly #tally: WriteTally;
  readonly #names = new SafeNames();

  constructor(out: FolderWriter, layout: MasksLayout, classes: readonly DatasetClass[], values: readonly number[], tally: WriteTally) {
    this.#out = out;
    this.#layout = layout;
    this.#classes = classes;
    this.#values = values;
    this.#valueOf = new Map(classes.map(({ id }, i) => [id, values[i] ?? 0]));
    this.#tally = tally;
  }

  async index(sink: TextSink, source: DatasetSource, filter: DatasetFilter): Promise<void> {
    await sink.write(`{"format":"maskwright-masks","version":1,"layout":${JSON.stringify(this.#layout)}`);
    const extras = source.extras();
    if (Object.keys(extras).length > 0) await sink.write(`,\n"extras":${JSON.stringify(given(extras).extras)}`);
    await sink.write(',\n"classes":[');
    const classes = jsonList(sink);
    for (const [i, { name, colour, extras }] of this.#classes.entries()) await classes({ value: this.#values[i], name, colour, ...given(extras) });
    await sink.write('],\n"images":[');
    const images = jsonList(sink);
    await forEachImage(source, filter, this.#tally, async (image, name, instances) => {
      const { width, height, split, extras } = image;
      const written = await this.#image(image, this.#names.take(`masks/${withoutExtension(name)}`, this.#layout === 'separate' ? '' : '.png'), instances);
      await images({ file_name: name, width, height, ...(split === null ? {} : { split }), ...given(extras), ...written });
      this.#tally.images++;
    });
    await sink.write(']}\n');
  }

  async #image(image: SizedImage, path: string, instances: readonly DatasetInstance[]): Promise<object> {
    checkLabelPicture(image);
    switch (this.#layout) {
      case 'semantic':
        return this.#semantic(image, path, instances);
      case 'instance':
        return this.#instance(image, path, instances);
      case 'separate':
        return this.#separate(image, path, instances);
    }
  }

  async #semantic(image: SizedImage, path: string, instances: readonly DatasetInstance[]): Promise<object> {
    const most = Math.max(0, ...this.#values);
    const map = newMap(image, most);
    for (const instance of inPaintingOrder(instances)) {
      const value = instance.class === null ? undefined : this.#valueOf.get(instance.class);
      if (value === undefined) this.#tally.unlabelled++;
      const mask = value === undefined ? null : this.#tally.maskOf(instance, image);
      if (mask === null || value === undefined) continue;
      paintLabel(map, mask, value);
      this.#tally.instances++;
    }
    const { width, height } = image;
    await this.#png(path, map instanceof Uint8Array ? { width, height, kind: 'indexed', samples: map, palette: paletteOf(this.#classes, this.#values) } : { width, height, kind: 'grey', samples: Uint16Array.from(map) });
    return { mask: path };
  }

  async #instance(image: SizedImage, path: string, instances: readonly DatasetInstance[]): Promise<object> {
    const seen = flatten(instances, image, this.#tally);
    const values = distinctNumbers(seen.map(() => undefined), MOST_VALUE, `instances on "${image.path}"`);
    const { width, height } = image;
    const map = new Uint16Array(width * height);
    seen.forEach(({ mask }, i) => paintLabel(map, mask, values[i] ?? 0));
    await this.#png(path, { width, height, kind: 'grey', samples: map });
    this.#tally.instances += seen.length;
    return { mask: path, instances: seen.map(({ instance }, i) => ({ value: values[i], ...this.#about(instance) })) };
  }

  async #separate(image: SizedImage, folder: string, instances: readonly DatasetInstance[]): Promise<object> {
    const rows: object[] = [];
    for (const instance of inPaintingOrder(instances)) {
      const mask = this.#tally.maskOf(instance, image);
      if (mask === null) continue;
      const path = `${folder}/${String(rows.length + 1).padStart(4, '0')}.png`;
      const samples = rleToBitmap(mask).map((inside) => inside * 255);
      await this.#png(path, { width: image.width, height: image.height, kind: 'grey', samples });
      rows.push({ mask: path, ...this.#about(instance) });
      this.#tally.instances++;
    }
    return { instances: rows };
  }

  #about({ class: label, extras }: DatasetInstance): object {
    return { class: label === null ? null : (this.#valueOf.get(label) ?? null), ...given(extras) };
  }

  async #png(path: string, picture: Parameters<typeof encodePng>[0]): Promise<void> {
    await this.#out.write(path, (sink) => sink.write(encodePng(picture)));
  }
}

/** Black for the background, then each class's colour at its value, up to the last of them. */
function paletteOf(classes: readonly LabelClass[], values: readonly number[]): Uint8Array {
  const palette = new Uint8Array(3 * (Math.max(0, ...values) + 1));
  classes.forEach(({ colour }, i) => palette.set(Buffer.from(colour.slice(1), 'hex'), 3 * (values[i] ?? 0)));
  return palette;
}
