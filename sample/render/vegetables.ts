import { colour, paint, plain, shadeBy, towards } from './materials.ts';
import { fbm, noise, smoothstep } from './noise.ts';
import type { Model, Part } from './scene.ts';
import { at, blend, capsule, ellipsoid } from './sdf.ts';
import type { Sdf } from './sdf.ts';

export function tomato(seed: number, size = 1): Model {
  const red = colour('#bd1f12');
  const deep = colour('#8f130d');
  const amber = colour('#c8541a');
  const body: Sdf = (x, y, z) => {
    const angle = Math.atan2(z, x);
    const r = Math.sqrt(x * x + z * z) * (1 + 0.018 * Math.cos(angle * 5 + seed) * (y > 0 ? y * 3 : 0.3));
    return Math.sqrt((r - 0.16 * size) ** 2 + y * y) - 0.27 * size;
  };
  return {
    className: 'vegetable',
    parts: [
      {
        sdf: at(0, 0.27 * size, 0, body),
        half: [0.46 * size, 0.29 * size, 0.46 * size],
        step: 0.85,
        material: (x, y, z, _ny, out) => {
          paint(out, red, 0.14);
          towards(out, deep, fbm(x * 3 + seed, y * 3, z * 3, 3) * 0.8);
          towards(out, amber, smoothstep(0.24, 0.1, Math.hypot(x, z)) * (y > 0.3 ? 0.6 : 0));
        },
      },
      { material: plain('#4d7a2b', 0.6, 0.25), sdf: (x, y, z) => {
        const r = Math.hypot(x, z);
        const angle = Math.atan2(z, x) + seed;
        const star = 0.27 * size * (0.2 + 0.8 * Math.abs(Math.cos(angle * 2.5)) ** 3);
        const top = 0.282 * size + Math.sqrt(Math.max(0, (0.27 * size) ** 2 - (r - 0.16 * size) ** 2)) + 0.035 * r * (1 + Math.sin(r * 30 + angle * 2));
        return Math.max(Math.abs(y - top) - 0.012, r - star) * 0.5;
      }, half: [0.3 * size, 0.09, 0.3 * size], centre: [0, 0.53 * size, 0], step: 0.7 },
      { sdf: capsule([0, 0.44 * size, 0], [0.03, 0.57 * size, 0.02], 0.018, 0.022), material: plain('#5b7b34', 0.7, 0.2), half: [0.08, 0.12, 0.08], centre: [0, 0.52 * size, 0] },
    ],
  };
}

/** A carrot lying along x, its crown at +x. */
export function carrot(seed: number): Model {
  const flesh = colour('#d9651a');
  const dark = colour('#a8440f');
  const body = blend(0.08, capsule([-0.85, 0.12, 0], [0.6, 0.17, 0], 0.035, 0.175), capsule([-1.1, 0.1, 0.02], [-0.8, 0.12, 0], 0.008, 0.03));
  const stems: Part[] = [-0.09, -0.02, 0.05, 0.1].map((dz, i) => ({
    sdf: capsule([0.68, 0.18, dz * 0.6], [1.0 + 0.09 * i, 0.16 + 0.05 * ((i * 3 + seed) % 3), dz * 3.2], 0.035, 0.018),
    material: plain('#5f8a2e', 0.6, 0.25),
    half: [0.36, 0.2, 0.36],
    centre: [0.98, 0.2, 0],
  }));
  return {
    className: 'vegetable',
    parts: [
      {
        sdf: body,
        half: [1.1, 0.2, 0.2],
        centre: [-0.2, 0.17, 0],
        step: 0.9,
        bumpy: true,
        material: (x, y, z, _ny, out) => {
          const ring = fbm(x * 14 + seed, y * 3, z * 3, 3);
          paint(out, flesh, 0.5);
          towards(out, dark, smoothstep(0.55, 0.8, ring) * 0.8);
          towards(out, colour('#6f7a2a'), smoothstep(0.7, 0.78, x) * 0.8);
          out.height = -0.012 * smoothstep(0.6, 0.72, noise(x * 18 + seed, y * 2.5, z * 2.5));
        },
      },
      ...stems,
    ],
  };
}

export function mushroom(seed: number): Model {
  const cap = colour('#dcc9ac');
  const brown = colour('#a98558');
  return {
    className: 'vegetable',
    parts: [
      {
        sdf: (x, y, z) => Math.max(ellipsoid(0.38, 0.3, 0.38)(x, y - 0.3, z), 0.24 - y - 0.05 * Math.hypot(x, z)),
        half: [0.4, 0.22, 0.4],
        centre: [0, 0.41, 0],
        step: 0.8,
        bumpy: true,
        material: (x, y, z, ny, out) => {
          paint(out, cap, 0.7);
          towards(out, brown, smoothstep(0.4, 0.75, fbm(x * 4 + seed, y * 4, z * 4, 4)) * 0.7);
          out.height = 0.006 * fbm(x * 14, y * 14, z * 14, 2);
          if (ny < -0.3) {
            paint(out, colour('#6d4b33'), 0.9);
            shadeBy(out, 0.7 + 0.5 * Math.abs(Math.sin(Math.atan2(z, x) * 40)));
          }
        },
      },
      { sdf: blend(0.06, capsule([0, 0.02, 0], [0, 0.32, 0], 0.12, 0.13), at(0, 0.05, 0, ellipsoid(0.15, 0.06, 0.15))), material: plain('#d8c7ad', 0.8, 0.12), half: [0.18, 0.24, 0.18], centre: [0, 0.2, 0] },
    ],
  };
}

/** An aubergine lying along x, its stalk at +x. */
export function aubergine(seed: number): Model {
  const skin = colour('#2a1030');
  const glow = colour('#4a1d45');
  return {
    className: 'vegetable',
    parts: [
      {
        sdf: blend(0.35, at(-0.45, 0.31, 0, ellipsoid(0.46, 0.31, 0.31)), at(0.3, 0.24, 0.06, ellipsoid(0.5, 0.2, 0.2))),
        half: [0.95, 0.34, 0.34],
        centre: [-0.03, 0.32, 0],
        step: 0.85,
        material: (x, y, z, _ny, out) => {
          paint(out, skin, 0.13);
          towards(out, glow, fbm(x * 2 + seed, y * 2, z * 2, 3));
        },
      },
      {
        sdf: (x, y, z) => Math.max(ellipsoid(0.5, 0.225, 0.225)(x - 0.34, y - 0.24, z - 0.06), 0.58 + 0.09 * Math.sin(Math.atan2(y - 0.24, z - 0.06) * 5) - x) ,
        material: plain('#5a7a34', 0.6, 0.2),
        half: [0.2, 0.3, 0.3],
        centre: [0.68, 0.26, 0.06],
        step: 0.7,
      },
      { sdf: capsule([0.8, 0.24, 0.06], [1.02, 0.3, 0.12], 0.05, 0.045), material: plain('#5f7a38', 0.7, 0.2), half: [0.2, 0.2, 0.2], centre: [0.92, 0.26, 0.09] },
    ],
  };
}

export function pepper(seed: number, hex: string): Model {
  const skin = colour(hex);
  return {
    className: 'vegetable',
    parts: [
      {
        sdf: (x, y, z) => {
          const angle = Math.atan2(z, x) + seed;
          const r = Math.hypot(x, z) / (1 + 0.1 * Math.cos(angle * 3) + 0.02 * Math.cos(angle * 2)) * (1 - 0.22 * (y - 0.45));
          return Math.hypot(Math.max(r - 0.2, 0) + Math.min(r - 0.2, 0) * 0.55, Math.max(Math.abs(y - 0.44) - 0.2, 0)) - 0.23;
        },
        half: [0.52, 0.46, 0.52],
        centre: [0, 0.44, 0],
        step: 0.6,
        material: (x, y, z, _ny, out) => {
          paint(out, skin, 0.12);
          shadeBy(out, 0.85 + 0.3 * fbm(x * 3 + seed, y * 2, z * 3, 3));
        },
      },
      { sdf: capsule([0, 0.74, 0], [0.05, 1.02, 0.03], 0.07, 0.05), material: plain('#56812f', 0.6, 0.2), half: [0.16, 0.22, 0.16], centre: [0.02, 0.9, 0] },
    ],
  };
}
