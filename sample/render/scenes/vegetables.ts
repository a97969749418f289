import { plaster } from '../materials.ts';
import type { Scene } from '../scene.ts';
import { aubergine, carrot, mushroom, pepper, tomato } from '../vegetables.ts';
import { windowLight } from './light.ts';

export const vegetables: Scene = {
  name: '06-vegetables',
  seed: 66,
  floor: plaster('#c9c4ba', { clouds: 0.1, pits: 0.2, rough: 0.55, scale: 0.8 }),
  things: [
    { model: tomato(3), at: [-1.55, 0, -0.35], yaw: 20 },
    { model: tomato(7, 0.8), at: [-1.2, 0, 0.75], yaw: 100, roll: 0 },
    { model: pepper(2, '#d98c0f'), at: [-0.3, 0, -1.05], yaw: 15 },
    { model: aubergine(5), at: [1.35, 0, -0.75], yaw: -24 },
    { model: carrot(4), at: [1.35, 0, 0.75], yaw: 16 },
    { model: mushroom(6), at: [0.05, 0.25, 1.0], yaw: 25, pitch: -68 },
  ],
  camera: { from: [-0.1, 4, 4.6], to: [0, 0.1, 0.02], fov: 35, aperture: 0.03 },
  ...windowLight(-1, 0.3),
  exposure: 0.98,
};
