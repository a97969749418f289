import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { OnnxGraph } from './onnx-writer.ts';
import { LARGEST_SCORES, attention, relativePositions } from './sam-attention.ts';
import { encoderOutputs } from './sam-hq.ts';
import { neck } from './sam-neck.ts';
import { padded, partition, unpartition, windowsOver } from './sam-windows.ts';
import type { SamLayout, VitLayout } from './sam-layout.ts';
import { tinyVitEncoder } from './tiny-vit-encoder.ts';

/** Of LayerNorm throughout the blocks (ImageEncoderViT in _build_sam). */
const EPSILON = 1e-6;

/** A checkpoint's image encoder. @param largestScores bytes of attention scores in one tensor. */
export function samEncoder(checkpoint: Pick<Checkpoint, 'shapes' | 'read'>, layout: SamLayout, largestScores: number = LARGEST_SCORES): OnnxGraph {
  return layout.kind === 'vit' ? vitEncoder(checkpoint, layout, largestScores) : tinyVitEncoder(checkpoint, layout, largestScores);
}

/**
 * The ViT image encoder (segment_anything/modeling/image_encoder.py):
 * `x` f32 [1, 3, frame, frame], normalised and padded → `image_embeddings` f32 [1, 256, grid, grid].
 */
function vitEncoder(checkpoint: Pick<Checkpoint, 'shapes' | 'read'>, layout: VitLayout, largestScores: number): OnnxGraph {
  const { width, patch, grid, windows } = layout;
  const g = new GraphBuilder(checkpoint);
  const root = 'image_encoder';
  const frame = patch * grid;
  const patches = g.node('Conv', ['x', g.tensor(`${root}.patch_embed.proj.weight`), g.tensor(`${root}.patch_embed.proj.bias`)], { kernel_shape: [patch, patch], strides: [patch, patch] });
  const placed = g.add(g.transpose(patches, [0, 2, 3, 1]), g.tensor(`${root}.pos_embed`));
  let x = g.reshape(placed, [grid * grid, width]);
  let early: string | null = null;
  for (const [i, window] of windows.entries()) {
    x = block(g, checkpoint, x, `${root}.blocks.${i}`, window, { ...layout, largestScores });
    if (window === grid) early ??= x;
  }
  const embedding = neck(g, x, grid);
  return g.graph('Segment Anything image encoder', { x: [1, 3, frame, frame] }, encoderOutputs(g, checkpoint, early ?? x, embedding, grid));
}

/** A transformer block: rows [grid², width] → the same. */
function block(g: GraphBuilder, checkpoint: Pick<Checkpoint, 'read'>, x: string, name: string, window: number, { width, heads, grid, largestScores }: VitLayout & { readonly largestScores: number }): string {
  const windows = windowsOver(grid, window, width);
  // The reference pads after the norm: padded patches are zero there, and attended to.
  const normed = g.reshape(g.layerNorm(x, `${name}.norm1`, EPSILON), [1, grid, grid, width]);
  const qkv = g.linearRows(partition(g, padded(g, normed, windows), windows), `${name}.attn.qkv`);
  const tables = relativePositions(g, checkpoint, `${name}.attn`, window, width / heads);
  const attended = attention(g, qkv, { batch: windows.across ** 2, window, heads, headWidth: width / heads, largestScores }, tables);
  const afterAttention = g.add(x, g.linearRows(unpartition(g, attended, windows), `${name}.attn.proj`));

  const hidden = g.gelu(g.linearRows(g.layerNorm(afterAttention, `${name}.norm2`, EPSILON), `${name}.mlp.lin1`));
  return g.add(afterAttention, g.linearRows(hidden, `${name}.mlp.lin2`));
}
