import { Tensor } from 'onnxruntime-node';
import { normalisedPlanes, SAM_NORMALISATION } from '../sam-planes.ts';
import type { Family } from './families.ts';
import { officialDecoder } from './official-decoder.ts';
import { PairReader } from './signature.ts';

/** The official export and its int8 versions: the encoder takes [1, 3, S, S], normalised and zero-padded, under any name. */
export const official: Family = {
  name: 'SAM',
  recognises: () => true,
  read: (pair) => {
    const reader = new PairReader('an official Segment Anything export', pair);
    const picture = reader.picture();
    const frame = reader.frameSide(picture);
    return {
      ...officialDecoder(reader, pair),
      family: 'SAM',
      frame,
      fit: 'pad',
      preprocessing: 'sam-1',
      encoderFeeds: (input) => ({ [picture.name]: new Tensor('float32', normalisedPlanes(input, frame, SAM_NORMALISATION), [1, 3, frame, frame]) }),
    };
  },
};
