import { colour, glaze, metal, paint, plain, shadeBy, towards, wood } from './materials.ts';
import { cells, fbm, noise, smoothstep } from './noise.ts';
import type { Material, Model, Part } from './scene.ts';
import { at, blend, box, capsule, cut, cylinder, displace, ellipsoid, lathe, sphere, spline, torus, union } from './sdf.ts';

type Profile = readonly (readonly [number, number])[];

/** A turned vessel: its wall follows a spline through (radius, height) points. */
export function vessel(className: string, profile: Profile, material: Material, half = 0.022): Model {
  const line = spline(profile, 8);
  const wide = Math.max(...line.map((p) => p[0])) + half + 0.01;
  const tall = Math.max(...line.map((p) => p[1])) + half + 0.01;
  return { className, parts: [{ sdf: at(0, half, 0, lathe(line, half)), material, half: [wide, tall / 2 + 0.03, wide], centre: [0, tall / 2, 0], step: 0.95 }] };
}

/** A mug with its handle at +x, filled to `fill` with a drink of that colour. */
export function mug(material: Material, drink: string | null, size = 1): Model {
  const wall = lathe(spline([[0.01, 0.03], [0.28, 0.03], [0.36, 0.1], [0.385, 0.4], [0.385, 0.78]]), 0.024);
  const handle = cut(at(0.46, 0.42, 0, torus(0.19, 0.045)), cylinder(0.36, 2, 0));
  const body = blend(0.05, wall, handle);
  const parts: Part[] = [{
    sdf: (x, y, z) => body(x / size, y / size, z / size) * size,
    material, half: [0.58 * size, 0.43 * size, 0.43 * size], centre: [0.14 * size, 0.4 * size, 0], step: 0.9,
  }];
  if (drink !== null) {
    const liquid = colour(drink);
    const cream = colour('#a9784c');
    parts.push({
      sdf: at(0, 0.6 * size, 0, cylinder(0.37 * size, 0.03, 0.005)),
      half: [0.38 * size, 0.05, 0.38 * size],
      centre: [0, 0.6 * size, 0],
      material: (x, _y, z, _ny, out) => {
        paint(out, liquid, 0.08);
        const r = Math.hypot(x, z) / (0.37 * size);
        towards(out, cream, smoothstep(0.84, 0.97, r + 0.05 * noise(x * 12, 1, z * 12)) * 0.9);
      },
    });
  }
  return { className: 'tableware', parts };
}

export const plate = (material: Material, radius: number): Model =>
  vessel('tableware', [[0.01, 0.02], [radius * 0.62, 0.02], [radius * 0.74, 0.06], [radius, 0.13]], material, 0.022);

export const bowl = (material: Material, radius: number, height: number): Model =>
  vessel('tableware', [[0.01, 0.04], [radius * 0.42, 0.04], [radius * 0.8, height * 0.4], [radius, height]], material, 0.026);

export function spoon(): Model {
  const handle = blend(0.05, capsule([-0.34, 0.06, 0], [0.2, 0.12, 0], 0.028, 0.026), capsule([0.2, 0.12, 0], [0.95, 0.06, 0], 0.026, 0.05));
  return {
    className: 'tableware',
    parts: [{
      sdf: union(
        cut(at(-0.62, 0.07, 0, ellipsoid(0.3, 0.075, 0.185)), at(-0.62, 0.125, 0, ellipsoid(0.29, 0.09, 0.175))),
        (x, y, z) => handle(x, y, z * 0.62),
      ),
      material: metal('#c9c6c0', 0.16), half: [1.02, 0.13, 0.22], centre: [0, 0.08, 0], step: 0.6,
    }],
  };
}

/** A closed book lying flat, its spine at −x. */
export function book(w: number, h: number, d: number, cover: string, accent: string, seed: number): Model {
  const cloth = colour(cover);
  const print = colour(accent);
  const paper = colour('#e6dcc4');
  const board = 0.025;
  const shell = cut(box(w, h, d, 0.012), at(0.05, 0, 0, box(w + 0.03, h - board * 2, d + 0.2, 0.002)));
  return {
    className: 'book',
    parts: [
      {
        sdf: at(0, h, 0, union(shell, at(-w + 0.02, 0, 0, box(0.03, h, d, 0.02)))),
        half: [w + 0.02, h + 0.01, d + 0.01],
        bumpy: true,
        material: (x, y, z, ny, out) => {
          paint(out, cloth, 0.68);
          const weave = noise(x * 60, y * 60, z * 60);
          shadeBy(out, 0.86 + 0.2 * weave + 0.12 * (fbm(x * 2 + seed, y * 2, z * 2, 3) - 0.5));
          out.height = 0.0012 * weave;
          if (ny > 0.8) {
            const u = Math.abs(x - 0.06) / w;
            const v = Math.abs(z) / d;
            const frame = Math.max(u, v * (d / w) - (d - w) / w);
            if (frame > 0.78 && frame < 0.805) towards(out, print, 0.9);
            const title = Math.abs(z + d * 0.35) < 0.11 && u < 0.5 && noise(x * 16 + seed, Math.floor((z + d * 0.35) * 14), 3) > 0.42 && Math.abs((z + d * 0.35) * 14 - Math.floor((z + d * 0.35) * 14) - 0.5) < 0.3;
            if (title) towards(out, print, 0.9);
            if (Math.abs(Math.hypot(x - 0.06, z - d * 0.28) - 0.16) < 0.02 || Math.hypot(x - 0.06, z - d * 0.28) < 0.07) towards(out, print, 0.9);
          }
        },
      },
      {
        sdf: at(0.0, h, 0, box(w - 0.045, h - board * 1.6, d - 0.05, 0.006)),
        half: [w, h, d],
        material: (x, y, z, _ny, out) => {
          paint(out, paper, 0.9);
          shadeBy(out, 0.72 + 0.34 * noise(x * 1.5, y * 150, z * 1.5));
        },
      },
    ],
  };
}

/** A sharpened pencil lying along x, its tip at −x. */
export function pencil(hex: string, length = 1.5, r = 0.085): Model {
  const paintColour = colour(hex);
  const lead = colour('#2a2a2c');
  const bare = colour('#d3a873');
  const hexagon = (y: number, z: number): number => {
    const [ay, az] = [Math.abs(y), Math.abs(z)];
    return Math.max(ay * 0.866 + az * 0.5, az) - r;
  };
  const tip = 0.3;
  return {
    className: 'pen',
    parts: [
      {
        sdf: (x, py, z) => {
          const y = py - r;
          const cone = Math.hypot(y, z) * 0.98 - (x + length) * (r / 0.3);
          return Math.max(hexagon(y, z), cone, -x - length, x - length + 0.22) * 0.95;
        },
        half: [length, r * 1.3, r * 1.3],
        centre: [0, r, 0],
        step: 0.9,
        material: (x, y, z, _ny, out) => {
          const sharp = x + length < tip + 0.02 * Math.cos(Math.atan2(y - r, z) * 6);
          paint(out, sharp ? bare : paintColour, sharp ? 0.7 : 0.3);
          if (sharp) shadeBy(out, 0.85 + 0.25 * noise(x * 6, y * 60, z * 60));
          if (x + length < 0.09) paint(out, lead, 0.4);
        },
      },
      { sdf: at(length - 0.14, r, 0, (x, y, z) => cylinder(r * 1.02, 0.09, 0.005)(y, x, z)), material: metal('#b9b29a', 0.3), half: [0.1, r * 1.2, r * 1.2], centre: [length - 0.14, r, 0] },
      { sdf: at(length - 0.02, r, 0, (x, y, z) => cylinder(r * 0.95, 0.08, 0.025)(y, x, z)), material: plain('#c9766f', 0.9, 0.08), half: [0.1, r * 1.2, r * 1.2], centre: [length - 0.02, r, 0] },
    ],
  };
}

const PIPS: Record<number, readonly (readonly [number, number])[]> = {
  1: [[0, 0]], 2: [[-1, -1], [1, 1]], 3: [[-1, -1], [0, 0], [1, 1]], 4: [[-1, -1], [1, 1], [-1, 1], [1, -1]],
  5: [[-1, -1], [1, 1], [-1, 1], [1, -1], [0, 0]], 6: [[-1, -1], [-1, 0], [-1, 1], [1, -1], [1, 0], [1, 1]],
};

/** A die of half side 0.26; opposite faces sum to seven. */
export function die(hex: string, pipHex: string): Model {
  const body = colour(hex);
  const pip = colour(pipHex);
  const s = 0.26;
  const faces: [0 | 1 | 2, 1 | -1, number][] = [[1, 1, 1], [1, -1, 6], [0, 1, 2], [0, -1, 5], [2, 1, 3], [2, -1, 4]];
  const dimples: [number, number, number][] = [];
  for (const [axis, sign, count] of faces)
    for (const [u, v] of PIPS[count] ?? []) {
      const p: [number, number, number] = [0, 0, 0];
      p[axis] = sign * (s + 0.025);
      p[(axis + 1) % 3 as 0 | 1 | 2] = u * 0.135;
      p[(axis + 2) % 3 as 0 | 1 | 2] = v * 0.135;
      dimples.push(p);
    }
  const near = (x: number, y: number, z: number): number => {
    let best = 9;
    for (const p of dimples) best = Math.min(best, (x - p[0]) ** 2 + (y - p[1]) ** 2 + (z - p[2]) ** 2);
    return Math.sqrt(best) - 0.058;
  };
  const cube = box(s, s, s, 0.05);
  const round = sphere(s * 1.52);
  return {
    className: 'toy',
    parts: [{
      sdf: at(0, s, 0, (x, y, z) => Math.max(cube(x, y, z), round(x, y, z), -near(x, y, z))),
      half: [s + 0.01, s + 0.01, s + 0.01], centre: [0, s, 0], step: 0.9,
      material: (x, y, z, _ny, out) => paint(out, near(x, y - s, z) < 0.004 ? pip : body, 0.16),
    }],
  };
}

/** A painted wooden block or a plain one. */
export function block(a: number, b: number, c: number, material: Material): Model {
  return { className: 'toy', parts: [{ sdf: at(0, b, 0, box(a, b, c, 0.03)), material, half: [a + 0.01, b + 0.01, c + 0.01], centre: [0, b, 0] }] };
}

export function ball(radius: number, material: Material): Model {
  return { className: 'toy', parts: [{ sdf: at(0, radius, 0, sphere(radius)), material, half: [radius + 0.01, radius + 0.01, radius + 0.01], centre: [0, radius, 0] }] };
}

/** Two colours of paint in bands or gores. */
export const striped = (first: string, second: string, how: (x: number, y: number, z: number) => boolean, rough = 0.3): Material => {
  const a = colour(first);
  const b = colour(second);
  return (x, y, z, _ny, out) => {
    paint(out, how(x, y, z) ? a : b, rough);
    shadeBy(out, 0.92 + 0.14 * fbm(x * 8, y * 8, z * 8, 3));
  };
};

/** Varnished or painted beech: the grain shows through. */
export const paintedWood = (hex: string): Material => {
  const grain = wood('#ffffff', '#b9b2a6', { board: 9, scale: 2.2, rough: 0.4 });
  const c = colour(hex);
  return (x, y, z, ny, out) => {
    grain(x, y, z, ny, out);
    out.r *= c[0];
    out.g *= c[1];
    out.b *= c[2];
    out.height = 0;
  };
};

/** A smooth stone with its own mineral colours. */
export function pebble(a: number, b: number, c: number, hexes: readonly [string, string], seed: number, vein = false): Model {
  const base = colour(hexes[0]);
  const second = colour(hexes[1]);
  return {
    className: 'pebble',
    parts: [{
      sdf: at(0, b * 0.86, 0, displace(ellipsoid(a, b, c), (x, y, z) => 0.05 * Math.min(a, c) * (Math.sin(x * 4.1 / a + seed) * Math.sin(z * 3.3 / c + seed * 2) + Math.sin(y * 3 / b + x * 2 / a + seed)))),
      half: [a * 1.12, b * 1.1, c * 1.12], centre: [0, b * 0.86, 0], step: 0.65, bumpy: true,
      material: (x, y, z, _ny, out) => {
        paint(out, base, 0.55);
        const cloud = fbm(x * 3 + seed, y * 3, z * 3, 4);
        towards(out, second, smoothstep(0.35, 0.7, cloud));
        const speck = noise(x * 42, y * 42 + seed, z * 42);
        shadeBy(out, 0.82 + 0.36 * speck);
        if (cells(x * 15 + seed, y * 15, z * 15) < 0.16) shadeBy(out, 0.6);
        if (vein) {
          const band = Math.abs(Math.sin((x * 0.8 + z * 0.5 + y) * 4 + seed + 1.5 * cloud));
          if (band < 0.1) towards(out, colour('#e9e4da'), smoothstep(0.1, 0.05, band));
        }
        out.height = 0.003 * speck;
      },
    }],
  };
}

export const teaGlaze = glaze('#6f8f8a', { speckle: 0.8, rough: 0.25, foot: { hex: '#b08a63', below: 0.08 } });
