import type { Scene, Vec } from './scene.ts';

const minus = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a: Vec, b: Vec): Vec => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const unit = (a: Vec): Vec => {
  const l = Math.hypot(...a);
  return [a[0] / l, a[1] / l, a[2] / l];
};

/** A thin-lens camera: fills `ray` with origin and unit direction for a point of the picture in [0, 1]² and one of the lens in [0, 1)². */
export function makeCamera(camera: Scene['camera'], aspect: number): (sx: number, sy: number, u: number, v: number, ray: Float64Array) => void {
  const ahead = unit(minus(camera.to, camera.from));
  const right = unit(cross(ahead, [0, 1, 1e-4]));
  const up = cross(right, ahead);
  const half = Math.tan((camera.fov * Math.PI) / 360);
  const toFocus = minus(camera.focus ?? camera.to, camera.from);
  const focus = toFocus[0] * ahead[0] + toFocus[1] * ahead[1] + toFocus[2] * ahead[2];
  return (sx, sy, u, v, ray) => {
    const px = (2 * sx - 1) * half * aspect * focus;
    const py = (1 - 2 * sy) * half * focus;
    const r = camera.aperture * Math.sqrt(u);
    const lx = r * Math.cos(2 * Math.PI * v);
    const ly = r * Math.sin(2 * Math.PI * v);
    let l = 0;
    for (let c = 0; c < 3; c++) {
      ray[c] = camera.from[c]! + right[c]! * lx + up[c]! * ly;
      ray[3 + c] = ahead[c]! * focus + right[c]! * (px - lx) + up[c]! * (py - ly);
      l += ray[3 + c]! ** 2;
    }
    l = Math.sqrt(l);
    for (let c = 3; c < 6; c++) ray[c] = ray[c]! / l;
  };
}
