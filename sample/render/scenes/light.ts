import type { Scene } from '../scene.ts';

type Light = Pick<Scene, 'light' | 'sky'>;

/** A large window at one side of a room, morning. */
export const windowLight = (side: -1 | 1, warmth = 0): Light => ({
  light: { centre: [side * 6, 6.5, -2.5], width: 3.6, height: 4.2, colour: [21 + 2.5 * warmth, 20, 18.8 - 3.5 * warmth] },
  sky: { up: [0.36, 0.35, 0.34], side: [0.5, 0.47, 0.43], down: [0.2, 0.16, 0.12] },
});

/** The sun, veiled, and a bright sky: soft-edged shadows out of doors. */
export const sunLight = (x: number, z: number): Light => ({
  light: { centre: [x, 26, z], width: 3.2, height: 3.2, colour: [330, 296, 240] },
  sky: { up: [0.42, 0.54, 0.74], side: [0.55, 0.6, 0.68], down: [0.2, 0.18, 0.15] },
});

/** An overcast sky. */
export const overcast = (x: number, z: number): Light => ({
  light: { centre: [x, 16, z], width: 11, height: 11, colour: [4.2, 4.3, 4.5] },
  sky: { up: [0.75, 0.8, 0.88], side: [0.6, 0.62, 0.66], down: [0.2, 0.2, 0.2] },
});
