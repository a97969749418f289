import { bowl, teaGlaze, vessel } from '../household.ts';
import { glaze, plaster, wood } from '../materials.ts';
import type { Scene } from '../scene.ts';
import { windowLight } from './light.ts';

export const pottery: Scene = {
  name: '08-pottery',
  seed: 88,
  floor: wood('#a9794c', '#6f4a2b', { board: 3, rough: 0.45 }),
  wall: { z: -2.2, material: plaster('#cfc7b8', { clouds: 0.12, pits: 0.3 }) },
  things: [
    { model: vessel('vase', [[0.02, 0.02], [0.34, 0.03], [0.56, 0.45], [0.5, 0.95], [0.2, 1.35], [0.14, 1.75], [0.22, 1.95]], glaze('#2f5577', { rough: 0.16, foot: { hex: '#b58c62', below: 0.14 } })), at: [-1.6, 0, -0.7] },
    { model: vessel('vase', [[0.02, 0.02], [0.4, 0.03], [0.62, 0.4], [0.62, 0.75], [0.42, 1.02], [0.4, 1.1]], glaze('#7d2f22', { rough: 0.2, speckle: 0.5 })), at: [-0.15, 0, -0.85] },
    { model: vessel('vase', [[0.02, 0.02], [0.3, 0.03], [0.32, 0.2], [0.32, 1.15], [0.24, 1.36], [0.11, 1.5], [0.11, 1.85], [0.14, 1.9]], glaze('#2e4a35', { rough: 0.12 })), at: [1.2, 0, -0.95] },
    { model: bowl(teaGlaze, 0.62, 0.5), at: [0.7, 0, 0.45] },
    { model: vessel('vase', [[0.02, 0.02], [0.22, 0.03], [0.34, 0.25], [0.24, 0.5], [0.17, 0.6], [0.21, 0.68]], glaze('#c9922f', { rough: 0.2, foot: { hex: '#9a6c46', below: 0.1 } })), at: [-0.75, 0, 0.5] },
    { model: bowl(glaze('#26282c', { rough: 0.3, speckle: 0.4 }), 0.42, 0.36), at: [2.0, 0, 0.2] },
  ],
  camera: { from: [0.15, 2.1, 6], to: [0.1, 0.72, -0.3], fov: 31, aperture: 0.05, focus: [0, 0.6, 0] },
  ...windowLight(1, 0.4),
  exposure: 1.65,
};
