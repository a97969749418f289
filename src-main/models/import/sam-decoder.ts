import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { OnnxGraph } from './onnx-writer.ts';
import { HQ_FEATURES, HQ_TOKEN, hqMask, isHq } from './sam-hq.ts';
import { DECODER } from './sam-layout.ts';
import type { SamLayout } from './sam-layout.ts';
import { EPSILON_2D, toPlanes, upscaled } from './sam-upscaling.ts';

type Weights = Pick<Checkpoint, 'shapes' | 'read'>;

const { width: WIDTH, heads: HEADS, masks: MASKS } = DECODER;
/** torch's default, in the transformer. */
const EPSILON = 1e-5;
const PROMPT = 'prompt_encoder';
const TRANSFORMER = 'mask_decoder.transformer';
const GAUSSIAN = `${PROMPT}.pe_layer.positional_encoding_gaussian_matrix`;
/** Side of the low-resolution masks over that of the embedding. */
const MASK_SCALE = 4;

/**
 * Prompt encoder and mask decoder in one graph, with the names of the official export (segment_anything/utils/onnx.py)
 * but for the full-size masks: `image_embeddings` [1, 256, grid, grid], `point_coords` [B, N, 2] in frame pixels,
 * `point_labels` [B, N] from −1 to 3, `mask_input` [B or 1, 1, 4·grid, 4·grid], `has_mask_input` [1] (0 or 1) →
 * `iou_predictions` [B, 4], `low_res_masks` [B, 4, 4·grid, 4·grid]. HQ-SAM's takes `hq_features` of the encoder as well. Sources: segment_anything/modeling/
 * prompt_encoder.py, transformer.py, mask_decoder.py. Tokens lie in rows throughout, [B, tokens, channels].
 */
export function samDecoder(weights: Weights, { grid, patch }: SamLayout): OnnxGraph {
  const g = new GraphBuilder(weights);
  const side = MASK_SCALE * grid;
  const points = pointTokens(g, weights, grid * patch);
  const queries = g.concat([outputTokens(g, weights), points], 1);
  const dense = g.add('image_embeddings', maskEmbedding(g, weights));
  const keys = g.transpose(g.reshape(dense, [0, WIDTH, grid * grid]), [0, 2, 1]);
  const decoded = transformer(g, queries, keys, g.derived('image positions', [1, grid * grid, WIDTH], () => imagePositions(weights, grid)));

  const hq = isHq(weights.shapes);
  const own = 1 + MASKS + (hq ? 1 : 0);
  const [iouToken = '', ...tokens] = g.split(g.node('Slice', [decoded.queries, g.ints([0]), g.ints([own]), g.ints([1])]), 1, Array.from({ length: own }, () => 1));
  const maskTokens = tokens.slice(0, MASKS);
  g.node('Reshape', [perceptron(g, iouToken, 'mask_decoder.iou_prediction_head'), g.ints([-1, MASKS])], {}, 'iou_predictions');
  const kernels = g.concat(maskTokens.map((token, i) => perceptron(g, token, `mask_decoder.output_hypernetworks_mlps.${i}`)), 1);
  upscaledMasks(g, weights, decoded.keys, kernels, tokens[MASKS], grid);
  return g.graph(
    'Segment Anything mask decoder',
    { image_embeddings: [1, WIDTH, grid, grid], point_coords: ['batch', 'points', 2], point_labels: ['batch', 'points'], mask_input: ['masks', 1, side, side], has_mask_input: [1], ...(hq ? { [HQ_FEATURES]: [1, 32, side, side] } : {}) },
    { iou_predictions: ['batch', MASKS], low_res_masks: ['batch', MASKS, side, side] },
  );
}

/** PromptEncoder._embed_points: the position, none for padding, plus what is learned for the label. */
function pointTokens(g: GraphBuilder, weights: Weights, frame: number): string {
  // 2π (2 (p + ½) / frame − 1) G, as PositionEmbeddingRandom has it.
  const unit = g.multiply(g.add('point_coords', g.floats([0.5])), g.floats([1 / frame]));
  const centred = g.add(g.multiply(unit, g.floats([2])), g.floats([-1]));
  const angles = g.multiply(g.matMul(centred, g.tensor(GAUSSIAN)), g.floats([2 * Math.PI]));
  const position = g.concat([g.node('Sin', [angles]), g.node('Cos', [angles])], 2);

  const index = g.node('Cast', [g.add('point_labels', g.floats([1]))], { to: 7 });
  const learned = g.node('Gather', [stacked(g, weights, 'point labels', ['not_a_point_embed', 'point_embeddings.0', 'point_embeddings.1', 'point_embeddings.2', 'point_embeddings.3'].map((name) => `${PROMPT}.${name}.weight`)), index]);
  const isPoint = g.node('Unsqueeze', [g.node('Gather', [g.floats([0, 1, 1, 1, 1]), index]), g.ints([2])]);
  return g.add(g.multiply(position, isPoint), learned);
}

/** The tokens that become predicted IoU and masks, [B, 5, 256]; with HQ-SAM one more. */
function outputTokens(g: GraphBuilder, weights: Weights): string {
  const tokens = stacked(g, weights, 'output tokens', ['mask_decoder.iou_token.weight', 'mask_decoder.mask_tokens.weight', ...(isHq(weights.shapes) ? [HQ_TOKEN] : [])]);
  const batch = g.node('Slice', [g.node('Shape', ['point_labels']), g.ints([0]), g.ints([1])]);
  return g.node('Expand', [tokens, g.concat([batch, g.ints([1, 1])], 0)]);
}

/** Rows of several tensors of the checkpoint under one another. */
function stacked(g: GraphBuilder, weights: Weights, name: string, tensors: readonly string[]): string {
  const rows = tensors.reduce((sum, tensor) => sum + (weights.shapes.get(tensor)?.[0] ?? 0), 0);
  return g.derived(name, [rows, WIDTH], async () => {
    const values = await Promise.all(tensors.map((tensor) => weights.read(tensor)));
    return Float32Array.from(values.flatMap((part) => [...part]));
  });
}

/** PromptEncoder._embed_masks, or what is learned for no mask: [B or 1, 256, grid, grid]. */
function maskEmbedding(g: GraphBuilder, weights: Weights): string {
  const root = `${PROMPT}.mask_downscaling`;
  const halve = (x: string, index: number): string => {
    const smaller = g.node('Conv', [x, g.tensor(`${root}.${index}.weight`), g.tensor(`${root}.${index}.bias`)], { kernel_shape: [2, 2], strides: [2, 2] });
    return g.gelu(g.transpose(g.layerNorm(g.transpose(smaller, [0, 2, 3, 1]), `${root}.${index + 1}`, EPSILON_2D), [0, 3, 1, 2]));
  };
  const mask = g.node('Conv', [halve(halve('mask_input', 0), 3), g.tensor(`${root}.6.weight`), g.tensor(`${root}.6.bias`)], { kernel_shape: [1, 1] });
  const none = g.derived(`${PROMPT}.no_mask_embed.weight`, [1, WIDTH, 1, 1], () => weights.read(`${PROMPT}.no_mask_embed.weight`));
  const absent = g.node('Sub', [g.floats([1]), 'has_mask_input']);
  return g.add(g.multiply(mask, 'has_mask_input'), g.multiply(none, absent));
}

/** PositionEmbeddingRandom.forward: of the centres of the embedding's cells, [grid², 256]. */
async function imagePositions(weights: Weights, grid: number): Promise<Float32Array> {
  const gaussian = await weights.read(GAUSSIAN);
  const half = WIDTH / 2;
  const out = new Float32Array(grid * grid * WIDTH);
  for (let at = 0; at < grid * grid; at++) {
    const x = 2 * (((at % grid) + 0.5) / grid) - 1;
    const y = 2 * ((Math.floor(at / grid) + 0.5) / grid) - 1;
    for (let c = 0; c < half; c++) {
      const angle = 2 * Math.PI * (x * (gaussian[c] ?? 0) + y * (gaussian[half + c] ?? 0));
      out[at * WIDTH + c] = Math.sin(angle);
      out[at * WIDTH + half + c] = Math.cos(angle);
    }
  }
  return out;
}

/** TwoWayTransformer. Keys keep a batch of 1 while nothing of the prompt has come into them. */
function transformer(g: GraphBuilder, points: string, image: string, imagePositions: string): { queries: string; keys: string } {
  let queries = points;
  let keys = image;
  const placed = (q: string): string => g.add(q, points);
  for (let i = 0; i < DECODER.depth; i++) {
    const layer = `${TRANSFORMER}.layers.${i}`;
    const norm = (x: string, n: number): string => g.layerNorm(x, `${layer}.norm${n}`, EPSILON);
    // The first layer's self attention replaces the queries and adds no positions.
    queries = norm(i === 0 ? crossAttention(g, `${layer}.self_attn`, queries, queries, queries) : g.add(queries, crossAttention(g, `${layer}.self_attn`, placed(queries), placed(queries), queries)), 1);
    const placedKeys = g.add(keys, imagePositions);
    queries = norm(g.add(queries, crossAttention(g, `${layer}.cross_attn_token_to_image`, placed(queries), placedKeys, keys)), 2);
    const hidden = g.node('Relu', [g.linear(queries, `${layer}.mlp.lin1`)]);
    queries = norm(g.add(queries, g.linear(hidden, `${layer}.mlp.lin2`)), 3);
    keys = norm(g.add(keys, crossAttention(g, `${layer}.cross_attn_image_to_token`, placedKeys, placed(queries), queries)), 4);
  }
  const attended = crossAttention(g, `${TRANSFORMER}.final_attn_token_to_image`, placed(queries), g.add(keys, imagePositions), keys);
  return { queries: g.layerNorm(g.add(queries, attended), `${TRANSFORMER}.norm_final_attn`, EPSILON), keys };
}

/** Attention of the transformer, which may work at less than full width inside. */
function crossAttention(g: GraphBuilder, name: string, q: string, k: string, v: string): string {
  const inner = name.endsWith('self_attn') ? WIDTH : DECODER.crossWidth;
  const headWidth = inner / HEADS;
  const heads = (x: string, part: string, perm: readonly number[]): string => g.transpose(g.reshape(g.linear(x, `${name}.${part}`), [0, 0, HEADS, headWidth]), perm);
  const scaled = g.multiply(heads(q, 'q_proj', [0, 2, 1, 3]), g.floats([1 / Math.sqrt(headWidth)]));
  const scores = g.node('Softmax', [g.matMul(scaled, heads(k, 'k_proj', [0, 2, 3, 1]))], { axis: -1 });
  const joined = g.transpose(g.matMul(scores, heads(v, 'v_proj', [0, 2, 1, 3])), [0, 2, 1, 3]);
  return g.linear(g.reshape(joined, [0, 0, inner]), `${name}.out_proj`);
}

/** MLP of mask_decoder.py: ReLU between, nothing at the end. */
function perceptron(g: GraphBuilder, x: string, name: string): string {
  const relu = (y: string, layer: number): string => g.node('Relu', [g.linear(y, `${name}.layers.${layer}`)]);
  return g.linear(relu(relu(x, 0), 1), `${name}.layers.2`);
}

/** MaskDecoder.output_upscaling and its product with the hypernetworks' kernels [B, 4, 32]; with HQ-SAM the extra token's mask is added to each. */
function upscaledMasks(g: GraphBuilder, weights: Weights, keys: string, kernels: string, hqToken: string | undefined, grid: number): void {
  const pixels = g.gelu(upscaled(g, weights, keys, 'mask_decoder.output_upscaling', grid));
  const logits = g.matMul(pixels, g.transpose(kernels, [0, 2, 1]));
  if (hqToken === undefined) toPlanes(g, logits, grid, MASKS, 'low_res_masks');
  else g.node('Add', [toPlanes(g, logits, grid, MASKS), hqMask(g, pixels, perceptron(g, hqToken, 'mask_decoder.hf_mlp'), grid)], {}, 'low_res_masks');
}
