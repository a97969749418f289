import { banana } from '../fruit.ts';
import { bowl, mug, plate, spoon } from '../household.ts';
import { cloth, glaze } from '../materials.ts';
import type { Scene } from '../scene.ts';
import { orange } from '../fruit.ts';
import { windowLight } from './light.ts';

export const breakfast: Scene = {
  name: '02-breakfast',
  seed: 22,
  floor: cloth('#c9bfae', { stripe: { hex: '#51697f', every: 2.6, width: 0.05 } }),
  things: [
    { model: mug(glaze('#31566b', { rough: 0.18, foot: { hex: '#c6a882', below: 0.12 } }), '#3a1c0c'), at: [-1.35, 0, -0.75], yaw: -35 },
    { model: plate(glaze('#3f5d4a', { speckle: 0.8, rough: 0.2 }), 0.95), at: [0.45, 0, -0.2] },
    { model: orange(6), at: [0.45, 0.05, -0.2], yaw: 40 },
    { model: banana(3), at: [-0.75, 0, 1.0], yaw: 160 },
    { model: spoon(), at: [1.85, 0, 0.35], yaw: 78 },
    { model: bowl(glaze('#8c3f2e', { speckle: 0.6, rough: 0.2 }), 0.52, 0.42), at: [1.75, 0, -1.35] },
  ],
  camera: { from: [0, 4.1, 4.2], to: [0.1, 0.1, -0.08], fov: 36, aperture: 0.03 },
  ...windowLight(1, 0.5),
  exposure: 1.15,
};
