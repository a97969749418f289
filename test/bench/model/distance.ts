/**
 * The exact squared Euclidean distance, in pixels, from each pixel's centre to that of the nearest pixel that is set
 * (`set` is row-major, width × height bytes, nonzero = set); at least (width + height)² everywhere when none is.
 * In linear time: Meijster, Roerdink and Hesselink, "A General Algorithm for Computing Distance Transforms in Linear
 * Time", 2000. Width and height together must stay below 65,536.
 */
export function squaredDistances(set: Uint8Array, width: number, height: number): Uint32Array {
  const down = distancesDown(set, width, height);
  const squared = new Uint32Array(width * height);
  const lowest = new Int32Array(width);
  const from = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    const row = down.subarray(y * width, (y + 1) * width);
    envelope(row, lowest, from, squared.subarray(y * width, (y + 1) * width));
  }
  return squared;
}

/** To the nearest set pixel of the same column; width + height where the column has none. */
function distancesDown(set: Uint8Array, width: number, height: number): Int32Array {
  const far = width + height;
  const down = new Int32Array(width * height).fill(far);
  for (let i = 0; i < down.length; i++) down[i] = set[i] ? 0 : Math.min(far, i < width ? far : (down[i - width] ?? 0) + 1);
  for (let i = down.length - width - 1; i >= 0; i--) down[i] = Math.min(down[i] ?? 0, (down[i + width] ?? 0) + 1);
  return down;
}

/**
 * One row: at each column the smallest of the parabolas (x − i)² + down(i)². `lowest` lists the columns whose parabolas
 * are the smallest somewhere, left to right, and `from` where each begins to be.
 */
function envelope(down: Int32Array, lowest: Int32Array, from: Int32Array, out: Uint32Array): void {
  const value = (x: number, i: number): number => (x - i) ** 2 + (down[i] ?? 0) ** 2;
  let last = 0;
  lowest[0] = 0;
  from[0] = 0;
  for (let u = 1; u < down.length; u++) {
    while (last >= 0 && value(from[last] ?? 0, lowest[last] ?? 0) > value(from[last] ?? 0, u)) last--;
    if (last < 0) {
      last = 0;
      lowest[0] = u;
      continue;
    }
    const i = lowest[last] ?? 0;
    const begins = 1 + Math.floor((u * u - i * i + (down[u] ?? 0) ** 2 - (down[i] ?? 0) ** 2) / (2 * (u - i)));
    if (begins >= down.length) continue;
    last++;
    lowest[last] = u;
    from[last] = begins;
  }
  for (let x = down.length - 1; x >= 0; x--) {
    out[x] = value(x, lowest[last] ?? 0);
    if (x === from[last]) last--;
  }
}
