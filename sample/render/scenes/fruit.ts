import { apple, lemon, orange, pear } from '../fruit.ts';
import { wood } from '../materials.ts';
import type { Scene } from '../scene.ts';
import { windowLight } from './light.ts';

export const fruit: Scene = {
  name: '01-fruit',
  seed: 11,
  floor: wood('#8a5a35', '#4a2b17', { board: 1.9, rough: 0.4 }),
  things: [
    { model: apple('red', 3), at: [-1.35, 0, 0.25], yaw: 40 },
    { model: orange(2), at: [-0.25, 0, -0.55], yaw: 20, roll: 0 },
    { model: pear(5), at: [0.95, 0, -0.7], yaw: 200 },
    { model: apple('green', 8), at: [0.35, 0, 0.65], yaw: -30 },
    { model: lemon(4), at: [1.6, 0, 0.45], yaw: 35 },
    { model: orange(9, 'lime'), at: [-0.55, 0, 1.05], yaw: 70 },
    { model: apple('blush', 14), at: [-1.55, 0, -1.25], yaw: 100 },
  ],
  camera: { from: [0.1, 3.5, 4.6], to: [0, 0.22, -0.05], fov: 31.5, aperture: 0.035, focus: [0, 0.3, 0.2] },
  ...windowLight(-1),
  exposure: 1.4,
};
