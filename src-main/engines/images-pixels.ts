import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { levelSide } from '../../src-shared/domain/pyramid.ts';
import { ByteLru } from '../core/byte-lru.ts';
import type { RgbImage } from '../datasets/formats/format.ts';
import type { Look } from './images-api.ts';
import { readBmpPixels } from './images-bmp.ts';
import { decodeError, fileFacts, isPlain, nameOf, readHeader, readSource, uprightSrgb } from './images-source.ts';
import type { SourceFile, SourceHeader } from './images-source.ts';
import { rawPixels, specialPixels } from './images-special.ts';

/** A decoded picture: upright, row-major RGB, 8 bits each, sRGB. */
export interface Pixels {
  readonly rgb: Buffer;
  readonly width: number;
  readonly height: number;
  /** The file's own pixels are exact, and these are they. */
  readonly lossless: boolean;
}

/** The last few pictures (three of 48 megapixels) stay decoded: model input, base and every tile are cut from one decoding. */
const CACHE_BYTES = 480_000_000;
const HASH_STEP = 8 * 1024 * 1024;

const cache = new ByteLru<Promise<Pixels>>(CACHE_BYTES);
const hashes = new WeakMap<Pixels, Promise<string>>();

/** A libvips image over decoded pixels; nothing is copied. */
export function sharpOf({ rgb, width, height }: RgbImage): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

/**
 * The full-resolution pixels of a file, from the cache while the file is unchanged.
 * Throws MaskwrightError as images-source.ts does.
 */
export async function fullPixels(path: string, look: Look = 'shown'): Promise<Pixels> {
  const { bytes, mtimeMs } = await fileFacts(path);
  return cached(`${bytes}:${mtimeMs}:${look}:${path}`, () => oneAtATime(() => decode(path, look)));
}

/**
 * Level `level` of the pyramid (domain/pyramid.ts).
 * Made once and kept, so that tiles cut from it meet without seams.
 */
export async function levelPixels(path: string, level: number): Promise<Pixels> {
  if (level === 0) return fullPixels(path);
  const { bytes, mtimeMs } = await fileFacts(path);
  return cached(`${bytes}:${mtimeMs}:${level}:${path}`, async () => {
    const full = await fullPixels(path);
    const width = levelSide(full.width, level);
    const height = levelSide(full.height, level);
    return { rgb: await sharpOf(full).resize(width, height, { fit: 'fill', kernel: 'lanczos3' }).raw().toBuffer(), width, height, lossless: false };
  });
}

/** SHA-256 of "rgb8 {width}x{height}\n" and the RGB bytes, hexadecimal: equal for equal pictures, whatever file they come from. */
export function pixelHash(pixels: Pixels): Promise<string> {
  const known = hashes.get(pixels);
  if (known !== undefined) return known;
  const made = hashPixels(pixels);
  hashes.set(pixels, made);
  return made;
}

async function hashPixels({ rgb, width, height }: Pixels): Promise<string> {
  const hash = createHash('sha256').update(`rgb8 ${width}x${height}\n`);
  for (let at = 0; at < rgb.length; at += HASH_STEP) {
    hash.update(rgb.subarray(at, at + HASH_STEP));
    await turn(); // a tile that is waited for goes first
  }
  return hash.digest('hex');
}

/** Decodes a file's content at full resolution. */
export async function decodeSource(file: SourceFile, header: SourceHeader, look: Look = 'shown'): Promise<Pixels> {
  const { width, height, lossless, bmp } = header;
  if (bmp !== null) return { rgb: readBmpPixels(file.content, bmp, nameOf(file.path), file.path), width, height, lossless };
  try {
    const rgb = isPlain(header) ? await rawPixels(uprightSrgb(file.content, header, look), file, header, 3) : await specialPixels(file, header, look);
    return { rgb, width, height, lossless };
  } catch (error) {
    throw decodeError(error, file, header);
  }
}

/** As fullPixels, without the cache. */
export async function decode(path: string, look: Look = 'shown'): Promise<Pixels> {
  const file = await readSource(path);
  return decodeSource(file, await readHeader(file), look);
}

/** In the cache while it is being made, so that it is made once; what fails is forgotten. */
function cached(key: string, make: () => Promise<Pixels>): Promise<Pixels> {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made, 0);
  made.then(
    ({ rgb }) => cache.set(key, made, rgb.length),
    () => cache.delete(key),
  );
  return made;
}

let last: Promise<unknown> = Promise.resolve();

/** Decoding a large picture takes several times its size for a moment, so two are never decoded at once; libvips uses all cores for one. */
export function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const done = last.then(work);
  last = done.catch(() => undefined);
  return done;
}
