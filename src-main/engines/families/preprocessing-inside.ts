import { Tensor } from 'onnxruntime-node';
import type { Family } from './families.ts';
import { officialDecoder } from './official-decoder.ts';
import { PairReader, inputs } from './signature.ts';

/**
 * Exports that normalise and pad inside the graph (samexporter with --use-preprocess, Acly's of MobileSAM): the encoder
 * takes [height, width, 3], the bytes 0–255 as float32, the longer side already resized to the frame. The decoder is the official one.
 */
export const preprocessingInside: Family = {
  name: 'SAM',
  recognises: ({ encoder }) => inputs(encoder)[0]?.shape.length === 3,
  read: (pair) => {
    const reader = new PairReader('a Segment Anything export with its preprocessing inside', pair);
    const picture = reader.picture();
    const [height, width, channels] = picture.shape;
    if (channels !== 3) reader.invalid(`the encoder's input "${picture.name}" is not one RGB picture [height, width, 3]`);
    if (height !== null || width !== null) reader.invalid(`the encoder takes pictures of ${width ?? '?'} × ${height ?? '?'} pixels only, which would shift the masks of all others; it should leave both open`);
    return {
      ...officialDecoder(reader, pair),
      family: 'SAM',
      frame: pair.inputSize,
      fit: 'pad',
      preprocessing: 'bytes-1',
      encoderFeeds: ({ rgb, inputWidth, inputHeight }) => ({ [picture.name]: new Tensor('float32', Float32Array.from(rgb), [inputHeight, inputWidth, 3]) }),
    };
  },
};
