import { leaf, mapleLeaf } from '../leaves.ts';
import { plaster } from '../materials.ts';
import type { Scene } from '../scene.ts';
import { sunLight } from './light.ts';

export const leaves: Scene = {
  name: '04-leaves',
  seed: 44,
  floor: plaster('#74726e', { clouds: 0.2, pits: 0.8, rough: 0.9, scale: 1.6 }),
  things: [
    { model: mapleLeaf({ base: '#c2341a', edge: '#8e1a12', vein: '#e2a24a' }, 3), at: [-1.3, 0, -0.35], yaw: 70, scale: 1.05 },
    { model: mapleLeaf({ base: '#e2a11f', edge: '#c4671a', vein: '#f0d58a' }, 8), at: [1.35, 0, 0.55], yaw: 160, scale: 0.95 },
    { model: leaf('beech', { base: '#b06a24', edge: '#7c3f17', vein: '#dca860' }, 5), at: [0.25, 0, -0.95], yaw: 35 },
    { model: leaf('lime', { base: '#dcc02f', edge: '#a98a22', vein: '#f2e49a' }, 11), at: [-0.35, 0, 0.85], yaw: -40 },
    { model: leaf('willow', { base: '#7f8f2c', edge: '#a8932f', vein: '#d3d08a' }, 2), at: [1.75, 0, -0.95], yaw: 110 },
    { model: leaf('beech', { base: '#96431c', edge: '#5f2512', vein: '#c88a50' }, 17), at: [-1.6, 0, 1.1], yaw: 15 },
  ],
  camera: { from: [0, 5.6, 2.2], to: [0, 0, 0.04], fov: 35, aperture: 0.02 },
  ...sunLight(-14, -9),
  exposure: 1.15,
};
