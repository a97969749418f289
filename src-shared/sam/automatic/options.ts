import { z } from 'zod';

const threshold = z.number().min(0).max(1);

const fields = {
  points_per_side: z.int().min(1).max(256).default(32).describe('points along each side of the image; all of them are tried'),
  points_per_batch: z.int().min(1).max(1024).default(64).describe('most points in one request to the model; no effect on the result'),
  pred_iou_thresh: z.number().min(0).default(0.88).describe('masks whose predicted IoU is not above this are dropped; 0 keeps all'),
  stability_score_thresh: threshold.default(0.95).describe('masks whose stability score is below this are dropped; 0 keeps all'),
  stability_score_offset: z.number().min(0).max(100).default(1).describe('how far the cut is moved up and down to measure stability, in logits'),
  box_nms_thresh: threshold.default(0.7).describe('IoU of boxes above which the worse of two masks of a crop is dropped'),
  crop_n_layers: z.int().min(0).max(4).default(0).describe('layers of crops run besides the whole image; layer i has 4^i crops'),
  crop_nms_thresh: threshold.default(0.7).describe('IoU of boxes above which the mask of the larger of two crops is dropped'),
  crop_overlap_ratio: z.number().min(0).max(0.99).default(512 / 1500).describe('overlap of the first layer’s crops as a share of the image’s shorter side'),
  crop_n_points_downscale_factor: z.int().min(1).max(16).default(1).describe('points along each side are divided by this from layer to layer'),
  min_mask_region_area: z.int().min(0).max(100_000_000).default(0).describe('holes and islands smaller than this many pixels are removed; 0 removes none'),
};

/** Parameters of SamAutomaticMaskGenerator (facebookresearch/segment-anything) with its names and its defaults. */
export const AutomaticOptions = z.strictObject(fields).refine(
  ({ points_per_side, crop_n_layers, crop_n_points_downscale_factor }) => points_per_side >= crop_n_points_downscale_factor ** crop_n_layers,
  'The last layer of crops would have no points: raise points_per_side, or lower crop_n_layers or crop_n_points_downscale_factor.',
);
export type AutomaticOptions = z.infer<typeof AutomaticOptions>;

/** The parameters one by one, for a command line or a form. */
export const AUTOMATIC_FIELDS = fields;
