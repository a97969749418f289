import type { Sdf } from './sdf.ts';

export type Vec = readonly [number, number, number];

/** What light meets at a point: filled by a material, colours linear. */
export interface Surface {
  r: number;
  g: number;
  b: number;
  /** Perceptual roughness, 0.05 mirror-like to 1 matt. */
  rough: number;
  /** Reflectance looking straight on: 0.04 for most things. */
  f0: number;
  /** 1: a metal, whose reflection has its colour and which has no diffuse part. */
  metal: number;
  /** Height in decimetres by which the surface stands out here: its differences tilt the normal. */
  height: number;
}

/** Fills `out` for a point of the part's own space; `ny` is the normal's upward component there. */
export type Material = (x: number, y: number, z: number, ny: number, out: Surface) => void;

export interface Part {
  readonly sdf: Sdf;
  readonly material: Material;
  /** Half sides and centre of a box, in the part's own space, that holds the part. */
  readonly half: Vec;
  readonly centre?: Vec;
  /** Fraction of the distance that a step may take: below 1 where the distance is only a bound. */
  readonly step?: number;
  /** True when material.height varies: costs three more evaluations a hit. */
  readonly bumpy?: boolean;
}

/** A kind of thing, standing on y = 0 of its own space. */
export interface Model {
  readonly className: string;
  readonly parts: readonly Part[];
}

/** A thing in the scene. Turns in degrees: yaw about y first, then pitch about x, then roll about z, applied to the model in the order roll, pitch, yaw. */
export interface Thing {
  readonly model: Model;
  readonly at: Vec;
  readonly yaw?: number;
  readonly pitch?: number;
  readonly roll?: number;
  readonly scale?: number;
  /** Things of one group make one instance of the truth. */
  readonly group?: string;
  /** False: scenery, no instance (a table cloth, a tray). */
  readonly instance?: boolean;
}

export interface Scene {
  readonly name: string;
  readonly seed: number;
  readonly things: readonly Thing[];
  readonly floor: Material;
  /** Depth of an upright wall behind, as its z; none when absent. */
  readonly wall?: { readonly z: number; readonly material: Material };
  readonly camera: { readonly from: Vec; readonly to: Vec; /** Vertical angle of view, degrees. */ readonly fov: number; readonly aperture: number; /** Point in focus; `to` when absent. */ readonly focus?: Vec };
  /** A bright rectangle: a window, a softbox, or, small and far, the sun. */
  readonly light: { readonly centre: Vec; readonly width: number; readonly height: number; readonly colour: Vec };
  /** Light from everywhere else, by direction: straight up, from the horizon, and below it. */
  readonly sky: { readonly up: Vec; readonly side: Vec; readonly down: Vec };
  readonly exposure: number;
}

export const WIDTH = 1280;
export const HEIGHT = 853;
