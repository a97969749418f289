import { intersect, newHit, newSurface, shade } from './trace.ts';
import type { World } from './trace.ts';
import type { Surface } from './scene.ts';

/** What one path brings back: light, and what the first surface is (for the denoiser and the truth). */
export interface Sample {
  r: number;
  g: number;
  b: number;
  ar: number;
  ag: number;
  ab: number;
  nx: number;
  ny: number;
  nz: number;
  depth: number;
  instance: number;
}

export const newSample = (): Sample => ({ r: 0, g: 0, b: 0, ar: 1, ag: 1, ab: 1, nx: 0, ny: 0, nz: 0, depth: 0, instance: -1 });

const BOUNCES = 3;
/** Light of one indirect bounce is capped: a few fireflies would cost hundreds of samples. */
const CAP = 4;

/**
 * A path tracer with next-event estimation: Lambert diffuse under a GGX coat with Schlick's Fresnel
 * (Walter et al., "Microfacet models for refraction", 2007).
 */
export function makeTracer(w: World): (ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, u: () => number, lu: number, lv: number, out: Sample) => void {
  const hit = newHit();
  const shadow = newHit();
  const s: Surface = newSurface();
  const n = new Float64Array(3);
  const { light, sky } = w.scene;
  const lamp = orient(w);
  const area = light.width * light.height;

  return (ox, oy, oz, dx, dy, dz, u, lu, lv, out) => {
    let tr = 1;
    let tg = 1;
    let tb = 1;
    let seesLamp = true;
    out.r = out.g = out.b = 0;
    for (let bounce = 0; bounce < BOUNCES; bounce++) {
      const found = intersect(w, ox, oy, oz, dx, dy, dz, 100, false, hit);
      const cap = bounce === 0 ? 1e9 : CAP;
      const tl = seesLamp ? lamp.meet(ox, oy, oz, dx, dy, dz) : -1;
      if (tl > 0 && (!found || tl < hit.t)) {
        out.r += Math.min(cap, tr * Math.min(light.colour[0], 14));
        out.g += Math.min(cap, tg * Math.min(light.colour[1], 14));
        out.b += Math.min(cap, tb * Math.min(light.colour[2], 14));
        return;
      }
      if (!found) {
        const k = dy > 0 ? Math.sqrt(dy) : Math.min(1, -dy * 2);
        const to = dy > 0 ? sky.up : sky.down;
        out.r += Math.min(cap, tr * (sky.side[0] + (to[0] - sky.side[0]) * k));
        out.g += Math.min(cap, tg * (sky.side[1] + (to[1] - sky.side[1]) * k));
        out.b += Math.min(cap, tb * (sky.side[2] + (to[2] - sky.side[2]) * k));
        if (bounce === 0) out.instance = -1;
        return;
      }
      let x = ox + dx * hit.t;
      let y = oy + dy * hit.t;
      let z = oz + dz * hit.t;
      shade(w, hit, x, y, z, s, n);
      const nx = n[0]!;
      const ny = n[1]!;
      const nz = n[2]!;
      if (bounce === 0) {
        out.instance = hit.instance;
        out.depth = hit.t;
        out.nx = nx;
        out.ny = ny;
        out.nz = nz;
        out.ar = s.r + 0.04;
        out.ag = s.g + 0.04;
        out.ab = s.b + 0.04;
      }
      x += nx * 0.004;
      y += ny * 0.004;
      z += nz * 0.004;
      const nv = Math.max(0.02, -(nx * dx + ny * dy + nz * dz));
      const alpha = Math.max(0.003, s.rough * s.rough);
      const glossy = s.rough < 0.3;
      const f0r = s.metal > 0 ? s.r : s.f0;
      const f0g = s.metal > 0 ? s.g : s.f0;
      const f0b = s.metal > 0 ? s.b : s.f0;
      const kd = 1 - s.metal;

      const px = lamp.cx + lamp.ux * (lu - 0.5) + lamp.vx * (lv - 0.5);
      const py = lamp.cy + lamp.uy * (lu - 0.5) + lamp.vy * (lv - 0.5);
      const pz = lamp.cz + lamp.uz * (lu - 0.5) + lamp.vz * (lv - 0.5);
      let lx = px - x;
      let ly = py - y;
      let lz = pz - z;
      const l2 = lx * lx + ly * ly + lz * lz;
      const l = Math.sqrt(l2);
      lx /= l;
      ly /= l;
      lz /= l;
      const nl = nx * lx + ny * ly + nz * lz;
      const cosLamp = -(lamp.nx * lx + lamp.ny * ly + lamp.nz * lz);
      if (nl > 0 && cosLamp > 0 && !intersect(w, x, y, z, lx, ly, lz, l - 0.01, true, shadow)) {
        let hx = lx - dx;
        let hy = ly - dy;
        let hz = lz - dz;
        const hl = 1 / Math.sqrt(hx * hx + hy * hy + hz * hz);
        hx *= hl;
        hy *= hl;
        hz *= hl;
        const lh = Math.max(0, lx * hx + ly * hy + lz * hz);
        const fr = (1 - lh) ** 5;
        const nh = nx * hx + ny * hy + nz * hz;
        const den = nh * nh * (alpha * alpha - 1) + 1;
        const spec = glossy ? 0 : ((alpha * alpha) / (Math.PI * den * den)) * smith(nl, nv, alpha);
        const g = (nl * cosLamp * area) / l2;
        const F = s.f0 + (1 - s.f0) * fr;
        const diffuse = (kd * (1 - F)) / Math.PI;
        out.r += Math.min(cap, tr * g * light.colour[0] * (s.r * diffuse + spec * (f0r + (1 - f0r) * fr)));
        out.g += Math.min(cap, tg * g * light.colour[1] * (s.g * diffuse + spec * (f0g + (1 - f0g) * fr)));
        out.b += Math.min(cap, tb * g * light.colour[2] * (s.b * diffuse + spec * (f0b + (1 - f0b) * fr)));
      }
      if (bounce === BOUNCES - 1) return;

      const fresnel = s.metal > 0 ? 1 : s.f0 + (1 - s.f0) * (1 - nv) ** 5 * (1 - s.rough * 0.8);
      const pSpec = s.metal > 0 ? 1 : Math.min(0.6, Math.max(0.12, fresnel));
      const u1 = u();
      const u2 = u();
      if (u() < pSpec) {
        const ct2 = (1 - u1) / (1 + (alpha * alpha - 1) * u1);
        const ct = Math.sqrt(ct2);
        const st = Math.sqrt(Math.max(0, 1 - ct2));
        const h = around(nx, ny, nz, st * Math.cos(2 * Math.PI * u2), st * Math.sin(2 * Math.PI * u2), ct);
        const vh = -(dx * h[0]! + dy * h[1]! + dz * h[2]!);
        dx += 2 * vh * h[0]!;
        dy += 2 * vh * h[1]!;
        dz += 2 * vh * h[2]!;
        const nlb = dx * nx + dy * ny + dz * nz;
        if (nlb <= 0 || vh <= 0) return;
        const fr = (1 - vh) ** 5;
        const weight = (smith(nlb, nv, alpha) * 4 * nlb * vh) / (ct * pSpec);
        tr *= weight * (f0r + (1 - f0r) * fr);
        tg *= weight * (f0g + (1 - f0g) * fr);
        tb *= weight * (f0b + (1 - f0b) * fr);
        seesLamp = glossy;
      } else {
        const rr = Math.sqrt(u1);
        const d = around(nx, ny, nz, rr * Math.cos(2 * Math.PI * u2), rr * Math.sin(2 * Math.PI * u2), Math.sqrt(1 - u1));
        dx = d[0]!;
        dy = d[1]!;
        dz = d[2]!;
        const k = (1 - s.f0) / (1 - pSpec);
        tr *= s.r * k;
        tg *= s.g * k;
        tb *= s.b * k;
        seesLamp = false;
      }
      ox = x;
      oy = y;
      oz = z;
      lu = u();
      lv = u();
      const most = Math.max(tr, tg, tb);
      if (bounce > 0 && most < 0.3) {
        if (u() > most / 0.3) return;
        tr *= 0.3 / most;
        tg *= 0.3 / most;
        tb *= 0.3 / most;
      }
    }
  };
}

/** Height-correlated Smith masking over 4·(n·l)·(n·v) (Heitz, 2014). */
function smith(nl: number, nv: number, alpha: number): number {
  const a2 = alpha * alpha;
  return 0.5 / (nl * Math.sqrt(nv * nv * (1 - a2) + a2) + nv * Math.sqrt(nl * nl * (1 - a2) + a2));
}

const basis = new Float64Array(3);
/** The direction with these coordinates in a frame whose third axis is n (Duff et al., 2017). */
function around(nx: number, ny: number, nz: number, a: number, b: number, c: number): Float64Array {
  const sign = nz >= 0 ? 1 : -1;
  const k = -1 / (sign + nz);
  const m = nx * ny * k;
  basis[0] = a * (1 + sign * nx * nx * k) + b * m + c * nx;
  basis[1] = a * sign * m + b * (sign + ny * ny * k) + c * ny;
  basis[2] = a * -sign * nx - b * ny + c * nz;
  return basis;
}

/** The lamp's rectangle turned to face the camera's target. */
function orient(w: World) {
  const { light, camera } = w.scene;
  const [cx, cy, cz] = light.centre;
  let nx = camera.to[0] - cx;
  let ny = camera.to[1] - cy;
  let nz = camera.to[2] - cz;
  const l = Math.hypot(nx, ny, nz);
  nx /= l;
  ny /= l;
  nz /= l;
  const flat = Math.hypot(nx, nz) || 1;
  const [ax, az] = [nz / flat, -nx / flat];
  const [bx, by, bz] = [ny * az, nz * ax - nx * az, -ny * ax];
  const up = Math.hypot(bx, by, bz) || 1;
  const ux = ax * light.width;
  const uz = az * light.width;
  const vx = (bx / up) * light.height;
  const vy = (by / up) * light.height;
  const vz = (bz / up) * light.height;
  const meet = (ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): number => {
    const den = dx * nx + dy * ny + dz * nz;
    if (den >= -1e-6) return -1;
    const t = ((cx - ox) * nx + (cy - oy) * ny + (cz - oz) * nz) / den;
    if (t <= 0) return -1;
    const px = ox + dx * t - cx;
    const py = oy + dy * t - cy;
    const pz = oz + dz * t - cz;
    const a = (px * ux + pz * uz) / (light.width * light.width);
    const b = (px * vx + py * vy + pz * vz) / (light.height * light.height);
    return Math.abs(a) <= 0.5 && Math.abs(b) <= 0.5 ? t : -1;
  };
  return { cx, cy, cz, nx, ny, nz, ux, uy: 0, uz, vx, vy, vz, meet };
}
