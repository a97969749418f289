import { ball, block, die, paintedWood, striped } from '../household.ts';
import { cloth } from '../materials.ts';
import type { Scene } from '../scene.ts';
import { windowLight } from './light.ts';

export const toys: Scene = {
  name: '07-toys',
  seed: 77,
  floor: cloth('#5d6a72', { pitch: 0.035, soft: 0.06 }),
  things: [
    { model: ball(0.62, striped('#d8d2c4', '#b3261c', (x, _y, z) => Math.floor(((Math.atan2(z, x) + Math.PI) / Math.PI) * 4) % 2 === 0, 0.34)), at: [-1.35, 0, -0.6], yaw: 30, roll: 20 },
    { model: block(0.36, 0.36, 0.36, paintedWood('#d9a420')), at: [0.35, 0, -0.75], yaw: 28 },
    { model: block(0.8, 0.2, 0.3, paintedWood('#b5402a')), at: [1.55, 0, -0.35], yaw: -32 },
    { model: die('#ece6d8', '#22201e'), at: [0.05, 0, 0.75], yaw: 24 },
    { model: die('#a81f22', '#f2ece0'), at: [0.95, 0, 1.0], yaw: -38, scale: 0.95 },
    { model: ball(0.3, paintedWood('#d8b483')), at: [-0.9, 0, 0.95] },
    { model: block(0.3, 0.3, 0.3, paintedWood('#e3c796')), at: [1.95, 0, 0.75], yaw: 50 },
  ],
  camera: { from: [0.2, 3.7, 4.6], to: [0.15, 0.2, 0.02], fov: 35, aperture: 0.035, focus: [0, 0.3, 0.3] },
  ...windowLight(1, 0.4),
  exposure: 1.35,
};
