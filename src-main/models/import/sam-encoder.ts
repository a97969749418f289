import type { Checkpoint } from './checkpoint.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { OnnxGraph } from './onnx-writer.ts';
import { LARGEST_SCORES, attention, relativePositions } from './sam-attention.ts';
import { DECODER } from './sam-layout.ts';
import type { SamLayout } from './sam-layout.ts';

/** Of LayerNorm throughout the encoder (ImageEncoderViT in _build_sam, and LayerNorm2d). */
const EPSILON = 1e-6;

/**
 * The ViT image encoder (segment_anything/modeling/image_encoder.py):
 * `x` f32 [1, 3, frame, frame], normalised and padded → `image_embeddings` f32 [1, 256, grid, grid].
 * @param largestScores bytes of attention scores in one tensor.
 */
export function samEncoder(checkpoint: Pick<Checkpoint, 'shapes' | 'read'>, layout: SamLayout, largestScores: number = LARGEST_SCORES): OnnxGraph {
  const { width, patch, grid, windows } = layout;
  const g = new GraphBuilder(checkpoint);
  const root = 'image_encoder';
  const frame = patch * grid;
  const patches = g.node('Conv', ['x', g.tensor(`${root}.patch_embed.proj.weight`), g.tensor(`${root}.patch_embed.proj.bias`)], { kernel_shape: [patch, patch], strides: [patch, patch] });
  let x = g.add(g.transpose(patches, [0, 2, 3, 1]), g.tensor(`${root}.pos_embed`));
  for (const [i, window] of windows.entries()) x = block(g, checkpoint, x, `${root}.blocks.${i}`, window, { ...layout, largestScores });

  const narrow = g.linearRows(g.reshape(x, [grid * grid, width]), `${root}.neck.0`);
  const normed = g.reshape(g.layerNorm(narrow, `${root}.neck.1`, EPSILON), [1, grid, grid, DECODER.width]);
  const mixed = g.node('Conv', [g.transpose(normed, [0, 3, 1, 2]), g.tensor(`${root}.neck.2.weight`)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const last = g.layerNorm(g.transpose(mixed, [0, 2, 3, 1]), `${root}.neck.3`, EPSILON);
  g.node('Transpose', [last], { perm: [0, 3, 1, 2] }, 'image_embeddings');
  return g.graph('Segment Anything image encoder', { x: [1, 3, frame, frame] }, { image_embeddings: [1, DECODER.width, grid, grid] });
}

/** A transformer block: [1, grid, grid, width] → the same. */
function block(g: GraphBuilder, checkpoint: Pick<Checkpoint, 'read'>, x: string, name: string, window: number, { width, heads, grid, largestScores }: SamLayout & { readonly largestScores: number }): string {
  // The reference pads below and to the right, after the norm: padded patches are zero there, and attended to.
  const across = Math.ceil(grid / window);
  const padded = across * window;
  const normed = g.layerNorm(x, `${name}.norm1`, EPSILON);
  const full = padded === grid ? normed : g.node('Pad', [normed, g.ints([0, 0, 0, 0, 0, padded - grid, padded - grid, 0])]);
  const rows = g.reshape(across === 1 ? full : partition(g, full, across, window, width), [padded * padded, width]);
  const tables = relativePositions(g, checkpoint, `${name}.attn`, window, width / heads);
  const attended = attention(g, g.linearRows(rows, `${name}.attn.qkv`), { batch: across * across, window, heads, headWidth: width / heads, largestScores }, tables);
  const whole = across === 1 ? g.reshape(attended, [1, padded, padded, width]) : join(g, attended, across, window, width);
  const cropped = padded === grid ? whole : g.node('Slice', [whole, g.ints([0, 0]), g.ints([grid, grid]), g.ints([1, 2])]);
  const projected = g.linearRows(g.reshape(cropped, [grid * grid, width]), `${name}.attn.proj`);
  const afterAttention = g.add(x, g.reshape(projected, [1, grid, grid, width]));

  const hidden = g.gelu(g.linearRows(g.reshape(g.layerNorm(afterAttention, `${name}.norm2`, EPSILON), [grid * grid, width]), `${name}.mlp.lin1`));
  return g.add(afterAttention, g.reshape(g.linearRows(hidden, `${name}.mlp.lin2`), [1, grid, grid, width]));
}

/** [1, across · window, across · window, width] → [across, across, window, window, width], windows first. */
function partition(g: GraphBuilder, x: string, across: number, window: number, width: number): string {
  return g.transpose(g.reshape(x, [across, window, across, window, width]), [0, 2, 1, 3, 4]);
}

function join(g: GraphBuilder, windows: string, across: number, window: number, width: number): string {
  const side = across * window;
  return g.reshape(g.transpose(g.reshape(windows, [across, across, window, window, width]), [0, 2, 1, 3, 4]), [1, side, side, width]);
}
