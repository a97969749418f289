import { hash3 } from './noise.ts';

/** Sums of samples a pixel, in planes: 0–2 light, 3–5 albedo, 6–8 normal, 9 depth. */
export const PLANES = 10;

/**
 * Edge-avoiding à-trous filter on illumination (Dammertz et al., 2010): albedo is divided out first and multiplied back,
 * so that textures stay sharp while the light's noise goes.
 */
export function denoise(planes: Float32Array, width: number, height: number, rounds: number): Float32Array {
  const n = width * height;
  let from = new Float32Array(n * 3);
  let to = new Float32Array(n * 3);
  for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) from[i * 3 + c] = planes[c * n + i]! / planes[(3 + c) * n + i]!;
  const kernel = [1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16];
  for (let round = 0; round < rounds; round++) {
    const step = 1 << round;
    const colourSigma = 0.9 / (1 << round);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const lum = from[i * 3]! + from[i * 3 + 1]! + from[i * 3 + 2]!;
        let sr = 0;
        let sg = 0;
        let sb = 0;
        let total = 0;
        for (let ky = -2; ky <= 2; ky++)
          for (let kx = -2; kx <= 2; kx++) {
            const qx = Math.min(width - 1, Math.max(0, x + kx * step));
            const qy = Math.min(height - 1, Math.max(0, y + ky * step));
            const q = qy * width + qx;
            const ql = from[q * 3]! + from[q * 3 + 1]! + from[q * 3 + 2]!;
            let dn = 0;
            for (let c = 6; c < 9; c++) dn += (planes[c * n + i]! - planes[c * n + q]!) ** 2;
            let da = 0;
            for (let c = 3; c < 6; c++) da += (planes[c * n + i]! - planes[c * n + q]!) ** 2;
            const dd = Math.abs(planes[9 * n + i]! - planes[9 * n + q]!) / (step * 0.02);
            const dl = (lum - ql) / (lum + ql + 0.02) / colourSigma;
            const weight = kernel[ky + 2]! * kernel[kx + 2]! * Math.exp(-dn * 14 - da * 30 - dd * 0.35 - dl * dl);
            sr += weight * from[q * 3]!;
            sg += weight * from[q * 3 + 1]!;
            sb += weight * from[q * 3 + 2]!;
            total += weight;
          }
        to[i * 3] = sr / total;
        to[i * 3 + 1] = sg / total;
        to[i * 3 + 2] = sb / total;
      }
    [from, to] = [to, from];
  }
  for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) from[i * 3 + c] = from[i * 3 + c]! * planes[(3 + c) * n + i]!;
  return from;
}

/** Filmic curve: Narkowicz's fit of the ACES reference transform (2015). */
const aces = (x: number): number => Math.min(1, (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14));
const encode = (x: number): number => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);

/** Develops linear light to sRGB bytes, with a lens's vignette and a trace of grain. */
export function develop(light: Float32Array, width: number, height: number, exposure: number, seed: number): Buffer {
  const out = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = (y * width + x) * 3;
      const vx = x / width - 0.5;
      const vy = y / height - 0.5;
      const k = exposure * 0.62 * (1 - 0.42 * (vx * vx + vy * vy));
      const grain = (hash3(x, y, seed) + hash3(x, y, seed + 1) - 1) * 0.011;
      for (let c = 0; c < 3; c++) out[i + c] = Math.round(255 * Math.min(1, Math.max(0, encode(aces(light[i + c]! * k)) + grain)));
    }
  return out;
}
