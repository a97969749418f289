import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FINGERPRINT_SIDE, FingerprintTable, fingerprintOf, VIEWS } from './fingerprint.ts';
import { nearDuplicates } from './near-duplicates.ts';

const N = FINGERPRINT_SIDE;

/** A picture of some soft spots of light, changed by `shade` (level in, level out). */
function drawn(seed: number, shade: (level: number) => number = (level) => level, zoom = 1): Uint8Array {
  let state = seed * 7919 + 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const spots = Array.from({ length: 9 }, () => ({ x: random(), y: random(), size: 0.05 + 0.2 * random(), colour: [random(), random(), random()] }));
  const rgb = new Uint8Array(3 * N * N);
  for (let y = 0; y < N; y++) {
    for (let x = 0; x < N; x++) {
      const [u, v] = [0.5 + ((x + 0.5) / N - 0.5) * zoom, 0.5 + ((y + 0.5) / N - 0.5) * zoom];
      for (let c = 0; c < 3; c++) {
        const level = spots.reduce((sum, spot) => sum + 200 * (spot.colour[c] ?? 0) * Math.exp(-((u - spot.x) ** 2 + (v - spot.y) ** 2) / spot.size ** 2), 20);
        rgb[3 * (y * N + x) + c] = Math.max(0, Math.min(255, shade(Math.min(235, level))));
      }
    }
  }
  return fingerprintOf(rgb);
}

const flat = (level: number, blue = level): Uint8Array => fingerprintOf(Uint8Array.from({ length: 3 * N * N }, (_, i) => (i % 3 === 2 ? blue : level)));
const groupsOf = async (prints: readonly Uint8Array[], bits?: number): Promise<readonly (readonly number[])[]> =>
  (await nearDuplicates(prints.map((fingerprint, i) => ({ image: i + 1, fingerprint })), bits === undefined ? {} : { bits })).groups;

describe('pictures that look alike', () => {
  test('are found brighter, with less contrast and cropped, and others are not', async () => {
    const changed = [drawn(1), drawn(2), drawn(1, (level) => level + 20), drawn(3), drawn(2, (level) => 60 + level * 0.7), drawn(3, undefined, 0.85), drawn(4)];
    expect(await groupsOf(changed)).toEqual([[1, 3], [2, 5], [4, 6]]);
  });

  test('that are plain are told by their colour', async () => {
    expect(await groupsOf([flat(0), flat(200), flat(1), flat(200, 60), flat(0), drawn(5)])).toEqual([[1, 3, 5]]);
  });

  test('are one group when each is like the next', async () => {
    expect(await groupsOf([1, 0.93, 0.87, 0.81, 0.75].map((zoom) => drawn(6, undefined, zoom)))).toEqual([[1, 2, 3, 4, 5]]);
  });

  test('that there are none of is told too', async () => {
    expect(await nearDuplicates([])).toEqual({ groups: [], compared: 0 });
  });

  test('are not looked for any more once the person has cancelled', async () => {
    await expect(nearDuplicates([{ image: 1, fingerprint: flat(0) }], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

/** Each with each, and what they join. */
function bruteForce(prints: readonly Uint8Array[], bits: number): number[][] {
  const table = new FingerprintTable(prints);
  const views = Array.from({ length: VIEWS }, (_, view) => table.hashes(view));
  const distance = (view: number, a: number, b: number): number =>
    [0, 1].reduce((sum, k) => sum + (((views[view]?.[2 * a + k] ?? 0) ^ (views[0]?.[2 * b + k] ?? 0)) >>> 0).toString(2).replaceAll('0', '').length, 0);
  const group = prints.map((_, i) => i);
  for (let a = 0; a < prints.length; a++) {
    for (let b = 0; b < prints.length; b++) {
      if (a === b || !views.some((_, view) => distance(view, a, b) <= bits && table.looksLike(a, view, b))) continue;
      const [from, to] = [group[b] ?? b, group[a] ?? a];
      for (const [i, own] of group.entries()) if (own === from) group[i] = to;
    }
  }
  return [...Map.groupBy(group.keys(), (i) => group[i] ?? i).values()].filter((members) => members.length > 1).map((members) => members.map((i) => i + 1));
}

test('the search finds what comparing each with each finds', async () => {
  // Real fingerprints with some bits of their hashes turned, so that distances of all sizes come up.
  const originals = Array.from({ length: 6 }, (_, i) => drawn(i + 10));
  const turned = fc.tuple(fc.integer({ min: 0, max: originals.length - 1 }), fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 20 })).map(([i, bits]) => {
    const print = (originals[i] ?? new Uint8Array()).slice();
    for (const bit of bits) print[bit >> 3] = (print[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return print;
  });
  await fc.assert(
    fc.asyncProperty(fc.array(turned, { maxLength: 40 }), fc.integer({ min: 0, max: 16 }), async (prints, bits) => {
      expect(await groupsOf(prints, bits)).toEqual(bruteForce(prints, bits));
    }),
    { numRuns: 60 },
  );
});
