import type { Checkpoint } from './checkpoint/checkpoint.ts';

type Weights = Pick<Checkpoint, 'shapes' | 'read'>;

/** What follows a norm of the encoder's blocks: that of ViT, then that of TinyViT. */
const FOLLOWS = [[/\.norm1$/, '.attn.qkv'], [/\.norm2$/, '.mlp.lin1'], [/\.attn\.norm$/, '.attn.qkv'], [/\.mlp\.norm$/, '.mlp.fc1']] as const;
const BLOCKS = /^image_encoder\..*\bblocks\.\d+\./;
const WEIGHT = '.weight';
/** A norm's numbers before its weight lie mostly within so many deviations. */
const REACH = 3;

/**
 * The same network with the far too large channels of its norms made smaller, and what follows them larger: the numbers
 * that a product of integers takes share one range, in which a channel thirty times as large as the rest leaves these
 * five bits less. Dividing a channel of the norm and multiplying the weights that it meets changes nothing in floats
 * (SmoothQuant, Xiao et al. 2023, which measures the channels on pictures; here the norm's own numbers tell them). No
 * channel becomes larger, and no column of weights larger than half of them are, so nothing is lost elsewhere.
 */
export function evenChannels({ shapes, read }: Weights): Weights {
  const made = new Map<string, Promise<Float32Array>>();
  const factorsOf = (norm: string, product: string): Promise<Float32Array> => {
    const known = made.get(norm) ?? factors(read, norm, product);
    made.set(norm, known);
    return known;
  };
  const changes = new Map<string, () => Promise<Float32Array>>();
  for (const name of shapes.keys()) {
    const norm = name.slice(0, -WEIGHT.length);
    const product = name.endsWith(WEIGHT) && BLOCKS.test(name) ? follower(norm) : null;
    if (product === null || !shapes.has(`${product}${WEIGHT}`)) continue;
    for (const part of [name, `${norm}.bias`]) changes.set(part, async () => divided(await read(part), await factorsOf(norm, product)));
    changes.set(`${product}${WEIGHT}`, async () => multiplied(await read(`${product}${WEIGHT}`), await factorsOf(norm, product)));
  }
  return { shapes, read: (name) => changes.get(name)?.() ?? read(name) };
}

function follower(norm: string): string | null {
  const found = FOLLOWS.find(([end]) => end.test(norm));
  return found === undefined ? null : norm.replace(found[0], found[1]);
}

/** By how much each channel is made smaller: 1 for most. */
async function factors(read: Weights['read'], norm: string, product: string): Promise<Float32Array> {
  const [scale, shift, weight] = [await read(`${norm}${WEIGHT}`), await read(`${norm}.bias`), await read(`${product}${WEIGHT}`)];
  const largest = scale.map((value, c) => REACH * Math.abs(value) + Math.abs(shift[c] ?? 0));
  const columns = new Float32Array(scale.length);
  for (const [at, value] of weight.entries()) {
    const c = at % columns.length;
    columns[c] = Math.max(columns[c] ?? 0, Math.abs(value));
  }
  const [usual, usualColumn] = [median(largest), median(columns)];
  return largest.map((value, c) => (usual > 0 ? Math.max(1, Math.min(value / usual, usualColumn / (columns[c] ?? 0))) : 1)).map((factor) => (Number.isFinite(factor) ? factor : 1));
}

const divided = (values: Float32Array, by: Float32Array): Float32Array => values.map((value, c) => value / (by[c] ?? 1));
/** Rows of torch's [outputs, inputs]. */
const multiplied = (values: Float32Array, by: Float32Array): Float32Array => values.map((value, at) => value * (by[at % by.length] ?? 1));

const median = (values: Float32Array): number => values.toSorted()[Math.floor(values.length / 2)] ?? 0;
