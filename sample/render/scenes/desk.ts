import { book, mug, pencil } from '../household.ts';
import { glaze, wood } from '../materials.ts';
import type { Scene } from '../scene.ts';
import { windowLight } from './light.ts';

export const desk: Scene = {
  name: '03-desk',
  seed: 33,
  floor: wood('#c79a66', '#96683b', { board: 2.4, rough: 0.5 }),
  things: [
    { model: book(0.78, 0.15, 1.05, '#234a5c', '#d9c07a', 3), at: [-1.05, 0, -0.35], yaw: 14 },
    { model: book(0.62, 0.1, 0.86, '#8e2f2a', '#e6d3a8', 9), at: [-1.02, 0.3, -0.42], yaw: -9 },
    { model: book(0.66, 0.11, 0.92, '#3d5a3a', '#e0cf9a', 12), at: [1.75, 0, 0.35], yaw: -28 },
    { model: mug(glaze('#e6e0d2', { speckle: 0.9, rough: 0.2 }), '#2f170b'), at: [0.75, 0, -1.05], yaw: 25 },
    { model: pencil('#c93a24', 1.05), at: [-0.75, 0, 1.42], yaw: 6 },
    { model: pencil('#1f4f98', 0.8, 0.085), at: [0.28, 0, 0.5], yaw: 70 },
  ],
  camera: { from: [0.2, 4.4, 4.3], to: [0.25, 0.1, -0.02], fov: 36, aperture: 0.03, focus: [0, 0.2, 0.1] },
  ...windowLight(-1),
  exposure: 1.12,
};
