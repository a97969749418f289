import { colour, paint, plain, shadeBy, towards } from './materials.ts';
import { cells, fbm, noise, smoothstep } from './noise.ts';
import type { Model, Part } from './scene.ts';
import { at, blend, capsule, displace, ellipsoid } from './sdf.ts';
import type { Sdf } from './sdf.ts';

/** A sphere-like body with a dimple at both ends: the outside of a spindle torus of these radii, its middle at y = 0. */
const dimpled = (a: number, radius: number, taper: number): Sdf => (x, y, z) => {
  const r = Math.sqrt(x * x + z * z) * (1 - taper * y);
  return Math.sqrt((r - a) * (r - a) + y * y) - radius;
};

const stalk = (base: number, lean: number, height: number): Part => ({
  sdf: capsule([0, base - 0.06, 0], [lean, base + height, lean * 0.3], 0.014, 0.022),
  material: plain('#5b4226', 0.8, 0.3),
  half: [0.16, 0.2, 0.16],
  centre: [0, base + 0.06, 0],
});

export function apple(kind: 'red' | 'green' | 'blush', seed: number): Model {
  const ground = colour(kind === 'red' ? '#b8862f' : kind === 'green' ? '#8fae35' : '#d2b84c');
  const flush = colour(kind === 'green' ? '#a9bf45' : kind === 'red' ? '#8f1018' : '#b5251f');
  const deep = colour(kind === 'green' ? '#6f962a' : '#5e0a14');
  const pale = colour('#e7d9a0');
  return {
    className: 'fruit',
    parts: [
      {
        sdf: at(0, 0.31, 0, displace(dimpled(0.125, 0.31, 0.26), (x, y, z) => 0.012 * Math.sin(x * 5 + seed) * Math.sin(z * 6 + seed * 2) + 0.006 * Math.sin(y * 9 + seed))),
        half: [0.5, 0.36, 0.5],
        step: 0.8,
        material: (x, y, z, _ny, out) => {
          const angle = Math.atan2(z, x);
          const r = Math.hypot(x, z);
          const streak = fbm(Math.cos(angle) * 9 + seed, (y - 0.27) * 1.6, Math.sin(angle) * 9, 4);
          const side = noise(Math.cos(angle) * 1.1 + seed * 3, y * 1.5, Math.sin(angle) * 1.1);
          paint(out, ground, 0.26);
          towards(out, flush, kind === 'blush' ? 0.15 + 0.85 * smoothstep(0.28, 0.7, side + (streak - 0.5) * 0.75) : 0.55 + (streak - 0.3) * 1.1 + (kind === 'red' ? 0.25 : 0));
          towards(out, deep, smoothstep(0.5, 0.85, streak) * (kind === 'red' ? 0.55 : 0.25));
          if (y > 0.46) towards(out, ground, smoothstep(0.2, 0.04, r) * 0.85);
          if (cells(x * 13 + seed, y * 13, z * 13) < 0.13) towards(out, pale, 0.45);
        },
      },
      stalk(0.58, 0.04, 0.15),
    ],
  };
}

export function orange(seed: number, kind: 'orange' | 'lime' | 'grapefruit' = 'orange'): Model {
  const a = colour(kind === 'orange' ? '#e8780c' : kind === 'lime' ? '#6f9a1f' : '#e39a3a');
  const b = colour(kind === 'orange' ? '#f09a22' : kind === 'lime' ? '#93b53a' : '#df6f4a');
  const green = colour('#4d5a1e');
  const radius = kind === 'lime' ? 0.3 : kind === 'orange' ? 0.4 : 0.5;
  return {
    className: 'fruit',
    parts: [
      {
        sdf: at(0, radius * 0.96, 0, ellipsoid(radius, radius * 0.96, radius)),
        half: [radius + 0.01, radius + 0.01, radius + 0.01],
        bumpy: true,
        material: (x, y, z, _ny, out) => {
          paint(out, a, 0.36);
          towards(out, b, fbm(x * 3 + seed, y * 3, z * 3, 3));
          const pore = smoothstep(0.55, 0.1, cells(x * 24 + seed, y * 24, z * 24));
          shadeBy(out, 1 - 0.22 * pore);
          out.height = -0.006 * pore;
          const top = Math.hypot(x, z);
          if (y > radius) towards(out, green, smoothstep(0.055, 0.035, top));
          out.height -= y > radius ? 0.02 * smoothstep(0.12, 0, top) : 0;
        },
      },
    ],
  };
}

export function lemon(seed: number): Model {
  const yellow = colour('#ecc520');
  const green = colour('#c2b52a');
  return {
    className: 'fruit',
    parts: [
      {
        sdf: at(0, 0.28, 0, blend(0.16, ellipsoid(0.36, 0.28, 0.28), capsule([-0.44, 0, 0], [0.42, 0.01, 0], 0.05, 0.065))),
        half: [0.54, 0.32, 0.32],
        step: 0.85,
        bumpy: true,
        material: (x, y, z, _ny, out) => {
          paint(out, yellow, 0.33);
          towards(out, green, smoothstep(0.3, 0.5, Math.abs(x)) * 0.7 + 0.25 * (fbm(x * 4 + seed, y * 4, z * 4, 2) - 0.5));
          const pore = smoothstep(0.5, 0.1, cells(x * 21 + seed, y * 21, z * 21));
          shadeBy(out, 1 - 0.15 * pore);
          out.height = -0.005 * pore;
        },
      },
    ],
  };
}

export function pear(seed: number): Model {
  const green = colour('#b3a637');
  const gold = colour('#c98f35');
  const blush = colour('#a34f22');
  return {
    className: 'fruit',
    parts: [
      {
        sdf: displace(blend(0.3, at(0, 0.36, 0, ellipsoid(0.38, 0.37, 0.38)), at(0.02, 0.82, 0, ellipsoid(0.17, 0.25, 0.17))), (x, y, z) => 0.008 * Math.sin(x * 7 + seed) * Math.sin(z * 6) + 0.006 * Math.sin(y * 8 + seed)),
        half: [0.42, 0.56, 0.42],
        step: 0.8,
        material: (x, y, z, _ny, out) => {
          paint(out, green, 0.38);
          towards(out, gold, fbm(x * 2 + seed, y * 2, z * 2, 3) * 0.9);
          towards(out, blush, smoothstep(0.5, 0.75, noise(x * 1.6 + seed * 2, y * 1.2, z * 1.6)) * 0.7);
          const speck = cells(x * 17, y * 17 + seed, z * 17);
          if (speck < 0.22) towards(out, colour('#6d5a26'), 0.65);
        },
      },
      stalk(1.06, 0.08, 0.16),
    ],
  };
}

/** A banana lying on its side: an arc of a torus, five-sided and thinner at its ends. */
export function banana(seed: number): Model {
  const yellow = colour('#e5bb2c');
  const brown = colour('#3d2a16');
  const green = colour('#9ea538');
  const major = 0.85;
  const reach = 1.02;
  const body: Sdf = (x, y, z) => {
    const angle = Math.atan2(x, z);
    const k = Math.max(-reach, Math.min(reach, angle));
    const thin = Math.abs(k) / reach;
    const radius = 0.165 * Math.sqrt(Math.max(0.02, 1 - thin ** 2.6 * 0.93));
    const r = Math.hypot(x, z) - major;
    const over = (angle - k) * (major + r);
    const around = Math.atan2(y - 0.16, r);
    const ridge = 1 + 0.05 * Math.cos(around * 5 + 0.6);
    return Math.hypot(Math.hypot(r, y - 0.16) , over) - radius * ridge;
  };
  return {
    className: 'fruit',
    parts: [
      {
        sdf: (x, y, z) => body(x, y, z + major),
        half: [0.86, 0.2, 0.34],
        centre: [0, 0.17, -0.2],
        step: 0.6,
        material: (x, y, z, _ny, out) => {
          const angle = Math.atan2(x, z + major);
          paint(out, yellow, 0.45);
          towards(out, green, smoothstep(0.7, 0.98, angle) * 0.8);
          towards(out, brown, smoothstep(0.95, 1.02, Math.abs(angle)));
          const freckle = cells(x * 9 + seed, y * 14, z * 9);
          towards(out, brown, smoothstep(0.2, 0.08, freckle) * 0.75 + 0.35 * smoothstep(0.55, 0.75, fbm(x * 5 + seed, y * 20, z * 5, 3)));
        },
      },
      { sdf: capsule([0.7, 0.17, -0.38], [0.86, 0.2, -0.56], 0.05, 0.04), material: plain('#8b8238', 0.6, 0.2), half: [0.2, 0.2, 0.2], centre: [0.78, 0.19, -0.47] },
    ],
  };
}
