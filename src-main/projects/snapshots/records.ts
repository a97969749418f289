import { hash } from 'node:crypto';
import { Packr } from 'msgpackr';
import { z } from 'zod';
import { Colour, ImageStatus } from '../../../src-shared/domain/schema.ts';
import type { ClassId, ImageId } from '../../../src-shared/domain/schema.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Connection } from '../connection.ts';
import type { InstanceRow } from '../instances.ts';
import type { Tables } from '../tables.ts';

/**
 * What snapshots hold, as canonical bytes: the same content always gives the same ones, so that their sha256 names it.
 * They are lists in a fixed order, in plain MessagePack; shapes, provenances and extras are as the project stores them.
 */

const packr = new Packr({ useRecords: false });

/** class is resolved: what became of removed classes is in it already. provenance: index in the image's list of them. */
export type RecordedInstance = readonly [
  id: number, class_: ClassId | null, area: number, x: number, y: number, width: number, height: number, z: number, shape: Uint8Array, provenance: number, extras: string | null,
];

const RecordedImage = z.tuple([
  z.literal(1).describe('version of this layout'),
  z.int().describe('root'), z.string().describe('path'), z.int().nullable().describe('width'), z.int().nullable().describe('height'), ImageStatus, z.string().nullable().describe('split'), z.string().nullable().describe('extras'),
  z.string().nullable().describe('sha256 of the picture’s file'),
  z.array(z.string()).describe('provenances'),
  z.custom<RecordedInstance[]>((value) => Array.isArray(value) && value.every((row) => Array.isArray(row) && row.length === 11), 'a list of instances'),
]);
export type RecordedImage = z.infer<typeof RecordedImage>;

const RecordedHead = z.tuple([
  z.literal(1).describe('version of this layout'),
  z.array(z.tuple([z.int(), z.string(), Colour, z.int().nullable(), z.int(), z.string().nullable()])).describe('classes in their order: id, name, colour, key, position, extras'),
  z.array(z.tuple([z.int(), z.string(), z.int()])).describe('folders by id: id, path, beside'),
  z.string().nullable().describe('extras of the data set'),
]);
export type RecordedHead = z.infer<typeof RecordedHead>;

export interface EncodedRecord {
  readonly bytes: Uint8Array;
  /** sha256 of them. */
  readonly hash: Uint8Array;
}

export interface EncodedImage extends EncodedRecord {
  readonly image: ImageId;
  readonly done: boolean;
  readonly instances: number;
}

function encodeRecord(record: RecordedImage | RecordedHead): EncodedRecord {
  const bytes = packr.pack(record);
  return { bytes, hash: sha256(bytes) };
}

/** `of` names what is read, for the error. Throws 'project-damaged'. */
export const decodeImage = (bytes: Uint8Array, of: string): RecordedImage => decode(RecordedImage, bytes, of);
export const decodeHead = (bytes: Uint8Array, of: string): RecordedHead => decode(RecordedHead, bytes, of);

function decode<T>(schema: z.ZodType<T>, bytes: Uint8Array, of: string): T {
  try {
    return schema.parse(packr.unpack(bytes));
  } catch (error) {
    throw new MaskwrightError('project-damaged', `${of} cannot be read: the project is damaged there. Go back to an older copy of it.`, of, { cause: error });
  }
}

export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

/** The hash of a snapshot: of its head and of each image's id and record, by id. */
export class ContentHash {
  readonly #parts: Uint8Array[] = [];
  #hash = sha256(new TextEncoder().encode('maskwright content 1'));

  constructor(head: EncodedRecord) {
    this.#add(head.hash);
  }

  image({ image, hash: record }: Pick<EncodedImage, 'image' | 'hash'>): void {
    const id = Buffer.alloc(8);
    id.writeBigUInt64BE(BigInt(image));
    this.#add(id);
    this.#add(record);
  }

  end(): Uint8Array {
    this.#fold();
    return this.#hash;
  }

  #add(part: Uint8Array): void {
    this.#parts.push(part);
    // Folded in at fixed places, so that the parts need not be kept.
    if (this.#parts.length >= 2048) this.#fold();
  }

  #fold(): void {
    this.#hash = sha256(Buffer.concat([this.#hash, ...this.#parts.splice(0)]));
  }
}

/** The head of the project as a connection sees it now. */
export function headOf({ connection, classes }: Tables): EncodedRecord {
  const extras = new Map(connection.all<{ id: number; extras: string }>('SELECT id, extras FROM classes WHERE extras IS NOT NULL').map((row) => [row.id, row.extras]));
  return encodeRecord([
    1,
    classes.list().map(({ id, name, colour, key, position }) => [id, name, colour, key, position, extras.get(id) ?? null]),
    connection.all<{ id: number; path: string; beside: number }>('SELECT id, path, beside FROM roots ORDER BY id').map(({ id, path, beside }) => [id, path, beside]),
    connection.value<string>("SELECT value FROM meta WHERE key = 'extras'") ?? null,
  ]);
}

interface ImageRow {
  readonly id: number;
  readonly root: number;
  readonly rel_path: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly status: string;
  readonly split: string | null;
  readonly extras: string | null;
  readonly content_hash: string | null;
}

interface StoredInstance extends Omit<InstanceRow, 'image'> {
  readonly extras: string | null;
}

const IMAGES = 'SELECT id, root, rel_path, width, height, status, split, extras, content_hash FROM images WHERE id > ? ORDER BY id LIMIT 500';
const INSTANCES = `SELECT i.id, i.class, i.area, i.box_x, i.box_y, i.box_width, i.box_height, i.z, s.shape, s.provenance, s.extras
  FROM instances i JOIN shapes s ON s.instance = i.id WHERE i.image = ? AND i.live = 1 ORDER BY i.id`;

/** The images of the project as a connection sees it, by id, in portions none of which is left open. */
export function* imagesOf(tables: Tables): Generator<EncodedImage> {
  for (let after = 0; ; ) {
    const rows = tables.connection.all<ImageRow>(IMAGES, after);
    for (const row of rows) yield imageOf(tables, row);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

function imageOf({ connection, classes }: Tables, row: ImageRow): EncodedImage {
  const provenances = new Map<string, number>();
  const instances = instanceRows(connection, row.id).flatMap((instance): RecordedInstance[] => {
    const cls = classes.resolve(instance.class);
    if (cls === 'gone') return [];
    const provenance = provenances.get(instance.provenance) ?? provenances.size;
    provenances.set(instance.provenance, provenance);
    return [[instance.id, cls, instance.area, instance.box_x, instance.box_y, instance.box_width, instance.box_height, instance.z, instance.shape, provenance, instance.extras]];
  });
  const status = ImageStatus.parse(row.status);
  const record = encodeRecord([1, row.root, row.rel_path, row.width, row.height, status, row.split, row.extras, row.content_hash, [...provenances.keys()], instances]);
  return { ...record, image: row.id, done: status === 'done', instances: instances.length };
}

const instanceRows = (connection: Connection, image: ImageId): StoredInstance[] => connection.all<StoredInstance>(INSTANCES, image);
