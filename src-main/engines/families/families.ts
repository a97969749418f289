import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { SamGraph } from '../sam-graph.ts';
import { efficientSam } from './efficient-sam.ts';
import { hqSam } from './hq-sam.ts';
import { official } from './official.ts';
import { preprocessingInside } from './preprocessing-inside.ts';
import { sam2 } from './sam2.ts';
import { describe, inputs } from './signature.ts';
import type { Signature, SignaturePair } from './signature.ts';

export interface Family {
  /** As people know it. */
  readonly name: string;
  /** Whether the graphs come nearest to this family, of those that are asked after it in FAMILIES. */
  recognises(pair: SignaturePair): boolean;
  /** Throws 'model-invalid', saying what the family expects and what is there. */
  read(pair: SignaturePair): SamGraph;
}

/** Those with marks of their own first: the official export's encoder has names of any kind. */
const FAMILIES: readonly Family[] = [efficientSam, sam2, hqSam, preprocessingInside, official];

/** How a model is used. Throws 'model-invalid' for graphs of no family here, in words. */
export function recognise(pair: SignaturePair): SamGraph {
  if (isSam3(pair.encoder) || isSam3(pair.decoder)) throw textPrompts();
  const family = FAMILIES.find((candidate) => candidate.recognises(pair)) ?? official;
  return family.read(pair);
}

const PROMPT = /^(batched_)?point_(coords|labels)$/;
const MADE_BY_ENCODERS = /embed|feat/;
const SIDES_OF_A_PICTURE = [3, 4];

/** Which half of a model a graph is. Throws 'model-invalid' for a graph that is neither; `name` is the file's. */
export function roleOf(signature: Signature, name: string): 'encoder' | 'decoder' {
  if (isSam3(signature)) throw textPrompts();
  const taken = inputs(signature);
  const prompts = taken.some((input) => PROMPT.test(input.name));
  const picture = taken.find((input) => SIDES_OF_A_PICTURE.includes(input.shape.length) && (input.shape.at(-3) === 3 || input.shape.at(-1) === 3) && !MADE_BY_ENCODERS.test(input.name));
  if (prompts && picture !== undefined) {
    throw new MaskwrightError('model-invalid', `"${name}" takes the picture and the prompt in one graph, so that each click would cost as much as a picture. Choose the same model exported as an encoder and a decoder.`, name);
  }
  if (prompts) return 'decoder';
  if (picture !== undefined && taken.length === 1) return 'encoder';
  throw new MaskwrightError('model-invalid', `"${name}" is no part of a Segment Anything model: an encoder takes one picture, a decoder takes point_coords and point_labels. This graph ${describe(signature)}.`, name);
}

/** SAM 3 as osam exports it: bytes 0–255 of 1,008 pixels a side, tokens of a text, and a decoder that takes what the text was made into. */
function isSam3(signature: Signature): boolean {
  return inputs(signature).some(({ name, type, shape }) => name === 'tokens' || name.startsWith('language_') || (type === 'uint8' && shape.at(-1) === 1008));
}

const textPrompts = (): MaskwrightError => new MaskwrightError('model-invalid', 'This is SAM 3, which is asked in words: text prompts are not supported yet. Choose a SAM, SAM 2, MobileSAM or EfficientSAM model.');
