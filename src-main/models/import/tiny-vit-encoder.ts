import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { OnnxGraph } from './onnx-writer.ts';
import { encoderOutputs } from './sam-hq.ts';
import { neck } from './sam-neck.ts';
import { padded, partition, unpartition, windowsOver } from './sam-windows.ts';
import { biasedAttention } from './tiny-vit-attention.ts';
import { HQ_STAGE } from './tiny-vit-layout.ts';
import type { AttentionStage, TinyVitLayout } from './tiny-vit-layout.ts';

type Weights = Pick<Checkpoint, 'shapes' | 'read'>;

/** torch's defaults, of BatchNorm2d and of LayerNorm. */
const EPSILON = 1e-5;
const ROOT = 'image_encoder';

/**
 * MobileSAM's image encoder (TinyViT in mobile_sam/modeling/tiny_vit_sam.py), every batch norm folded into the convolution
 * before it: `x` f32 [1, 3, frame, frame], normalised and padded → `image_embeddings` f32 [1, 256, grid, grid].
 * @param largestScores bytes of attention scores in one tensor.
 */
export function tinyVitEncoder(weights: Weights, { convolutions, stages, patch, grid }: TinyVitLayout, largestScores: number): OnnxGraph {
  const g = new GraphBuilder(weights);
  const frame = patch * grid;
  let x = g.gelu(convolution(g, weights, 'x', 'patch_embed.seq.0', 2));
  x = convolution(g, weights, x, 'patch_embed.seq.2', 2);
  for (let j = 0; j < convolutions.depth; j++) x = mobileBlock(g, weights, x, `layers.0.blocks.${j}`);
  let side = frame / 4;
  let early = '';
  for (const [i, stage] of stages.entries()) {
    // PatchMerging keeps the side where it widens to the last stage.
    const stride = i === stages.length - 1 ? 1 : 2;
    x = merge(g, weights, x, `layers.${i}.downsample`, stride);
    side /= stride;
    // What the second stage ends with, as HQ-SAM has it.
    if (i === HQ_STAGE) early = toRows(g, x, side, stage.width);
    for (let j = 0; j < stage.depth; j++) x = attentionBlock(g, weights, x, `layers.${i + 1}.blocks.${j}`, stage, side, largestScores);
  }
  const embedding = neck(g, toRows(g, x, side, stages.at(-1)?.width ?? 0), grid);
  return g.graph('MobileSAM image encoder', { x: [1, 3, frame, frame] }, encoderOutputs(g, weights, early, embedding, grid));
}

/** MBConv. */
function mobileBlock(g: GraphBuilder, weights: Weights, x: string, name: string): string {
  const wide = g.gelu(convolution(g, weights, x, `${name}.conv1`));
  const mixed = g.gelu(convolution(g, weights, wide, `${name}.conv2`));
  return g.gelu(g.add(convolution(g, weights, mixed, `${name}.conv3`), x));
}

/** PatchMerging. */
function merge(g: GraphBuilder, weights: Weights, x: string, name: string, stride: number): string {
  const wide = g.gelu(convolution(g, weights, x, `${name}.conv1`));
  return convolution(g, weights, g.gelu(convolution(g, weights, wide, `${name}.conv2`, stride)), `${name}.conv3`);
}

/** TinyViTBlock, [1, width, side, side] → the same: attention in windows, a convolution by channel, a perceptron. */
function attentionBlock(g: GraphBuilder, weights: Weights, x: string, name: string, { width, heads, window }: AttentionStage, side: number, largestScores: number): string {
  const windows = windowsOver(side, window, width);
  const rows = toRows(g, x, side, width);
  // Here the norm comes after the padding, so that padded places are attended to with the norm's bias.
  const inWindows = partition(g, padded(g, g.reshape(rows, [1, side, side, width]), windows), windows);
  const normed = g.layerNorm(inWindows, `${ROOT}.${name}.attn.norm`, EPSILON);
  const attended = biasedAttention(g, weights, normed, `${ROOT}.${name}.attn`, { batch: windows.across ** 2, window, heads, headWidth: width / heads, largestScores });
  const projected = g.linearRows(unpartition(g, attended, windows), `${ROOT}.${name}.attn.proj`);
  const mixed = toRows(g, convolution(g, weights, toPlanes(g, g.add(rows, projected), side, width), `${name}.local_conv`), side, width);
  const hidden = g.gelu(g.linearRows(g.layerNorm(mixed, `${ROOT}.${name}.mlp.norm`, EPSILON), `${ROOT}.${name}.mlp.fc1`));
  return toPlanes(g, g.add(mixed, g.linearRows(hidden, `${ROOT}.${name}.mlp.fc2`)), side, width);
}

const toRows = (g: GraphBuilder, planes: string, side: number, width: number): string => g.reshape(g.transpose(planes, [0, 2, 3, 1]), [side * side, width]);
const toPlanes = (g: GraphBuilder, rows: string, side: number, width: number): string => g.transpose(g.reshape(rows, [1, side, side, width]), [0, 3, 1, 2]);

/** Conv2d_BN, padded so that a stride of 1 keeps the side; by channel where the weight has one input channel for each. */
function convolution(g: GraphBuilder, { shapes, read }: Weights, x: string, name: string, stride = 1): string {
  const [conv, norm] = [`${ROOT}.${name}.c.weight`, `${ROOT}.${name}.bn`];
  const shape = shapes.get(conv) ?? [];
  const [out = 0, inputs = 0, kernel = 1] = shape;
  const factors = async (): Promise<Float32Array> => {
    const [scale, variance] = [await read(`${norm}.weight`), await read(`${norm}.running_var`)];
    return scale.map((factor, c) => factor / Math.sqrt((variance[c] ?? 0) + EPSILON));
  };
  const weight = g.derived(conv, shape, async () => {
    const [values, factor] = [await read(conv), await factors()];
    return values.map((value, at) => value * (factor[Math.floor(at / (values.length / out))] ?? 0));
  });
  const bias = g.derived(`${norm}.bias`, [out], async () => {
    const [values, mean, factor] = [await read(`${norm}.bias`), await read(`${norm}.running_mean`), await factors()];
    return values.map((value, c) => value - (mean[c] ?? 0) * (factor[c] ?? 0));
  });
  const edge = (kernel - 1) / 2;
  return g.node('Conv', [x, weight, bias], { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [edge, edge, edge, edge], group: inputs === 1 ? out : 1 });
}
