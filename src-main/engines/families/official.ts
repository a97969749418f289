import { Tensor } from 'onnxruntime-node';
import type { SamGraph } from '../sam-graph.ts';
import { normalisedPlanes, ownRange, SAM_NORMALISATION } from '../sam-planes.ts';
import type { Family } from './families.ts';
import { officialDecoder } from './official-decoder.ts';
import { PairReader } from './signature.ts';
import type { SignaturePair } from './signature.ts';

/** The official export and its int8 versions: the encoder takes [1, 3, S, S], normalised and zero-padded, under any name. */
export const official: Family = {
  name: 'SAM',
  recognises: () => true,
  read: (pair) => readOfficial('SAM', new PairReader('an official Segment Anything export', pair), pair),
};

/** A model with the official export's encoder and decoder. @param finer as in officialDecoder. Throws 'model-invalid'. */
export function readOfficial(family: string, reader: PairReader, pair: SignaturePair, finer: readonly string[] = []): SamGraph {
  const picture = reader.picture();
  const frame = reader.frameSide(picture);
  return {
    ...officialDecoder(reader, pair, finer),
    family,
    frame,
    ...(pair.preparation === 'medsam' ? ({ fit: 'stretch', preprocessing: 'medsam-1' } as const) : ({ fit: 'pad', preprocessing: 'sam-1' } as const)),
    encoderFeeds: (input) => ({ [picture.name]: new Tensor('float32', normalisedPlanes(input, frame, pair.preparation === 'medsam' ? ownRange(input) : SAM_NORMALISATION), [1, 3, frame, frame]) }),
  };
}
