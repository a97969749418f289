import type { Family } from './families.ts';
import { readOfficial } from './official.ts';
import { PairReader, inputs } from './signature.ts';

const FEATURES = 'hq_features';

/** HQ-SAM as its checkpoints are imported (models/import/sam-hq.ts): the official export with finer features of the image beside its embedding. */
export const hqSam: Family = {
  name: 'HQ-SAM',
  recognises: ({ decoder }) => inputs(decoder).some(({ name }) => name === FEATURES),
  read: (pair) => readOfficial('HQ-SAM', new PairReader('an HQ-SAM export', pair), pair, [FEATURES]),
};
