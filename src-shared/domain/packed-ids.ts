import { MaskwrightError } from '../contract/errors.ts';

/**
 * A set of ids as bytes: ascending, each written as its distance from the one before (the first from 0),
 * as LEB128 (7 bits a byte, the high bit set on all but the last). 100,000 neighbouring ids take 100 KB.
 */
export function packIds(ids: Iterable<number>): Uint8Array<ArrayBuffer> {
  // Numbers as such, and sorted as such: a million of them in a list and a set would take a hundred megabytes.
  const sorted = Float64Array.from(ids).sort();
  const bytes = new Uint8Array(sizeOf(sorted));
  let n = 0;
  let previous = 0;
  for (let i = 0; i < sorted.length; i++) {
    const id = sorted[i] ?? 0;
    if (id === previous) continue;
    let rest = id - previous;
    previous = id;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[n++] = (rest % 128) | 128;
    bytes[n++] = rest;
  }
  return bytes;
}

/** How many bytes they take packed. */
function sizeOf(sorted: Float64Array): number {
  let size = 0;
  let previous = 0;
  for (let i = 0; i < sorted.length; i++) {
    const id = sorted[i] ?? 0;
    if (!Number.isSafeInteger(id) || id <= 0) throw new MaskwrightError('bad-request', `${id} is not an id: ids are whole numbers above 0.`);
    if (id === previous) continue;
    for (let rest = id - previous; rest >= 128; rest = Math.floor(rest / 128)) size++;
    size++;
    previous = id;
  }
  return size;
}

/** The ids of `packIds`, ascending. Bytes that it cannot have written throw 'project-damaged'. */
export function unpackIds(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  let id = 0;
  let distance = 0;
  let scale = 1;
  for (const byte of bytes) {
    distance += (byte & 127) * scale;
    if (byte >= 128) {
      scale *= 128;
      continue;
    }
    id += distance;
    if (distance === 0 || !Number.isSafeInteger(id)) throw damaged();
    ids.push(id);
    distance = 0;
    scale = 1;
  }
  if (scale !== 1) throw damaged();
  return ids;
}

const damaged = (): MaskwrightError =>
  new MaskwrightError('project-damaged', 'A list of ids in the history cannot be read: the project is damaged there. Go back to an older copy of it.', 'A list of ids in the history');
