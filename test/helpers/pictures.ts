import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodePng, encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { probe } from '../../src-main/engines/images-probe.ts';
import type { MemorySource } from './dataset-source.ts';

const { signal } = new AbortController();

/** For readers that need a picture's size. */
export async function sizeOfPicture(file: string): Promise<{ width: number; height: number } | null> {
  if (!existsSync(file)) return null;
  if (file.endsWith('.jpg') && readFileSync(file).subarray(0, 2).equals(Buffer.from([0xff, 0xd8]))) return (await probe(file, signal)).image;
  try {
    return decodePng(readFileSync(file), file);
  } catch {
    return null;
  }
}

export function put(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

export const blankPng = (width: number, height: number): Uint8Array => encodePng({ width, height, kind: 'grey', samples: new Uint8Array(width * height) });

/** Gives every image of a data set a file of its size (each made once in `folder`), for writers that copy pictures. */
export function withPictures(source: MemorySource, folder: string): MemorySource {
  for (const [i, image] of source.pictures.entries()) {
    const { width, height } = image;
    if (width === null || height === null) continue;
    const name = `${width}x${height}.png`;
    if (!existsSync(join(folder, name))) put(folder, name, blankPng(width, height));
    source.pictures[i] = { ...image, absolutePath: join(folder, name) };
  }
  return source;
}
