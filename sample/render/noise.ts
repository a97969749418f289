/** Deterministic noise, the same on every machine: integer hashes only, no Math.random. */

/** Hash of three integers to [0, 1): a multiply-xorshift mix of 32 bits. */
export function hash3(x: number, y: number, z: number): number {
  let h = Math.imul(x | 0, 0x8da6b343) ^ Math.imul(y | 0, 0xd8163841) ^ Math.imul(z | 0, 0xcb1ab31f);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

const fade = (t: number): number => t * t * (3 - 2 * t);

/** Value noise of a point in space, in [0, 1]. */
export function noise(x: number, y: number, z: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const iz = Math.floor(z);
  const u = fade(x - ix);
  const v = fade(y - iy);
  const w = fade(z - iz);
  const near =
    (hash3(ix, iy, iz) * (1 - u) + hash3(ix + 1, iy, iz) * u) * (1 - v) + (hash3(ix, iy + 1, iz) * (1 - u) + hash3(ix + 1, iy + 1, iz) * u) * v;
  const far =
    (hash3(ix, iy, iz + 1) * (1 - u) + hash3(ix + 1, iy, iz + 1) * u) * (1 - v) +
    (hash3(ix, iy + 1, iz + 1) * (1 - u) + hash3(ix + 1, iy + 1, iz + 1) * u) * v;
  return near * (1 - w) + far * w;
}

/** Sum of octaves of value noise, each twice as fine and half as strong; in [0, 1]. */
export function fbm(x: number, y: number, z: number, octaves: number): number {
  let sum = 0;
  let weight = 0.5;
  let total = 0;
  let f = 1;
  for (let i = 0; i < octaves; i++) {
    sum += weight * noise(x * f + i * 17.3, y * f + i * 5.1, z * f - i * 9.7);
    total += weight;
    weight *= 0.5;
    f *= 2.03;
  }
  return sum / total;
}

/** Distance from a point to the nearest of one jittered point a unit cell (Worley's F1), about 0 to 1.2. */
export function cells(x: number, y: number, z: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const iz = Math.floor(z);
  let best = 9;
  for (let k = iz - 1; k <= iz + 1; k++)
    for (let j = iy - 1; j <= iy + 1; j++)
      for (let i = ix - 1; i <= ix + 1; i++) {
        const dx = i + hash3(i, j, k) - x;
        const dy = j + hash3(i + 71, j, k) - y;
        const dz = k + hash3(i, j + 71, k) - z;
        best = Math.min(best, dx * dx + dy * dy + dz * dz);
      }
  return Math.sqrt(best);
}

/** A stream of numbers in [0, 1), xorshift32. */
export function stream(seed: number): () => number {
  let s = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 0 || 1;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) / 4294967296;
  };
}

export const clamp01 = (x: number): number => (x < 0 ? 0 : x > 1 ? 1 : x);
export const smoothstep = (a: number, b: number, x: number): number => fade(clamp01((x - a) / (b - a)));
