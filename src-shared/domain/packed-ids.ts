import { MaskwrightError } from '../contract/errors.ts';

/**
 * A set of ids as bytes: ascending, each written as its distance from the one before (the first from 0),
 * as LEB128 (7 bits a byte, the high bit set on all but the last). 100,000 neighbouring ids take 100 KB.
 */
export function packIds(ids: Iterable<number>): Uint8Array<ArrayBuffer> {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  const bytes: number[] = [];
  let previous = 0;
  for (const id of sorted) {
    if (!Number.isSafeInteger(id) || id <= 0) throw new MaskwrightError('bad-request', `${id} is not an id: ids are whole numbers above 0.`);
    let rest = id - previous;
    previous = id;
    while (rest >= 128) {
      bytes.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
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
