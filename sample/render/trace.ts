import type { Part, Scene, Surface, Vec } from './scene.ts';

/** The scene made ready for rays: every part with its own rotation and place. */
interface Placed {
  readonly part: Part;
  readonly instance: number;
  /** Rows of the rotation from the world to the part's space; rigid, so its transpose goes back. */
  readonly m: Float64Array;
  readonly at: Vec;
  readonly scale: number;
  /** Bounding sphere in the world. */
  readonly cx: number;
  readonly cy: number;
  readonly cz: number;
  readonly r2: number;
}

/** Where a ray ends. `instance`: 0 scenery, −1 nothing, otherwise 1, 2, … in the order of the scene's instances. */
export interface Hit {
  t: number;
  instance: number;
  placed: Placed | null;
  wall: boolean;
  lx: number;
  ly: number;
  lz: number;
}

export interface World {
  readonly scene: Scene;
  readonly placed: readonly Placed[];
  readonly instances: readonly { className: string }[];
}

export function buildWorld(scene: Scene): World {
  const placed: Placed[] = [];
  const instances: { className: string }[] = [];
  const groups = new Map<string, number>();
  for (const thing of scene.things) {
    const known = thing.group === undefined ? undefined : groups.get(thing.group);
    let instance = 0;
    if (known !== undefined) instance = known;
    else if (thing.instance !== false) {
      instance = instances.push({ className: thing.model.className });
      if (thing.group !== undefined) groups.set(thing.group, instance);
    }
    const m = rotation(thing.yaw ?? 0, thing.pitch ?? 0, thing.roll ?? 0);
    const scale = thing.scale ?? 1;
    for (const part of thing.model.parts) {
      const c = part.centre ?? [0, part.half[1], 0];
      const world = (r: 0 | 1 | 2): number => thing.at[r] + scale * (m[r]! * c[0] + m[3 + r]! * c[1] + m[6 + r]! * c[2]);
      const radius = scale * Math.hypot(...part.half) * 1.01;
      placed.push({ part, instance, m, at: thing.at, scale, cx: world(0), cy: world(1), cz: world(2), r2: radius * radius });
    }
  }
  return { scene, placed, instances };
}

/** Rows of the matrix that takes world directions to the model's space: the transpose of Ry(yaw) Rx(pitch) Rz(roll). */
function rotation(yaw: number, pitch: number, roll: number): Float64Array {
  const rad = Math.PI / 180;
  const [cy, sy, cx, sx, cz, sz] = [Math.cos(yaw * rad), Math.sin(yaw * rad), Math.cos(pitch * rad), Math.sin(pitch * rad), Math.cos(roll * rad), Math.sin(roll * rad)];
  return Float64Array.of(
    cy * cz + sy * sx * sz, cx * sz, -sy * cz + cy * sx * sz,
    -cy * sz + sy * sx * cz, cx * cz, sy * sz + cy * sx * cz,
    sy * cx, -sx, cy * cx,
  );
}

const EPS = 0.0006;

/** Nearest meeting of a ray with the scene within `far`; with `any`, the first found (for shadows). */
export function intersect(w: World, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, far: number, any: boolean, hit: Hit): boolean {
  hit.t = far;
  hit.instance = -1;
  hit.placed = null;
  hit.wall = false;
  if (dy < -1e-6) {
    const t = -oy / dy;
    if (t > 1e-4 && t < hit.t) {
      hit.t = t;
      hit.instance = 0;
      if (any) return true;
    }
  }
  const wall = w.scene.wall;
  if (wall !== undefined && dz < -1e-6) {
    const t = (wall.z - oz) / dz;
    if (t > 1e-4 && t < hit.t) {
      hit.t = t;
      hit.instance = 0;
      hit.wall = true;
    }
  }
  for (const p of w.placed) {
    const ex = p.cx - ox;
    const ey = p.cy - oy;
    const ez = p.cz - oz;
    const b = ex * dx + ey * dy + ez * dz;
    const disc = b * b - (ex * ex + ey * ey + ez * ez) + p.r2;
    if (disc <= 0) continue;
    const root = Math.sqrt(disc);
    if (b + root <= 0 || b - root >= hit.t) continue;
    if (march(p, ox, oy, oz, dx, dy, dz, hit) && any) return true;
  }
  return hit.instance >= 0;
}

/** Sphere tracing inside the part's box (J. C. Hart, 1996). */
function march(p: Placed, wox: number, woy: number, woz: number, wdx: number, wdy: number, wdz: number, hit: Hit): boolean {
  const { m, part, at } = p;
  const k = 1 / p.scale;
  const px = (wox - at[0]) * k;
  const py = (woy - at[1]) * k;
  const pz = (woz - at[2]) * k;
  const ox = m[0]! * px + m[1]! * py + m[2]! * pz;
  const oy = m[3]! * px + m[4]! * py + m[5]! * pz;
  const oz = m[6]! * px + m[7]! * py + m[8]! * pz;
  const dx = m[0]! * wdx + m[1]! * wdy + m[2]! * wdz;
  const dy = m[3]! * wdx + m[4]! * wdy + m[5]! * wdz;
  const dz = m[6]! * wdx + m[7]! * wdy + m[8]! * wdz;
  const c = part.centre;
  const [cx, cy, cz] = c === undefined ? [0, part.half[1], 0] : c;
  const ix = 1 / (Math.abs(dx) < 1e-9 ? 1e-9 : dx);
  const iy = 1 / (Math.abs(dy) < 1e-9 ? 1e-9 : dy);
  const iz = 1 / (Math.abs(dz) < 1e-9 ? 1e-9 : dz);
  const ax = (cx - ox) * ix;
  const ay = (cy - oy) * iy;
  const az = (cz - oz) * iz;
  const bx = Math.abs(ix) * part.half[0];
  const by = Math.abs(iy) * part.half[1];
  const bz = Math.abs(iz) * part.half[2];
  let t = Math.max(ax - bx, ay - by, az - bz, 0);
  const end = Math.min(ax + bx, ay + by, az + bz, hit.t * k);
  if (t >= end) return false;
  const step = part.step ?? 1;
  const sdf = part.sdf;
  for (let i = 0; i < 140 && t < end; i++) {
    const d = sdf(ox + dx * t, oy + dy * t, oz + dz * t);
    if (d < EPS) {
      hit.t = t * p.scale;
      hit.instance = p.instance;
      hit.placed = p;
      hit.wall = false;
      hit.lx = ox + dx * t;
      hit.ly = oy + dy * t;
      hit.lz = oz + dz * t;
      return true;
    }
    t += Math.max(d * step, EPS * 0.5);
  }
  return false;
}

export const newHit = (): Hit => ({ t: 0, instance: -1, placed: null, wall: false, lx: 0, ly: 0, lz: 0 });
export const newSurface = (): Surface => ({ r: 0, g: 0, b: 0, rough: 0.5, f0: 0.04, metal: 0, height: 0 });

const probe = newSurface();
const E = 0.0012;
const BUMP = 0.004;

/** Fills the surface at a hit and returns its normal in the world, tilted by the material's height (bump mapping, J. F. Blinn, 1978). */
export function shade(w: World, hit: Hit, x: number, y: number, z: number, out: Surface, normal: Float64Array): void {
  out.metal = 0;
  out.f0 = 0.04;
  out.height = 0;
  const p = hit.placed;
  if (p === null) {
    const wall = hit.wall ? w.scene.wall : undefined;
    const material = wall === undefined ? w.scene.floor : wall.material;
    material(x, y, z, 1, out);
    const h = out.height;
    // Floors and walls always carry their bump: it is what keeps them from looking like paper.
    Object.assign(probe, out);
    material(x + BUMP, y, z, 1, probe);
    const hx = (probe.height - h) / BUMP;
    if (wall === undefined) {
      material(x, y, z + BUMP, 1, probe);
      unit(normal, -hx, 1, -(probe.height - h) / BUMP);
    } else {
      material(x, y + BUMP, z, 1, probe);
      unit(normal, -hx, -(probe.height - h) / BUMP, 1);
    }
    return;
  }
  const { part, m } = p;
  const sdf = part.sdf;
  const { lx, ly, lz } = hit;
  const a = sdf(lx + E, ly - E, lz - E);
  const b = sdf(lx - E, ly - E, lz + E);
  const c = sdf(lx - E, ly + E, lz - E);
  const d = sdf(lx + E, ly + E, lz + E);
  unit(normal, a - b - c + d, -a - b + c + d, -a + b - c + d);
  let nx = normal[0]!;
  let ny = normal[1]!;
  let nz = normal[2]!;
  part.material(lx, ly, lz, ny, out);
  if (part.bumpy === true) {
    const h = out.height;
    const gx = bumpAt(part, lx + BUMP, ly, lz, ny) - h;
    const gy = bumpAt(part, lx, ly + BUMP, lz, ny) - h;
    const gz = bumpAt(part, lx, ly, lz + BUMP, ny) - h;
    const along = gx * nx + gy * ny + gz * nz;
    nx -= (gx - along * nx) / BUMP;
    ny -= (gy - along * ny) / BUMP;
    nz -= (gz - along * nz) / BUMP;
  }
  unit(normal, m[0]! * nx + m[3]! * ny + m[6]! * nz, m[1]! * nx + m[4]! * ny + m[7]! * nz, m[2]! * nx + m[5]! * ny + m[8]! * nz);
}

function bumpAt(part: Part, x: number, y: number, z: number, ny: number): number {
  probe.height = 0;
  part.material(x, y, z, ny, probe);
  return probe.height;
}

function unit(out: Float64Array, x: number, y: number, z: number): void {
  const k = 1 / Math.sqrt(x * x + y * y + z * z);
  out[0] = x * k;
  out[1] = y * k;
  out[2] = z * k;
}
