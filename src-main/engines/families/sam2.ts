import { Tensor } from 'onnxruntime-node';
import type { Feeds } from '../sam-graph.ts';
import { normalisedPlanes, SAM_NORMALISATION } from '../sam-planes.ts';
import type { Family } from './families.ts';
import { NUMBERS, PairReader, embeddingFeeds, inputs, outputs, tensorOf } from './signature.ts';

/** Names of the embedding and of the two maps of finer features: samexporter's, and those of RectLabel's exports, which osam uses too. */
const DIALECTS = [
  ['image_embed', 'high_res_feats_0', 'high_res_feats_1'],
  ['image_embeddings', 'high_res_features1', 'high_res_features2'],
] as const;
const FINER = new Set<string>(DIALECTS.flatMap(([, ...finer]) => finer));

/** Logits fed back are cut here (SAM2ImagePredictor). */
const CLAMP = 32;

/**
 * SAM 2 and 2.1 for still images (export_sam2.py of samexporter, export_onnx.py of ryouchinsa/sam-cpp-macos). The picture
 * is stretched to the frame and normalised by ImageNet's mean and deviation; points are in the stretched frame's pixels.
 * Both exports add the padding point inside, so none is added here. Some scale their masks to orig_im_size (int64); the
 * low-resolution ones are taken.
 */
export const sam2: Family = {
  name: 'SAM 2',
  recognises: ({ encoder, decoder }) => [...outputs(encoder), ...inputs(decoder)].some(({ name }) => FINER.has(name)),
  read: (pair) => {
    const reader = new PairReader('a SAM 2 export', pair);
    const picture = reader.picture();
    const frame = reader.frameSide(picture);
    const taken = new Set(inputs(pair.decoder).map(({ name }) => name));
    const names = DIALECTS.find(([embedding]) => taken.has(embedding)) ?? DIALECTS[0];
    const named = reader.decoderInputs([...names, 'point_coords', 'point_labels', 'mask_input', 'has_mask_input'], ['orig_im_size']);
    const input = (name: string) => named.get(name) ?? reader.invalid(`the decoder has no input "${name}"`);
    for (const name of ['point_coords', 'mask_input', 'has_mask_input']) reader.typed(input(name), ['float32']);
    reader.typed(input('point_labels'), NUMBERS);
    const size = named.get('orig_im_size');
    if (size !== undefined) reader.typed(size, NUMBERS);
    const embeddings = names.map((name) => reader.embedding(name, input(name)));
    const lowRes = reader.lowRes(input('mask_input'));
    const none = new Float32Array(lowRes * lowRes);
    return {
      family: 'SAM 2',
      frame,
      lowRes,
      fit: 'stretch',
      preprocessing: 'sam-stretched-1',
      embeddings,
      steadySingle: true,
      limits: { backgroundPoints: true, box: true, maskInput: true, maxPoints: null },
      decoderOutputs: { masks: reader.decoderOutput('low_res_masks', 'masks'), ious: reader.decoderOutput('iou_predictions') },
      encoderFeeds: (shown) => ({ [picture.name]: new Tensor('float32', normalisedPlanes(shown, frame, SAM_NORMALISATION), [1, 3, frame, frame]) }),
      decoderFeeds: ({ embedding, coords, labels, mask }): Feeds => ({
        ...embeddingFeeds(names, embeddings, embedding),
        point_coords: tensorOf(input('point_coords'), coords, [1, labels.length, 2]),
        point_labels: tensorOf(input('point_labels'), labels, [1, labels.length]),
        mask_input: tensorOf(input('mask_input'), mask?.map((logit) => Math.max(-CLAMP, Math.min(CLAMP, logit))) ?? none, [1, 1, lowRes, lowRes]),
        has_mask_input: tensorOf(input('has_mask_input'), [mask === null ? 0 : 1], [1]),
        ...(size === undefined ? {} : { orig_im_size: tensorOf(size, [lowRes, lowRes], [2]) }),
      }),
    };
  },
};
