import { z } from 'zod';
import type { Extras } from '../../extras.ts';
import type { DatasetSink } from '../format.ts';
import { fieldsOf, idOf } from '../parts/forgiven.ts';
import type { Forgiven } from '../parts/forgiven.ts';
import { imageName } from './coco-file-name.ts';

const MOST_SIDE = 65_535;
const channel = z.int().min(0).max(255);
const Colour = z.tuple([channel, channel, channel]);
const Supercategory = z.string().max(500);

interface Setup {
  /** Under which a row's other fields are kept. */
  readonly format: 'coco' | 'panoptic';
  readonly sink: DatasetSink;
  readonly forgiven: Forgiven;
  leaveOut(item: string, why: string): void;
  /** What is kept of a category's other fields; all of them when absent. */
  categoryFields?(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

/** The tables of images and categories that COCO's files share (https://cocodataset.org/#format-data), row by row into the sink. */
export class CocoTables {
  /** By id, as text: the path, and [height, width] where the file says it. */
  readonly images = new Map<string, { readonly path: string; readonly size: readonly [number, number] | null }>();
  /** Ids, as text. */
  readonly categories = new Set<string>();
  readonly #setup: Setup;

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  image(index: number, value: unknown): void {
    const { sink, forgiven, leaveOut } = this.#setup;
    const row = fieldsOf(value);
    const id = idOf(row?.['id']);
    if (row === null || id === null) return leaveOut(`image ${index + 1}`, 'it has no id');
    const named = imageName(row);
    if (named === null) return leaveOut(`image ${index + 1}`, 'it has no file name');
    const { name: path, from } = named;
    const key = String(id);
    if (this.images.has(key)) return leaveOut(`image ${index + 1} (${path})`, `its id ${key} is another image’s`);
    if (from !== 'file_name') forgiven.add('image', `no file_name, so the name was taken from “${from}”`);
    const { id: _id, file_name, width: across, height: down, ...rest } = row;
    const [width, height] = [this.#side('width', across), this.#side('height', down)];
    this.images.set(key, { path, size: width === null || height === null ? null : [height, width] });
    const sized = width !== null && height !== null;
    sink.image({ key, path, file: null, width: sized ? width : null, height: sized ? height : null, split: null, extras: this.kept('image', { id, ...(from === 'file_name' || file_name == null ? {} : { file_name }), ...rest }) });
  }

  category(index: number, value: unknown): void {
    const { sink, forgiven, leaveOut, categoryFields } = this.#setup;
    const row = fieldsOf(value);
    const id = idOf(row?.['id']);
    if (row === null || id === null) return leaveOut(`category ${index + 1}`, 'it has no id');
    const { id: _id, name: said, supercategory: above, color, ...rest } = row;
    const name = typeof said === 'string' || typeof said === 'number' ? String(said).trim() : '';
    if (name === '' || name.length > 200) return leaveOut(`category ${index + 1}`, 'it has no name of 1 to 200 characters');
    const key = String(id);
    if (this.categories.has(key)) return leaveOut(`category ${index + 1} (${name})`, `its id ${key} is another category’s`);
    this.categories.add(key);
    const colour = forgiven.field('category', 'color', color, Colour);
    const supercategory = forgiven.field('category', 'supercategory', above, Supercategory);
    sink.class({
      key, name, ...(colour === undefined ? {} : { colour: `#${Buffer.from(colour).toString('hex')}` }),
      extras: { ...(supercategory ? { supercategory } : {}), ...this.kept('category', { id, ...(categoryFields?.(rest) ?? rest) }) },
    });
  }

  /** Fields that mean nothing here, as the format's own. */
  kept(rows: string, fields: Readonly<Record<string, unknown>>): Extras {
    const { format, forgiven } = this.#setup;
    const kept = forgiven.kept(rows, fields);
    return Object.keys(kept).length === 0 ? {} : { own: { [format]: kept } };
  }

  #side(field: string, value: unknown): number | null {
    const { forgiven } = this.#setup;
    const side = forgiven.number('image', field, value);
    if (side === undefined || (Number.isInteger(side) && side >= 1 && side <= MOST_SIDE)) return side ?? null;
    forgiven.ignored('image', field, `is not a size from 1 to ${MOST_SIDE} pixels`);
    return null;
  }
}
