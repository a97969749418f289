import { z } from 'zod';
import { Problem } from '../../src-shared/contract/errors.ts';
import { LogitsFrame } from '../../src-shared/contract/types.ts';
import { Corners } from '../../src-shared/sam/automatic/corners.ts';
import { IMAGE_FORMATS } from './images-sniff.ts';

/** What main may ask of the images engine: parameters are checked there, results here. Imports no decoder. */

const path = z.string().min(1).max(32_768);
const count = z.int().nonnegative();
const side = z.int().positive();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** Files of one `probe` or `fingerprint` request; the answer has as many results, in the same order. */
export const PROBE_BATCH = 32;

/** Longest side of a thumbnail, in pixels. */
export const THUMBNAIL_SIDE = 160;

/**
 * Whose pixels are wanted: those that a person is shown, or those that the file stores, as the readers of images take them
 * that training code uses (Pillow, OpenCV): without its color profile, its alpha, and any stretching of 16-bit samples.
 */
export const Look = z.enum(['shown', 'stored']);
export type Look = z.infer<typeof Look>;

export const ProbeParams = z.strictObject({ paths: z.array(path).min(1).max(PROBE_BATCH) });
export const PictureParams = z.strictObject({ path });
export const TileParams = z.strictObject({ path, level: count, column: count, row: count });
export const ModelInputParams = z.strictObject({ path, frame: z.int().min(16).max(4096), crop: Corners.nullable().default(null), fit: z.enum(['pad', 'stretch']).default('pad'), look: Look.default('shown') });

/**
 * What is known of a file after a first look. `file` is null when it could not be read at all, `image` when its header
 * could not; `problem` says why, and may stand beside both: a truncated picture still has a size.
 */
export const ProbeResult = z.strictObject({
  file: z.strictObject({ bytes: count, mtimeMs: z.int(), contentHash: sha256.describe('SHA-256 of the file') }).nullable(),
  image: z
    .strictObject({
      format: z.enum(IMAGE_FORMATS),
      width: side.describe('upright, after orientation'),
      height: side,
      orientation: z.int().min(1).max(8).describe('EXIF orientation in the file; already applied in width and height'),
      pages: side.describe('pages of a TIFF or frames of an animation; only the first is used'),
    })
    .nullable(),
  problem: Problem.nullable(),
});
export type ProbeResult = z.infer<typeof ProbeResult>;
export const ProbeResults = z.array(ProbeResult);

/** An encoded picture, ready to be served. */
export const EncodedPicture = z.strictObject({ type: z.enum(['image/jpeg', 'image/png', 'image/webp']), bytes });
export type EncodedPicture = z.infer<typeof EncodedPicture>;

/** What an image looks like (datasets/fingerprint.ts), and the file it was made of. */
const Fingerprinted = z.strictObject({ bytes: count, mtimeMs: z.int(), fingerprint: bytes });
export type Fingerprinted = z.infer<typeof Fingerprinted>;
/** A file that cannot be read has a problem instead. */
export const FingerprintResult = z.union([Fingerprinted, z.strictObject({ problem: Problem })]);
export type FingerprintResult = z.infer<typeof FingerprintResult>;
export const FingerprintResults = z.array(FingerprintResult);

/** A picture, or a crop of one, as SAM takes it, before normalising and padding (`rgb`: inputHeight × inputWidth × 3 bytes, row-major). */
export const ModelInput = z.strictObject({
  rgb: bytes,
  inputWidth: side,
  inputHeight: side,
  /** Of the picture, upright, or of the crop: at full size. */
  width: side,
  height: side,
  /** SHA-256 over the size and the full-resolution upright RGB bytes: the embedding cache's key. */
  pixelHash: sha256,
});
export type ModelInput = z.infer<typeof ModelInput>;

/** The full-resolution mask of a model's answer. It needs no model, and here it does not wait for one that is busy. */
export const RunLengthsParams = z.strictObject({ logits: bytes.describe('lowRes² f32, row-major'), frame: LogitsFrame });
export type RunLengthsParams = z.infer<typeof RunLengthsParams>;
export const RunLengthsResult = z.strictObject({ size: z.tuple([side, side]), counts: bytes.describe('32-bit little-endian') });
export type RunLengthsResult = z.infer<typeof RunLengthsResult>;
