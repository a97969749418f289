import type { Precision } from '../../../src-shared/contract/models.ts';
import { halfWeights } from './half-weights.ts';
import type { OnnxGraph } from './onnx-writer.ts';
import { quantiseGraph } from './quantise-graph.ts';

export interface SamGraphs {
  readonly encoder: OnnxGraph;
  readonly decoder: OnnxGraph;
}

/**
 * The neck takes what the blocks have added up, which no norm has brought to one scale, in a hundredth of the encoder's
 * time; rounded, it would lose as much as all of a kind of products in the blocks (measured: docs/models.md). The same
 * holds for what HQ-SAM's encoder computes of the decoder's weights.
 */
const staysExact = (weight: string): boolean => weight.includes('.neck.') || weight.startsWith('mask_decoder.');

/**
 * The graphs with their weights stored at a precision. int8: the encoder's products by weights become products of
 * integers; what is left of it, and the decoder, which is small and runs at every click, are stored as halves.
 * Throws as halfWeights.
 */
export async function atPrecision({ encoder, decoder }: SamGraphs, precision: Precision, signal: AbortSignal): Promise<SamGraphs> {
  if (precision === 'fp32') return { encoder, decoder };
  return { encoder: await halfWeights(precision === 'int8' ? quantiseGraph(encoder, staysExact) : encoder, signal), decoder: await halfWeights(decoder, signal) };
}
