/**
 * Signed distance functions, after Inigo Quilez's catalogue of formulas
 * (https://iquilezles.org/articles/distfunctions/). Negative inside; lengths in decimetres.
 */
export type Sdf = (x: number, y: number, z: number) => number;

export const sphere = (r: number): Sdf => (x, y, z) => Math.sqrt(x * x + y * y + z * z) - r;

/** Bound of an ellipsoid's distance: k0 (k0 − 1) / k1. */
export const ellipsoid = (a: number, b: number, c: number): Sdf => (x, y, z) => {
  const k0 = Math.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2);
  const k1 = Math.sqrt((x / (a * a)) ** 2 + (y / (b * b)) ** 2 + (z / (c * c)) ** 2);
  return k1 < 1e-9 ? -Math.min(a, b, c) : (k0 * (k0 - 1)) / k1;
};

/** Box with half sides a, b, c (outside measure) and edges rounded by r. */
export const box = (a: number, b: number, c: number, r: number): Sdf => (x, y, z) => {
  const qx = Math.abs(x) - a + r;
  const qy = Math.abs(y) - b + r;
  const qz = Math.abs(z) - c + r;
  const ox = Math.max(qx, 0);
  const oy = Math.max(qy, 0);
  const oz = Math.max(qz, 0);
  return Math.sqrt(ox * ox + oy * oy + oz * oz) + Math.min(Math.max(qx, qy, qz), 0) - r;
};

/** Upright cylinder of radius r and half height h, edges rounded by e. */
export const cylinder = (r: number, h: number, e: number): Sdf => (x, y, z) => {
  const dx = Math.sqrt(x * x + z * z) - r + e;
  const dy = Math.abs(y) - h + e;
  return Math.min(Math.max(dx, dy), 0) + Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) - e;
};

/** Round cone between two points, as a capsule whose radius goes from ra to rb. */
export const capsule = (a: readonly [number, number, number], b: readonly [number, number, number], ra: number, rb: number): Sdf => {
  const bx = b[0] - a[0];
  const by = b[1] - a[1];
  const bz = b[2] - a[2];
  const bb = bx * bx + by * by + bz * bz;
  return (x, y, z) => {
    const px = x - a[0];
    const py = y - a[1];
    const pz = z - a[2];
    const t = Math.max(0, Math.min(1, (px * bx + py * by + pz * bz) / bb));
    const dx = px - bx * t;
    const dy = py - by * t;
    const dz = pz - bz * t;
    return Math.sqrt(dx * dx + dy * dy + dz * dz) - (ra + (rb - ra) * t);
  };
};

/** Surface of revolution about y: a wall of the given half thickness along a line of (radius, height) points. */
export const lathe = (profile: readonly (readonly [number, number])[], half: number): Sdf => {
  const n = profile.length - 1;
  const ax = Float64Array.from(profile, (p) => p[0]);
  const ay = Float64Array.from(profile, (p) => p[1]);
  return (x, y, z) => {
    const r = Math.sqrt(x * x + z * z);
    let best = 1e9;
    for (let i = 0; i < n; i++) {
      const ex = ax[i + 1]! - ax[i]!;
      const ey = ay[i + 1]! - ay[i]!;
      const px = r - ax[i]!;
      const py = y - ay[i]!;
      const t = Math.max(0, Math.min(1, (px * ex + py * ey) / (ex * ex + ey * ey)));
      const dx = px - ex * t;
      const dy = py - ey * t;
      best = Math.min(best, dx * dx + dy * dy);
    }
    return Math.sqrt(best) - half;
  };
};

/** Points of a Catmull–Rom spline through the given ones, `per` to a span. */
export function spline(points: readonly (readonly [number, number])[], per = 4): [number, number][] {
  const out: [number, number][] = [];
  const at = (i: number): readonly [number, number] => points[Math.max(0, Math.min(points.length - 1, i))]!;
  for (let i = 0; i < points.length - 1; i++) {
    const [p, a, b, n] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let k = 0; k < per; k++) {
      const t = k / per;
      const mix = (d: 0 | 1): number =>
        0.5 * (2 * a[d] + (b[d] - p[d]) * t + (2 * p[d] - 5 * a[d] + 4 * b[d] - n[d]) * t * t + (3 * a[d] - p[d] - 3 * b[d] + n[d]) * t * t * t);
      out.push([mix(0), mix(1)]);
    }
  }
  out.push([...at(points.length - 1)]);
  return out;
}

export const torus = (major: number, minor: number): Sdf => (x, y, z) => Math.hypot(Math.hypot(x, y) - major, z) - minor;

export const union = (...parts: readonly Sdf[]): Sdf => (x, y, z) => {
  let d = 1e9;
  for (const part of parts) d = Math.min(d, part(x, y, z));
  return d;
};

/** Union with a fillet of about k (polynomial smooth minimum). */
export const blend = (k: number, a: Sdf, b: Sdf): Sdf => (x, y, z) => {
  const da = a(x, y, z);
  const db = b(x, y, z);
  const h = Math.max(k - Math.abs(da - db), 0) / k;
  return Math.min(da, db) - (h * h * k) / 4;
};

export const cut = (a: Sdf, hole: Sdf): Sdf => (x, y, z) => Math.max(a(x, y, z), -hole(x, y, z));
export const at = (dx: number, dy: number, dz: number, a: Sdf): Sdf => (x, y, z) => a(x - dx, y - dy, z - dz);
/** Adds a displacement outward; the caller keeps it small and lowers the part's step. */
export const displace = (a: Sdf, by: Sdf): Sdf => (x, y, z) => {
  const d = a(x, y, z);
  return d > 0.25 ? d - 0.1 : d - by(x, y, z);
};
