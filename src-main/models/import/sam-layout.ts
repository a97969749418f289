import { basename } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { hqShapes, isHq } from './sam-hq.ts';
import { HQ_STAGE, isTinyVit, isUnusedByTinyVit, tinyVitLayout, tinyVitShapes } from './tiny-vit-layout.ts';
import type { TinyVitLayout } from './tiny-vit-layout.ts';

/** The official image encoder's sizes, read off its tensors' shapes. */
export interface VitLayout {
  readonly kind: 'vit';
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

/** What can differ between checkpoints of the family. */
export type SamLayout = VitLayout | TinyVitLayout;

/** The decoder's sizes, the same in every official checkpoint (segment_anything/build_sam.py, _build_sam). */
export const DECODER = { width: 256, hidden: 2048, crossWidth: 128, heads: 8, depth: 2, masks: 4, maskChannels: [4, 16], upscaling: [64, 32] } as const;

type Shapes = Map<string, readonly number[]>;
export type SetShape = (name: string, ...shape: number[]) => unknown;

/** One sentence for each kind of problem. */
const MOST_NAMED = 3;
const LARGEST_FRAME = 4096;

/** Kept by some training code beside the weights; see checkPixelBuffers. */
export const PIXEL_BUFFERS = ['pixel_mean', 'pixel_std'] as const;

export interface ReadLayout {
  readonly layout: SamLayout;
  /** Tensors that are there but on which nothing depends that is computed. */
  readonly unused: readonly string[];
}

/**
 * Reads a checkpoint's sizes and compares every tensor with what they demand. Throws 'model-invalid' naming what is
 * missing, left over or of another shape: a graph made from less would compute something else than the model.
 */
export function readLayout({ path, shapes }: Pick<Checkpoint, 'path' | 'shapes'>): ReadLayout {
  const layout = isTinyVit(shapes) ? tinyVitLayout(shapes) : vitLayout(shapes);
  const expected = expectedShapes(layout, isHq(shapes));
  const surplus = [...shapes.keys()].filter((name) => !expected.has(name));
  const isUnused = (name: string): boolean => PIXEL_BUFFERS.some((buffer) => buffer === name) || (layout.kind === 'tiny-vit' && isUnusedByTinyVit(name));
  const problems = [
    ['missing', [...expected.keys()].filter((name) => !shapes.has(name))],
    ['not part of Segment Anything', surplus.filter((name) => !isUnused(name))],
    ['of another shape', [...expected].flatMap(([name, shape]) => {
      const found = shapes.get(name);
      return found === undefined || found.join() === shape.join() ? [] : [`${name} (${found.join(' × ')} instead of ${shape.join(' × ')})`];
    })],
  ] as const;
  const said = problems.filter(([, names]) => names.length > 0).map(([what, names]) => `${what}: ${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''}`);
  const impossible = said.length > 0 ? null : impossibleSize(layout);
  if (impossible !== null) said.push(impossible);
  if (said.length > 0) throw invalid(path, `its tensors are not those of a Segment Anything model with a ${layout.kind === 'vit' ? 'ViT' : 'TinyViT'} — ${said.join('; ')}. Choose another checkpoint`);
  return { layout, unused: surplus };
}

function impossibleSize(layout: SamLayout): string | null {
  if (layout.kind === 'tiny-vit') return layout.stages.every(({ width, heads, window, hidden }) => width * window * hidden > 0 && Number.isInteger(width / heads)) ? null : 'its widths cannot be divided among its attention heads';
  const { patch, grid, width, hidden } = layout;
  return patch * grid <= LARGEST_FRAME && patch * grid * width * hidden > 0 ? null : `a frame of ${patch * grid} pixels is impossible`;
}

/** Sizes by the shapes of the tensors that show them; 0 where one is missing, which the comparison then tells. */
function vitLayout(shapes: Checkpoint['shapes']): VitLayout {
  const side = (name: string, axis: number): number => shapes.get(`image_encoder.${name}`)?.[axis] ?? 0;
  const windows: number[] = [];
  for (let i = 0; shapes.has(`image_encoder.blocks.${i}.norm1.weight`); i++) windows.push((side(`blocks.${i}.attn.rel_pos_h`, 0) + 1) / 2);
  const width = side('pos_embed', 3);
  const headWidth = side('blocks.0.attn.rel_pos_h', 1);
  return { kind: 'vit', width, heads: headWidth === 0 ? 0 : Math.floor(width / headWidth), hidden: side('blocks.0.mlp.lin1.weight', 0), patch: side('patch_embed.proj.weight', 2), grid: side('pos_embed', 1), windows };
}

function expectedShapes(layout: SamLayout, hq: boolean): Shapes {
  const shapes: Shapes = new Map();
  const set: SetShape = (name, ...shape) => shapes.set(name, shape);
  const affine: SetShape = (name, out = 0, ...rest) => {
    set(`${name}.weight`, out, ...rest);
    set(`${name}.bias`, out);
  };
  if (layout.kind === 'vit') vitShapes(layout, set, affine);
  else tinyVitShapes(layout, set);
  set('image_encoder.neck.0.weight', DECODER.width, layout.kind === 'vit' ? layout.width : (layout.stages.at(-1)?.width ?? 0), 1, 1);
  affine('image_encoder.neck.1', DECODER.width);
  set('image_encoder.neck.2.weight', DECODER.width, DECODER.width, 3, 3);
  affine('image_encoder.neck.3', DECODER.width);
  promptShapes(set, affine);
  decoderShapes(set, affine);
  if (hq) hqShapes(DECODER.width, layout.kind === 'vit' ? layout.width : (layout.stages[HQ_STAGE]?.width ?? 0), set, affine);
  return shapes;
}

function vitShapes({ width, heads, hidden, patch, grid, windows }: VitLayout, set: SetShape, affine: SetShape): void {
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
}

function promptShapes(set: SetShape, affine: SetShape): void {
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

function decoderShapes(set: SetShape, affine: SetShape): void {
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
