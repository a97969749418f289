import { Tensor } from 'onnxruntime-node';
import type { Feeds } from '../sam-graph.ts';
import { normalisedPlanes, UNIT_NORMALISATION } from '../sam-planes.ts';
import type { Family } from './families.ts';
import { NUMBERS, PairReader, embeddingFeeds, inputs, outputs, tensorOf } from './signature.ts';

const MARKS = new Set(['batched_images', 'batched_point_coords', 'batched_point_labels']);
/** Points that its prompt encoder looks at; a box is two. What comes after is dropped inside. */
const MOST_POINTS = 6;
/** The decoder upsamples the embedding twice by two. */
const UPSAMPLING = 4;

/**
 * EfficientSAM (onnx_models.py of yformer/EfficientSAM): the encoder takes [1, 3, height, width] of any size, 0–1, and
 * stretches it to its own 1,024 pixels and normalises it inside; it is given pictures of that size, so that its memory
 * does not follow theirs. Points are in the pixels of orig_im_size (int64), to which the masks are scaled too; that is said
 * to be the low-resolution side, so that the masks come as they are. It knows no background points and pads inside.
 */
export const efficientSam: Family = {
  name: 'EfficientSAM',
  recognises: ({ encoder, decoder }) => [...inputs(encoder), ...inputs(decoder)].some(({ name }) => MARKS.has(name)),
  read: (pair) => {
    const reader = new PairReader('an EfficientSAM export', pair);
    const picture = reader.picture();
    const frame = reader.frameSide(picture);
    const named = reader.decoderInputs(['image_embeddings', 'batched_point_coords', 'batched_point_labels', 'orig_im_size'], []);
    const input = (name: string) => named.get(name) ?? reader.invalid(`the decoder has no input "${name}"`);
    reader.typed(input('batched_point_coords'), ['float32']);
    for (const name of ['batched_point_labels', 'orig_im_size']) reader.typed(input(name), NUMBERS);
    const made = outputs(pair.encoder)[0] ?? reader.invalid('the encoder has no output');
    const part = reader.embedding(made.name, input('image_embeddings'));
    const lowRes = (part.shape[2] ?? 0) * UPSAMPLING;
    const { shape } = input('batched_point_coords');
    if (shape.length !== 4) reader.invalid(`"batched_point_coords" has ${shape.length} dimensions, not 4`);
    /** Of exports with a fixed number of points. */
    const rows = shape[2] ?? null;
    const most = Math.min(MOST_POINTS, rows ?? MOST_POINTS);
    return {
      family: 'EfficientSAM',
      frame,
      lowRes,
      fit: 'stretch',
      preprocessing: 'unit-stretched-1',
      embeddings: [part],
      steadySingle: false,
      limits: { backgroundPoints: false, box: most >= 2, maskInput: false, maxPoints: most },
      decoderOutputs: { masks: reader.decoderOutput('output_masks', 'masks'), ious: reader.decoderOutput('iou_predictions') },
      encoderFeeds: (shown) => ({ [picture.name]: new Tensor('float32', normalisedPlanes(shown, frame, UNIT_NORMALISATION), [1, 3, frame, frame]) }),
      decoderFeeds: ({ embedding, coords, labels }): Feeds => {
        const count = rows ?? Math.max(1, labels.length);
        return {
          ...embeddingFeeds(['image_embeddings'], [part], embedding),
          batched_point_coords: tensorOf(input('batched_point_coords'), padded(coords.map((c) => (c * lowRes) / frame), count * 2), [1, 1, count, 2]),
          batched_point_labels: tensorOf(input('batched_point_labels'), padded(labels, count), [1, 1, count]),
          orig_im_size: tensorOf(input('orig_im_size'), [lowRes, lowRes], [2]),
        };
      },
    };
  },
};

/** Both coordinates and labels of points that are none are −1, as the graph pads inside. */
function padded(values: Float32Array, length: number): Float32Array {
  const all = new Float32Array(length).fill(-1);
  all.set(values);
  return all;
}
