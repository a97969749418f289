import { basename } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Checkpoint } from './checkpoint.ts';

/** What can differ between checkpoints of the family, read off their tensors' shapes. */
export interface SamLayout {
  readonly width: number;
  readonly heads: number;
  /** Width of the hidden layer of each block. */
  readonly hidden: number;
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** Side of the embedding in patches; frame = patch · grid. */
  readonly grid: number;
  /** Side of the attention windows of each block; `grid` where attention is global. */
  readonly windows: readonly number[];
}

/** The decoder's sizes, the same in every official checkpoint (segment_anything/build_sam.py, _build_sam). */
export const DECODER = { width: 256, hidden: 2048, crossWidth: 128, heads: 8, depth: 2, masks: 4, maskChannels: [4, 16], upscaling: [64, 32] } as const;

type Shapes = Map<string, readonly number[]>;

const MOST_NAMED = 8;
const LARGEST_FRAME = 4096;

/**
 * Reads a checkpoint's sizes and compares every tensor with what they demand. Throws 'model-invalid' naming what is
 * missing, left over or of another shape: a graph made from less would compute something else than the model.
 */
export function readLayout({ path, shapes }: Pick<Checkpoint, 'path' | 'shapes'>): SamLayout {
  if (shapes.has('image_encoder.patch_embed.seq.0.c.weight')) throw invalid(path, 'its image encoder is MobileSAM’s TinyViT, which cannot be imported yet. Choose a checkpoint with a ViT (B, L, H or a fine-tune of them)');
  const layout = layoutOf(shapes);
  const expected = expectedShapes(layout);
  const problems = [
    ['missing', [...expected.keys()].filter((name) => !shapes.has(name))],
    ['not part of Segment Anything', [...shapes.keys()].filter((name) => !expected.has(name))],
    ['of another shape', [...expected].flatMap(([name, shape]) => {
      const found = shapes.get(name);
      return found === undefined || found.join() === shape.join() ? [] : [`${name} (${found.join(' × ')} instead of ${shape.join(' × ')})`];
    })],
  ] as const;
  const said = problems.filter(([, names]) => names.length > 0).map(([what, names]) => `${what}: ${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''}`);
  const { patch, grid, width, hidden } = layout;
  if (said.length === 0 && !(patch * grid <= LARGEST_FRAME && patch * grid * width * hidden > 0)) said.push(`a frame of ${patch * grid} pixels is impossible`);
  if (said.length > 0) throw invalid(path, `its tensors are not those of a Segment Anything model with a ViT — ${said.join('; ')}. Choose another checkpoint`);
  return layout;
}

/** Sizes by the shapes of the tensors that show them; 0 where one is missing, which the comparison then tells. */
function layoutOf(shapes: Checkpoint['shapes']): SamLayout {
  const side = (name: string, axis: number): number => shapes.get(`image_encoder.${name}`)?.[axis] ?? 0;
  const windows: number[] = [];
  for (let i = 0; shapes.has(`image_encoder.blocks.${i}.norm1.weight`); i++) windows.push((side(`blocks.${i}.attn.rel_pos_h`, 0) + 1) / 2);
  const width = side('pos_embed', 3);
  const headWidth = side('blocks.0.attn.rel_pos_h', 1);
  return { width, heads: headWidth === 0 ? 0 : Math.floor(width / headWidth), hidden: side('blocks.0.mlp.lin1.weight', 0), patch: side('patch_embed.proj.weight', 2), grid: side('pos_embed', 1), windows };
}

function expectedShapes({ width, heads, hidden, patch, grid, windows }: SamLayout): Shapes {
  const shapes: Shapes = new Map();
  const set = (name: string, ...shape: number[]): unknown => shapes.set(name, shape);
  const affine = (name: string, out: number, ...rest: number[]): void => {
    set(`${name}.weight`, out, ...rest);
    set(`${name}.bias`, out);
  };
  set('image_encoder.pos_embed', 1, grid, grid, width);
  affine('image_encoder.patch_embed.proj', width, 3, patch, patch);
  const headWidth = heads === 0 ? 0 : width / heads;
  for (const [i, window] of (windows.length === 0 ? [grid] : windows).entries()) {
    const block = `image_encoder.blocks.${i}`;
    for (const norm of ['norm1', 'norm2']) affine(`${block}.${norm}`, width);
    for (const axis of ['h', 'w']) set(`${block}.attn.rel_pos_${axis}`, 2 * Math.min(Math.max(Math.ceil(window), 1), grid) - 1, headWidth);
    affine(`${block}.attn.qkv`, 3 * width, width);
    affine(`${block}.attn.proj`, width, width);
    affine(`${block}.mlp.lin1`, hidden, width);
    affine(`${block}.mlp.lin2`, width, hidden);
  }
  set('image_encoder.neck.0.weight', DECODER.width, width, 1, 1);
  affine('image_encoder.neck.1', DECODER.width);
  set('image_encoder.neck.2.weight', DECODER.width, DECODER.width, 3, 3);
  affine('image_encoder.neck.3', DECODER.width);
  promptShapes(set, affine);
  decoderShapes(set, affine);
  return shapes;
}

type Set = (name: string, ...shape: number[]) => unknown;

function promptShapes(set: Set, affine: Set): void {
  const prompt = 'prompt_encoder';
  const [first, second] = DECODER.maskChannels;
  set(`${prompt}.pe_layer.positional_encoding_gaussian_matrix`, 2, DECODER.width / 2);
  for (const name of ['point_embeddings.0', 'point_embeddings.1', 'point_embeddings.2', 'point_embeddings.3', 'not_a_point_embed', 'no_mask_embed']) set(`${prompt}.${name}.weight`, 1, DECODER.width);
  affine(`${prompt}.mask_downscaling.0`, first, 1, 2, 2);
  affine(`${prompt}.mask_downscaling.1`, first);
  affine(`${prompt}.mask_downscaling.3`, second, first, 2, 2);
  affine(`${prompt}.mask_downscaling.4`, second);
  affine(`${prompt}.mask_downscaling.6`, DECODER.width, second, 1, 1);
}

function decoderShapes(set: Set, affine: Set): void {
  const { width, hidden, crossWidth, depth, masks, upscaling } = DECODER;
  const attention = (name: string, inner: number): void => {
    for (const part of ['q_proj', 'k_proj', 'v_proj']) affine(`${name}.${part}`, inner, width);
    affine(`${name}.out_proj`, width, inner);
  };
  const decoder = 'mask_decoder';
  for (let i = 0; i < depth; i++) {
    const layer = `${decoder}.transformer.layers.${i}`;
    attention(`${layer}.self_attn`, width);
    attention(`${layer}.cross_attn_token_to_image`, crossWidth);
    attention(`${layer}.cross_attn_image_to_token`, crossWidth);
    for (const norm of ['norm1', 'norm2', 'norm3', 'norm4']) affine(`${layer}.${norm}`, width);
    affine(`${layer}.mlp.lin1`, hidden, width);
    affine(`${layer}.mlp.lin2`, width, hidden);
  }
  attention(`${decoder}.transformer.final_attn_token_to_image`, crossWidth);
  affine(`${decoder}.transformer.norm_final_attn`, width);
  set(`${decoder}.iou_token.weight`, 1, width);
  set(`${decoder}.mask_tokens.weight`, masks, width);
  // A transposed convolution's weight has its inputs first.
  for (const [index, from, to] of [[0, width, upscaling[0]], [3, upscaling[0], upscaling[1]]] as const) {
    set(`${decoder}.output_upscaling.${index}.weight`, from, to, 2, 2);
    set(`${decoder}.output_upscaling.${index}.bias`, to);
  }
  affine(`${decoder}.output_upscaling.1`, upscaling[0]);
  for (const [name, out] of [...Array.from({ length: masks }, (_, i) => [`output_hypernetworks_mlps.${i}`, upscaling[1]] as const), ['iou_prediction_head', masks] as const]) {
    affine(`${decoder}.${name}.layers.0`, width, width);
    affine(`${decoder}.${name}.layers.1`, width, width);
    affine(`${decoder}.${name}.layers.2`, out, width);
  }
}

const invalid = (path: string, why: string): MaskwrightError => new MaskwrightError('model-invalid', `"${basename(path)}" cannot be imported: ${why}.`, path);
