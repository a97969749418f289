import type { DecoderPrompt, Feeds, SamGraph } from '../sam-graph.ts';
import { NUMBERS, embeddingFeeds, outputs, tensorOf } from './signature.ts';
import type { PairReader, SignaturePair } from './signature.ts';

/**
 * The decoder of the official export (segment_anything/utils/onnx.py, SamOnnxModel), all masks or, exported with
 * --return-single-mask, the one that it chooses itself: image_embeddings, point_coords, point_labels, mask_input,
 * has_mask_input and, in the original, orig_im_size, which only shapes the full-size `masks` that are not used here.
 * The encoder's first output is the embedding, under any name; `finer` ones beside it are called the same in both graphs.
 * Throws 'model-invalid'.
 */
export function officialDecoder(reader: PairReader, { encoder }: SignaturePair, finer: readonly string[] = []): Omit<SamGraph, 'family' | 'frame' | 'fit' | 'preprocessing' | 'encoderFeeds'> {
  const named = reader.decoderInputs(['image_embeddings', 'point_coords', 'point_labels', 'mask_input', 'has_mask_input', ...finer], ['orig_im_size']);
  const input = (name: string) => named.get(name) ?? reader.invalid(`the decoder has no input "${name}"`);
  for (const name of ['point_coords', 'mask_input', 'has_mask_input']) reader.typed(input(name), ['float32']);
  reader.typed(input('point_labels'), NUMBERS);
  const size = named.get('orig_im_size');
  if (size !== undefined) reader.typed(size, NUMBERS);
  const decoderOutputs = { masks: reader.decoderOutput('low_res_masks'), ious: reader.decoderOutput('iou_predictions') };
  const made = outputs(encoder)[0] ?? reader.invalid('the encoder has no output');
  const embeddings = [reader.embedding(made.name, input('image_embeddings')), ...finer.map((name) => reader.embedding(name, input(name)))];
  const lowRes = reader.lowRes(input('mask_input'));
  const none = new Float32Array(lowRes * lowRes);
  return {
    lowRes,
    embeddings,
    steadySingle: false,
    limits: { backgroundPoints: true, box: true, maskInput: true, maxPoints: null },
    decoderOutputs,
    decoderFeeds: (prompt): Feeds => {
      const { coords, labels } = padded(prompt);
      return {
        ...embeddingFeeds(['image_embeddings', ...finer], embeddings, prompt.embedding),
        point_coords: tensorOf(input('point_coords'), coords, [1, labels.length, 2]),
        point_labels: tensorOf(input('point_labels'), labels, [1, labels.length]),
        mask_input: tensorOf(input('mask_input'), prompt.mask ?? none, [1, 1, lowRes, lowRes]),
        has_mask_input: tensorOf(input('has_mask_input'), [prompt.mask === null ? 0 : 1], [1]),
        ...(size === undefined ? {} : { orig_im_size: tensorOf(size, [lowRes, lowRes], [2]) }),
      };
    },
  };
}

const CORNER = 2;

/**
 * One padding point (0, 0, −1) where there are points and no box; a mask alone has no sparse tokens at all
 * (PromptEncoder.forward of facebookresearch/segment-anything).
 */
function padded({ coords, labels }: Pick<DecoderPrompt, 'coords' | 'labels'>): Pick<DecoderPrompt, 'coords' | 'labels'> {
  return labels.length === 0 || labels.includes(CORNER) ? { coords, labels } : { coords: Float32Array.of(...coords, 0, 0), labels: Float32Array.of(...labels, -1) };
}
