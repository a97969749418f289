import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { SetShape } from './sam-layout.ts';

export interface AttentionStage {
  readonly width: number;
  readonly heads: number;
  /** Side of its attention windows. */
  readonly window: number;
  readonly depth: number;
  /** Width of the hidden layer of each block. */
  readonly hidden: number;
}

/** MobileSAM's image encoder, TinyViT (Wu et al. 2022, arXiv 2207.10666; mobile_sam/modeling/tiny_vit_sam.py). */
export interface TinyVitLayout {
  readonly kind: 'tiny-vit';
  /** Width, number and hidden width of the convolutional blocks before the stages with attention. */
  readonly convolutions: { readonly width: number; readonly depth: number; readonly hidden: number };
  readonly stages: readonly AttentionStage[];
  /** Pixels for each place of the embedding, and places on a side of it: the code has them fixed, no tensor shows them. */
  readonly patch: number;
  readonly grid: number;
}

const FIXED = { patch: 16, grid: 64 } as const;
/** Three halve the side, the last one keeps it: 1024 / 4 / 2 / 2 = 64. */
const STAGES = 3;
/** The stage of those with attention with whose input HQ-SAM's features are made. */
export const HQ_STAGE = 1;
const LANDMARK = 'image_encoder.patch_embed.seq.0.c.weight';
/** The classifier that TinyViT was pretrained with; MobileSAM's encoder ends before it. */
const CLASSIFIER = /^image_encoder\.(norm_head|head)\.(weight|bias)$/;

export const isTinyVit = (shapes: Checkpoint['shapes']): boolean => shapes.has(LANDMARK);
/** Counts of training batches, and the classifier: nothing that is computed depends on them. */
export const isUnusedByTinyVit = (name: string): boolean => CLASSIFIER.test(name) || (name.startsWith('image_encoder.') && name.endsWith('.bn.num_batches_tracked'));

/** Sizes by the shapes of the tensors that show them; 0 where one is missing, which the comparison then tells. */
export function tinyVitLayout(shapes: Checkpoint['shapes']): TinyVitLayout {
  const side = (name: string, axis: number): number => shapes.get(`image_encoder.${name}`)?.[axis] ?? 0;
  const depth = (stage: number, landmark: string): number => {
    let blocks = 0;
    while (shapes.has(`image_encoder.layers.${stage}.blocks.${blocks}.${landmark}`)) blocks++;
    return blocks;
  };
  const stages = Array.from({ length: STAGES }, (_, i) => {
    const first = `layers.${i + 1}.blocks.0`;
    return { width: side(`${first}.local_conv.c.weight`, 0), heads: side(`${first}.attn.attention_biases`, 0), window: Math.round(Math.sqrt(side(`${first}.attn.attention_biases`, 1))), depth: depth(i + 1, 'attn.attention_biases'), hidden: side(`${first}.mlp.fc1.weight`, 0) };
  });
  return { kind: 'tiny-vit', ...FIXED, stages, convolutions: { width: side('patch_embed.seq.2.c.weight', 0), depth: depth(0, 'conv1.c.weight'), hidden: side('layers.0.blocks.0.conv1.c.weight', 0) } };
}

/** The tensors that a layout demands, all below `image_encoder`. */
export function tinyVitShapes({ convolutions, stages }: TinyVitLayout, setShape: SetShape): void {
  const set: SetShape = (name, ...shape) => setShape(`image_encoder.${name}`, ...shape);
  const affine: SetShape = (name, out = 0, ...rest) => {
    set(`${name}.weight`, out, ...rest);
    set(`${name}.bias`, out);
  };
  const convolution: SetShape = (name, out = 0, ...rest) => {
    set(`${name}.c.weight`, out, ...rest);
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) set(`${name}.bn.${part}`, out);
  };
  const { width, hidden } = convolutions;
  convolution('patch_embed.seq.0', Math.floor(width / 2), 3, 3, 3);
  convolution('patch_embed.seq.2', width, Math.floor(width / 2), 3, 3);
  for (let j = 0; j < Math.max(convolutions.depth, 1); j++) {
    const block = `layers.0.blocks.${j}`;
    convolution(`${block}.conv1`, hidden, width, 1, 1);
    convolution(`${block}.conv2`, hidden, 1, 3, 3);
    convolution(`${block}.conv3`, width, hidden, 1, 1);
  }
  for (const [i, stage] of stages.entries()) {
    const before = stages[i - 1]?.width ?? width;
    convolution(`layers.${i}.downsample.conv1`, stage.width, before, 1, 1);
    convolution(`layers.${i}.downsample.conv2`, stage.width, 1, 3, 3);
    convolution(`layers.${i}.downsample.conv3`, stage.width, stage.width, 1, 1);
    for (let j = 0; j < Math.max(stage.depth, 1); j++) attentionBlock(`layers.${i + 1}.blocks.${j}`, stage, set, affine, convolution);
  }
}

function attentionBlock(block: string, { width, heads, window, hidden }: AttentionStage, set: SetShape, affine: SetShape, convolution: SetShape): void {
  affine(`${block}.attn.norm`, width);
  set(`${block}.attn.attention_biases`, heads, window * window);
  affine(`${block}.attn.qkv`, 3 * width, width);
  affine(`${block}.attn.proj`, width, width);
  affine(`${block}.mlp.norm`, width);
  affine(`${block}.mlp.fc1`, hidden, width);
  affine(`${block}.mlp.fc2`, width, hidden);
  convolution(`${block}.local_conv`, width, 1, 3, 3);
}
