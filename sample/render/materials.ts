import { cells, clamp01, fbm, noise, smoothstep } from './noise.ts';
import type { Material, Surface, Vec } from './scene.ts';

/** A colour as people write it (sRGB #rrggbb), as linear light. */
export function colour(hex: string): Vec {
  const c = (i: number): number => {
    const v = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  return [c(1), c(3), c(5)];
}

export function paint(out: Surface, c: Vec, rough: number): void {
  [out.r, out.g, out.b] = c;
  out.rough = rough;
}

/** Goes from the colour that is there to c by k. */
export function towards(out: Surface, c: Vec, k: number): void {
  const t = clamp01(k);
  out.r += (c[0] - out.r) * t;
  out.g += (c[1] - out.g) * t;
  out.b += (c[2] - out.b) * t;
}

export function shadeBy(out: Surface, k: number): void {
  out.r *= k;
  out.g *= k;
  out.b *= k;
}

export const plain = (hex: string, rough: number, mottle = 0.06): Material => {
  const c = colour(hex);
  return (x, y, z, _ny, out) => {
    paint(out, c, rough);
    shadeBy(out, 1 - mottle + 2 * mottle * fbm(x * 9, y * 9, z * 9, 2));
  };
};

export const metal = (hex: string, rough: number): Material => {
  const c = colour(hex);
  return (x, y, z, _ny, out) => {
    paint(out, c, rough + 0.08 * noise(x * 30, y * 30, z * 6));
    out.metal = 1;
  };
};

/** Boards along x, each with its own growth rings; also for things cut of wood. */
export const wood = (light: string, dark: string, options: { board?: number; scale?: number; rough?: number; turned?: boolean; gap?: number } = {}): Material => {
  const a = colour(light);
  const b = colour(dark);
  const { board = 1.5, scale = 1, rough = 0.42, turned = false, gap = 0.008 } = options;
  return (px, py, pz, _ny, out) => {
    const x = (turned ? pz : px) * scale;
    const z = (turned ? px : pz) * scale + board / 2;
    const y = py * scale;
    const index = Math.floor(z / board);
    const inside = z - index * board;
    const shift = index * 7.31;
    const warp = fbm(x * 0.28 + shift, y * 0.5, z * 1.1, 3);
    const ring = (inside * 2.4 + y * 2.4 + warp * 5.2 + shift * 3.1) * 2.2;
    const saw = ring - Math.floor(ring);
    const grain = smoothstep(0, 0.75, saw) * (1 - smoothstep(0.8, 1, saw));
    const fibre = fbm(x * 2.2 + shift, y * 40, z * 55, 3);
    const pore = smoothstep(0.68, 0.8, noise(x * 5 + shift, y * 60, z * 95));
    paint(out, a, rough + 0.16 * fibre);
    towards(out, b, 0.12 + 0.5 * grain * (0.5 + 0.5 * warp) + 0.3 * (fibre - 0.4));
    shadeBy(out, (0.86 + 0.28 * noise(index * 3.7, 1.5, 0.5)) * (1 - 0.4 * pore));
    const edge = Math.min(inside, board - inside);
    if (edge < gap) shadeBy(out, 0.28);
    out.height = -0.0016 * pore + 0.0006 * fibre - (edge < gap * 2 ? 0.008 * (1 - edge / (gap * 2)) : 0);
  };
};

/** Woven cloth with threads of about `pitch` decimetres; stripes of a second colour every `stripe` when given. */
export const cloth = (hex: string, options: { pitch?: number; stripe?: { hex: string; every: number; width: number }; soft?: number } = {}): Material => {
  const base = colour(hex);
  const { pitch = 0.02, stripe, soft = 0.03 } = options;
  const other = stripe === undefined ? base : colour(stripe.hex);
  return (x, _y, z, _ny, out) => {
    paint(out, base, 0.95);
    if (stripe !== undefined) {
      const s = z / stripe.every - Math.floor(z / stripe.every);
      if (s < stripe.width || (s > stripe.width * 1.7 && s < stripe.width * 2)) towards(out, other, 0.9);
    }
    const u = x / pitch + 0.4 * noise(x * 3, 0, z * 9);
    const v = z / pitch + 0.4 * noise(x * 9, 7, z * 3);
    const over = (Math.floor(u) + Math.floor(v)) % 2 === 0;
    const cu = Math.sin(Math.PI * (u - Math.floor(u)));
    const cv = Math.sin(Math.PI * (v - Math.floor(v)));
    const thread = over ? cu * 0.7 + cv * 0.3 : cv * 0.7 + cu * 0.3;
    shadeBy(out, 0.72 + 0.22 * thread + 0.14 * noise(over ? u : u * 0.1, 3, over ? v * 0.1 : v));
    out.f0 = 0.02;
    out.height = 0.004 * thread + soft * fbm(x * 0.9, 2, z * 0.9, 3);
  };
};

/** Concrete, plaster, paper: one colour, clouds and pits. */
export const plaster = (hex: string, options: { clouds?: number; pits?: number; rough?: number; scale?: number } = {}): Material => {
  const c = colour(hex);
  const { clouds = 0.16, pits = 0.5, rough = 0.85, scale = 1 } = options;
  return (x, y, z, _ny, out) => {
    paint(out, c, rough);
    const cloud = fbm(x * 0.9 * scale, y * 0.9 * scale, z * 0.9 * scale, 5);
    const fine = noise(x * 38, y * 38, z * 38);
    shadeBy(out, 1 - clouds + 2 * clouds * cloud + 0.07 * (fine - 0.5));
    const pit = smoothstep(0.25, 0.05, cells(x * 5, y * 5, z * 5)) * pits * smoothstep(0.45, 0.6, cloud);
    shadeBy(out, 1 - 0.35 * pit);
    out.height = 0.0014 * fine + 0.01 * cloud - 0.006 * pit;
  };
};

/** Sand: grains of several colours and ripples. */
export const sand = (hex: string): Material => {
  const c = colour(hex);
  return (x, _y, z, _ny, out) => {
    paint(out, c, 0.95);
    const grain = noise(x * 70, 0, z * 70);
    const coarse = cells(x * 34, 0.5, z * 34);
    const broad = fbm(x * 0.7, 3, z * 0.7, 4);
    shadeBy(out, 0.66 + 0.4 * grain + 0.25 * (broad - 0.5));
    if (noise(x * 52, 9, z * 52) > 0.83) shadeBy(out, 0.55);
    if (noise(x * 47, 19, z * 47) > 0.86) towards(out, [0.8, 0.76, 0.68], 0.6);
    out.height = 0.012 * (1 - coarse) * 0.5 + 0.05 * broad + 0.012 * Math.sin(z * 5 + x * 1.3 + 5 * broad);
  };
};

/** Glazed ceramic; speckled, and darker where the glaze is thin near `rim` when given. */
export const glaze = (hex: string, options: { speckle?: number; rough?: number; foot?: { hex: string; below: number } } = {}): Material => {
  const c = colour(hex);
  const { speckle = 0, rough = 0.2, foot } = options;
  const bare = foot === undefined ? c : colour(foot.hex);
  return (x, y, z, _ny, out) => {
    paint(out, c, rough);
    shadeBy(out, 0.95 + 0.1 * fbm(x * 4, y * 4, z * 4, 3));
    if (foot !== undefined && y < foot.below + 0.04 * noise(x * 4, 0, z * 4)) {
      paint(out, bare, 0.8);
      shadeBy(out, 0.85 + 0.3 * noise(x * 30, y * 30, z * 30));
    } else if (speckle > 0) {
      const d = cells(x * 11, y * 11, z * 11);
      if (d < 0.2 * speckle) shadeBy(out, 0.35);
    }
  };
};
