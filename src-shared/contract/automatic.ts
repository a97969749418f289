import { z } from 'zod';
import { ClassName } from '../domain/schema.ts';
import { AUTOMATIC_FIELDS, AutomaticOptions } from '../sam/automatic/options.ts';
import { Corners } from '../sam/automatic/corners.ts';
import { ModelId } from './models.ts';

/**
 * How an image is searched in everything mode. What filters the result is no part of it: candidates are made with loose
 * thresholds, and sam/automatic/refilter.ts chooses among them.
 */
export const AutomaticSearch = z
  .strictObject({
    points_per_side: AUTOMATIC_FIELDS.points_per_side.unwrap().max(64),
    crop_n_layers: AUTOMATIC_FIELDS.crop_n_layers.unwrap().max(2),
    crop_n_points_downscale_factor: AUTOMATIC_FIELDS.crop_n_points_downscale_factor.unwrap(),
    min_mask_region_area: AUTOMATIC_FIELDS.min_mask_region_area.unwrap(),
  })
  .partial();
export type AutomaticSearch = z.infer<typeof AutomaticSearch>;

/** A mask that everything mode found, before a person's thresholds. Coordinates are image pixels. */
export const AutomaticCandidate = z.strictObject({
  /** Names it in 'automatic.accept'; the id of a candidate of one search is never given to one of another. */
  id: z.int().nonnegative(),
  predictedIou: z.number(),
  stability: z.number(),
  /** Pixels inside. */
  area: z.int().nonnegative(),
  /** Of its pixels, those at (x1, y1) included. */
  box: Corners,
  /** Number of the crop that it was found in, 0 for the whole image, and that crop's pixels. */
  crop: z.int().nonnegative(),
  cropArea: z.int().positive(),
  /** [height, width] of the image. */
  size: z.tuple([z.int(), z.int()]),
  /** Column-major run lengths, packed (geometry/packed-counts.ts). */
  counts: z.instanceof(Uint8Array),
  /** The point of the grid that it was found with, and which of the decoder's masks for that point it is. */
  point: z.strictObject({ x: z.number(), y: z.number() }),
  candidate: z.int().min(0).max(3),
});
export type AutomaticCandidate = z.infer<typeof AutomaticCandidate>;

export const AutomaticCandidates = z.strictObject({
  /**
   * All that the last search found, those that have become instances included (sam/automatic/accepted.ts tells which):
   * they still compete with the others. Null: the image as it is now has not been searched with the project's model.
   */
  candidates: z.array(AutomaticCandidate).nullable(),
  /** The model that made them. */
  model: ModelId.nullable(),
});
export type AutomaticCandidates = z.infer<typeof AutomaticCandidates>;

/** Everything mode on all images of a project, with the official generator's own filters. */
export const AutomaticLabeling = z.strictObject({
  options: AutomaticOptions,
  /** Null: the project's own. */
  model: ModelId.nullable(),
  /** What everything found is called; the class is made when there is none of this name. */
  class: ClassName,
  /** Also images that have instances; else these are passed over. */
  all: z.boolean(),
});
export type AutomaticLabeling = z.infer<typeof AutomaticLabeling>;
