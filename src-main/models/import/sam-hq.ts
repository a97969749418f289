import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { EPSILON_2D, toPlanes, upscaled } from './sam-upscaling.ts';

type Weights = Pick<Checkpoint, 'shapes' | 'read'>;
type SetShape = (name: string, ...shape: number[]) => unknown;

/*
 * HQ-SAM (Ke et al. 2023, arXiv 2306.01567; segment_anything/modeling/mask_decoder_hq.py of SysCV/sam-hq): Segment Anything
 * with one more output token, whose mask is made of finer features and added to each of the decoder's four. The features
 * are of the image alone, so they are computed with its embedding: `hq_features` [1, 32, 4 · grid, 4 · grid].
 */
const ROOT = 'mask_decoder';
export const HQ_TOKEN = `${ROOT}.hf_token.weight`;
/** The encoder's output, and the decoder's input. */
export const HQ_FEATURES = 'hq_features';
const DECODER_WIDTH = 256;
const CHANNELS = 32;
const MIDDLE = 64;

export const isHq = (shapes: Checkpoint['shapes']): boolean => shapes.has(HQ_TOKEN);

/** The tensors beside those of Segment Anything. @param width of the decoder @param early of the encoder's features that are used */
export function hqShapes(width: number, early: number, set: SetShape, affine: SetShape): void {
  set(HQ_TOKEN, 1, width);
  for (const [layer, out] of [[0, width], [1, width], [2, CHANNELS]] as const) affine(`${ROOT}.hf_mlp.layers.${layer}`, out, width);
  // A transposed convolution's weight has its inputs first.
  const upscaling = (name: string, from: number, middle: number): void => {
    set(`${ROOT}.${name}.0.weight`, from, middle, 2, 2);
    set(`${ROOT}.${name}.0.bias`, middle);
    affine(`${ROOT}.${name}.1`, middle);
    set(`${ROOT}.${name}.3.weight`, middle, CHANNELS, 2, 2);
    set(`${ROOT}.${name}.3.bias`, CHANNELS);
  };
  upscaling('compress_vit_feat', early, width);
  upscaling('embedding_encoder', width, MIDDLE);
  affine(`${ROOT}.embedding_maskfeature.0`, MIDDLE, CHANNELS, 3, 3);
  affine(`${ROOT}.embedding_maskfeature.1`, MIDDLE);
  affine(`${ROOT}.embedding_maskfeature.3`, CHANNELS, MIDDLE, 3, 3);
}

/**
 * The encoder's outputs, after the embedding was made; with HQ-SAM its features are made here.
 * @param early rows [grid², channels], of the first block of global attention, or of TinyViT's second stage
 * @param embedding rows [1, grid², 256]
 */
export function encoderOutputs(g: GraphBuilder, weights: Weights, early: string, embedding: string, grid: number): Record<string, number[]> {
  const outputs = { image_embeddings: [1, DECODER_WIDTH, grid, grid] };
  if (!isHq(weights.shapes)) return outputs;
  hqFeatures(g, weights, g.reshape(early, [1, grid * grid, -1]), embedding, grid);
  return { ...outputs, [HQ_FEATURES]: [1, CHANNELS, 4 * grid, 4 * grid] };
}

/**
 * The encoder's part: early features, after the first block of global attention (of TinyViT after its second stage),
 * and the embedding, fused. Both as rows [1, grid², channels].
 */
function hqFeatures(g: GraphBuilder, weights: Weights, early: string, embedding: string, grid: number): void {
  const fused = g.add(upscaled(g, weights, embedding, `${ROOT}.embedding_encoder`, grid), upscaled(g, weights, early, `${ROOT}.compress_vit_feat`, grid));
  toPlanes(g, fused, grid, CHANNELS, HQ_FEATURES);
}

/**
 * The mask of the extra token, [B, 1, 4 · grid, 4 · grid].
 * @param pixels what the decoder upscales for its own masks, rows [B, 16 · grid², 32]
 * @param kernel [B, 1, 32], of the token
 */
export function hqMask(g: GraphBuilder, pixels: string, kernel: string, grid: number): string {
  const root = `${ROOT}.embedding_maskfeature`;
  const convolution = (x: string, index: number): string => g.node('Conv', [x, g.tensor(`${root}.${index}.weight`), g.tensor(`${root}.${index}.bias`)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const wide = convolution(toPlanes(g, pixels, grid, CHANNELS), 0);
  const normed = g.gelu(g.transpose(g.layerNorm(g.transpose(wide, [0, 2, 3, 1]), `${root}.1`, EPSILON_2D), [0, 3, 1, 2]));
  const features = g.add(convolution(normed, 3), HQ_FEATURES);
  return g.reshape(g.matMul(kernel, g.reshape(features, [0, CHANNELS, 16 * grid * grid])), [-1, 1, 4 * grid, 4 * grid]);
}
