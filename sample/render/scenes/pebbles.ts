import { pebble } from '../household.ts';
import { sand } from '../materials.ts';
import type { Scene } from '../scene.ts';
import { sunLight } from './light.ts';

export const pebbles: Scene = {
  name: '05-pebbles',
  seed: 55,
  floor: sand('#c8ac7e'),
  things: [
    { model: pebble(0.72, 0.3, 0.52, ['#4d5256', '#34383c'], 3, true), at: [-1.15, -0.04, -0.45], yaw: 20 },
    { model: pebble(0.5, 0.28, 0.42, ['#7a3f2f', '#5b2d24'], 7), at: [0.25, -0.04, -0.85], yaw: 60 },
    { model: pebble(0.62, 0.3, 0.46, ['#2e2f33', '#1f2024'], 11), at: [1.45, -0.04, -0.25], yaw: -30 },
    { model: pebble(0.42, 0.24, 0.34, ['#e9e5dc', '#cfc8ba'], 13), at: [0.35, -0.03, 0.5], yaw: 15 },
    { model: pebble(0.55, 0.26, 0.4, ['#47604f', '#2f4439'], 19, true), at: [-0.85, -0.04, 0.95], yaw: -50 },
    { model: pebble(0.36, 0.2, 0.3, ['#3d3f46', '#5b5d64'], 23), at: [1.6, -0.03, 1.05], yaw: 80 },
    { model: pebble(0.3, 0.18, 0.25, ['#8a4a30', '#6b3524'], 29), at: [-2.05, -0.03, 0.65], yaw: 0 },
  ],
  camera: { from: [0, 5.2, 3], to: [-0.1, 0, 0.05], fov: 34, aperture: 0.03 },
  ...sunLight(15, -12),
  exposure: 1,
};
