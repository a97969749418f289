import { Tensor } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/**
 * How a family's graphs are fed, found out from the names and shapes that the sessions report, never from file names.
 * Other families (other inputs, other coordinates) are further functions that return a SamGraph.
 */
export interface SamGraph {
  /** Side of the encoder's square input in pixels. */
  readonly frame: number;
  /** Side of the square low-resolution logits. */
  readonly lowRes: number;
  /** Shape of the embedding, batch first. */
  readonly embedding: readonly number[];
  /** @param planes f32 [3, frame, frame], normalised and padded. */
  encoderFeeds(planes: Float32Array): Feeds;
  readonly encoderOutput: string;
  decoderFeeds(prompt: DecoderPrompt): Feeds;
  readonly decoderOutputs: { readonly masks: string; readonly ious: string };
}

export type Feeds = Record<string, Tensor>;

export interface DecoderPrompt {
  readonly embedding: Float32Array;
  /** [N, 2] in frame pixels. */
  readonly coords: Float32Array;
  /** [N]: 1 foreground, 0 background, 2 and 3 a box's corners, −1 padding. */
  readonly labels: Float32Array;
  /** lowRes² logits of an earlier run, or null. */
  readonly mask: Float32Array | null;
}

/** Far above any model of the family; a graph that announces more is damaged or means harm. */
const LARGEST_SIDE = 4_096;
const LARGEST_EMBEDDING = 1 << 26;

type Metadata = InferenceSession.ValueMetadata;
type TensorMetadata = Extract<Metadata, { isTensor: true }>;

/**
 * The official export (segment_anything/utils/onnx.py, SamOnnxModel): encoder with one image input under any name;
 * decoder with image_embeddings, point_coords, point_labels, mask_input, has_mask_input and, in the original,
 * orig_im_size, which only shapes the full-size `masks` that are not used here.
 * Throws 'model-invalid' naming what does not fit.
 */
export function officialExport(encoder: InferenceSession, decoder: InferenceSession, inputSize: number): SamGraph {
  const image = only(encoder.inputMetadata, 'the encoder has not exactly one input');
  const frame = squareSide(image, inputSize);
  if (frame < 1 || frame > LARGEST_SIDE) invalid(`the encoder's frame is ${frame} pixels wide`);
  const embedded = only(encoder.outputMetadata.slice(0, 1), 'the encoder has no output');
  const inputs = new Map(decoder.inputMetadata.map((m) => [m.name, tensor(m)]));
  const input = (name: string): TensorMetadata => inputs.get(name) ?? invalid(`the decoder has no input "${name}"`);
  for (const name of ['point_coords', 'point_labels', 'has_mask_input']) input(name);
  const known = ['image_embeddings', 'point_coords', 'point_labels', 'mask_input', 'has_mask_input', 'orig_im_size'];
  for (const [name, { type }] of inputs) {
    if (!known.includes(name)) invalid(`the decoder wants "${name}", which this family does not have`);
    if (type !== 'float32') invalid(`the decoder's input "${name}" is ${type}, not float32`);
  }
  for (const name of ['low_res_masks', 'iou_predictions']) if (!decoder.outputNames.includes(name)) invalid(`the decoder has no output "${name}"`);

  const embedding = dimensions(input('image_embeddings'), 4);
  if (!(embedding.reduce((a, b) => a * b) <= LARGEST_EMBEDDING)) invalid(`an embedding of ${embedding.join(' × ')} is impossible`);
  const produced = embedded.shape.map((d, i) => (typeof d === 'number' ? d : embedding[i]));
  if (embedding.join() !== produced.join()) invalid(`the encoder makes embeddings of ${produced.join(' × ')}, the decoder takes ${embedding.join(' × ')}`);
  const maskShape = input('mask_input').shape;
  const lowRes = Number(maskShape[3]);
  if (!Number.isInteger(lowRes) || lowRes < 1 || lowRes > LARGEST_SIDE) invalid('the size of the low-resolution masks is not fixed, or impossible');

  const noMask = new Tensor('float32', new Float32Array(lowRes * lowRes), [1, 1, lowRes, lowRes]);
  return {
    frame,
    lowRes,
    embedding,
    encoderOutput: embedded.name,
    decoderOutputs: { masks: 'low_res_masks', ious: 'iou_predictions' },
    encoderFeeds: (planes) => ({ [image.name]: new Tensor('float32', planes, [1, 3, frame, frame]) }),
    decoderFeeds: (prompt) => {
      const n = prompt.labels.length;
      return {
        image_embeddings: new Tensor('float32', prompt.embedding, embedding),
        point_coords: new Tensor('float32', prompt.coords, [1, n, 2]),
        point_labels: new Tensor('float32', prompt.labels, [1, n]),
        mask_input: prompt.mask === null ? noMask : new Tensor('float32', prompt.mask, [1, 1, lowRes, lowRes]),
        has_mask_input: new Tensor('float32', Float32Array.of(prompt.mask === null ? 0 : 1), [1]),
        ...(inputs.has('orig_im_size') ? { orig_im_size: new Tensor('float32', Float32Array.of(lowRes, lowRes), [2]) } : {}),
      };
    },
  };
}

function only(metadata: readonly Metadata[], complaint: string): TensorMetadata {
  const [first] = metadata;
  return first === undefined || metadata.length !== 1 ? invalid(complaint) : tensor(first);
}

function tensor(metadata: Metadata): TensorMetadata {
  return metadata.isTensor ? metadata : invalid(`"${metadata.name}" is no tensor`);
}

/** The side of [1, 3, S, S]; `open` where the graph names its dimensions instead of fixing them. */
function squareSide(image: TensorMetadata, open: number): number {
  const [batch, channels, height, width] = image.shape;
  if (image.type !== 'float32' || image.shape.length !== 4 || (typeof batch === 'number' && batch !== 1) || channels !== 3) invalid(`the encoder's input "${image.name}" is not one float32 RGB picture`);
  if (height !== width && typeof height === 'number' && typeof width === 'number') invalid(`the encoder's frame is ${width} × ${height}, not square`);
  return typeof height === 'number' ? height : open;
}

function dimensions(metadata: TensorMetadata, rank: number): number[] {
  const shape = metadata.shape.map((d, i) => (typeof d === 'number' ? d : i === 0 ? 1 : invalid(`the shape of "${metadata.name}" is not fixed`)));
  return shape.length === rank ? shape : invalid(`"${metadata.name}" has ${shape.length} dimensions, not ${rank}`);
}

function invalid(what: string): never {
  throw new MaskwrightError('model-invalid', `The model does not have the shape of an official Segment Anything export: ${what}. Choose another model.`);
}
