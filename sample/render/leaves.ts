import { colour, paint, shadeBy, towards } from './materials.ts';
import { fbm, noise, smoothstep } from './noise.ts';
import type { Model } from './scene.ts';

interface Shape {
  /** Half width of the blade at t along the midrib, 0 base to 1 tip. */
  readonly width: (t: number) => number;
  readonly length: number;
  readonly veins: number;
  readonly teeth: number;
}

const SHAPES: Record<'beech' | 'willow' | 'lime', Shape> = {
  beech: { width: (t) => 0.36 * Math.sin(Math.PI * Math.min(1, t) ** 0.82) ** 0.85, length: 1.25, veins: 8, teeth: 0.012 },
  willow: { width: (t) => 0.17 * Math.sin(Math.PI * t ** 0.8) ** 0.8, length: 1.6, veins: 14, teeth: 0.006 },
  lime: { width: (t) => 0.5 * Math.sin(Math.PI * t ** 0.6) ** 0.8, length: 1.1, veins: 6, teeth: 0.025 },
};

interface Colours {
  readonly base: string;
  readonly edge: string;
  readonly vein: string;
}

function surface(colours: Colours, seed: number) {
  const base = colour(colours.base);
  const edge = colour(colours.edge);
  const vein = colour(colours.vein);
  return { base, edge, vein, mottle: (x: number, z: number): number => fbm(x * 2.3 + seed, 1, z * 2.3, 4) };
}

/** A fallen leaf of one blade, its stalk toward −x, curled a little. */
export function leaf(kind: keyof typeof SHAPES, colours: Colours, seed: number): Model {
  const { width, length, veins, teeth } = SHAPES[kind];
  const { base, edge, vein, mottle } = surface(colours, seed);
  const bend = (x: number, z: number): number => 0.09 + 0.16 * z * z / 0.2 * 0.35 + 0.06 * Math.sin(x * 2.4 + seed) + 0.025 * Math.sin(z * 9 + x * 5 + seed);
  const inside = (x: number, z: number): number => {
    const t = x / length + 0.5;
    if (t <= 0 || t >= 1) return Math.max(-t, t - 1) * length + 0.001;
    const saw = teeth * Math.abs(((x * 17 + Math.abs(z) * 4) % 1) - 0.5);
    return (Math.abs(z) - width(t) + saw) * 0.8;
  };
  return {
    className: 'leaf',
    parts: [
      {
        sdf: (x, y, z) => Math.max(Math.abs(y - bend(x, z)) - 0.007, inside(x, z)),
        half: [length / 2 + 0.01, 0.16, 0.52], centre: [0, 0.15, 0], step: 0.6, bumpy: true,
        material: (x, _y, z, _ny, out) => {
          const t = x / length + 0.5;
          const rim = Math.abs(z) / Math.max(0.05, width(Math.min(0.999, Math.max(0.001, t))));
          paint(out, base, 0.5);
          towards(out, edge, smoothstep(0.3, 1, rim * 0.7 + mottle(x, z) * 0.6));
          const s = (x - Math.abs(z) * 0.75) * (veins / length) + 40;
          const side = Math.abs(s - Math.round(s));
          const rib = Math.max(smoothstep(0.028, 0.01, Math.abs(z)), smoothstep(0.09, 0.03, side) * 0.7 * smoothstep(1, 0.7, rim));
          towards(out, vein, rib * 0.75);
          const fine = noise(x * 40, 1, z * 40);
          shadeBy(out, 0.88 + 0.2 * fine);
          if (noise(x * 8 + seed, 4, z * 8) > 0.83) shadeBy(out, 0.55);
          out.height = 0.008 * rib - 0.006 * Math.cos(s * 2 * Math.PI) + 0.001 * fine;
        },
      },
      {
        sdf: (x, y, z) => (Math.hypot(y - bend(Math.max(x, -length / 2), 0) + 0.06 * Math.max(0, -length / 2 - x), z - 0.12 * Math.max(0, -length / 2 - x) ** 2, Math.max(0, Math.abs(x + length / 2 + 0.12) - 0.2)) - 0.015) * 0.9,
        half: [0.26, 0.16, 0.08], centre: [-length / 2 - 0.12, 0.12, 0],
        material: (_x, _y, _z, _ny, out) => paint(out, vein, 0.7), step: 0.7,
      },
    ],
  };
}

/** A maple's leaf: five lobes round the end of its stalk, with teeth. */
export function mapleLeaf(colours: Colours, seed: number): Model {
  const { base, edge, vein, mottle } = surface(colours, seed);
  const lobes = [0, 0.87, -0.87, 1.72, -1.72];
  const reach = [1, 0.92, 0.92, 0.62, 0.62];
  /** Outline's radius by angle from the tip's direction: the highest of five sharp lobes with side teeth. */
  const radius = (angle: number): number => {
    let best = 0.16;
    for (let i = 0; i < lobes.length; i++) {
      const d = Math.abs(angle - lobes[i]!);
      if (d > 0.62) continue;
      const spike = reach[i]! * Math.max(1 / (1 + 3.4 * d), 0.78 / (1 + 9 * Math.abs(d - 0.24)), 0.55 / (1 + 14 * Math.abs(d - 0.42)));
      best = Math.max(best, spike * 0.8);
    }
    return Math.max(best, Math.abs(angle) < 2.1 ? 0.33 : 0.1);
  };
  const bend = (x: number, z: number): number => 0.08 + 0.1 * (x * x + z * z) * Math.sin(x * 2 + seed) ** 2 + 0.04 * Math.sin(x * 5 + seed) * Math.sin(z * 5 + seed);
  return {
    className: 'leaf',
    parts: [
      {
        sdf: (x, y, z) => Math.max(Math.abs(y - bend(x, z)) - 0.007, (Math.hypot(x, z) - radius(Math.atan2(z, x))) * 0.35),
        half: [0.85, 0.16, 0.85], centre: [0, 0.14, 0], step: 0.7, bumpy: true,
        material: (x, _y, z, _ny, out) => {
          const r = Math.hypot(x, z);
          const angle = Math.atan2(z, x);
          paint(out, base, 0.5);
          towards(out, edge, smoothstep(0.35, 1, r / radius(angle) * 0.65 + mottle(x, z) * 0.6));
          let rib = 0;
          for (const lobe of lobes) {
            const away = Math.abs(Math.sin(angle - lobe)) * r;
            if (Math.cos(angle - lobe) < 0) continue;
            const along = Math.cos(angle - lobe) * r;
            rib = Math.max(rib, smoothstep(0.02, 0.006, away), 0.6 * smoothstep(0.1, 0.03, Math.abs(((along - away * 1.1) * 8) % 1 - 0.5)) * smoothstep(0.3, 0.05, away));
          }
          towards(out, vein, rib * 0.7);
          const fine = noise(x * 40, 1, z * 40);
          shadeBy(out, 0.88 + 0.2 * fine);
          if (noise(x * 7 + seed, 4, z * 7) > 0.82) shadeBy(out, 0.6);
          out.height = 0.008 * rib + 0.001 * fine + 0.012 * fbm(x * 6, 2, z * 6, 2);
        },
      },
      {
        sdf: (x, y, z) => Math.hypot(y - 0.07, z - 0.15 * x * x, Math.max(0, Math.abs(x + 0.35) - 0.35)) - 0.016,
        half: [0.4, 0.12, 0.16], centre: [-0.35, 0.08, 0.04],
        material: (_x, _y, _z, _ny, out) => paint(out, vein, 0.7), step: 0.7,
      },
    ],
  };
}
