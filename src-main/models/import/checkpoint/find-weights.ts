import { isTensor } from './pickle.ts';
import type { PickleValue, TorchTensor } from './pickle.ts';
import { officialNames } from './transformers-names.ts';
import { refusedFamily } from './refused-families.ts';
import { invalid } from './tensors.ts';

/** In every checkpoint of Segment Anything, so that it shows where the weights lie and what was put before their names (`module.`, `sam.` and the like). */
const LANDMARK = 'mask_decoder.iou_token.weight';
/** What the names of a model's tensors begin with, in the official code and in Transformers. */
const PARTS = new Set(['image_encoder', 'prompt_encoder', 'mask_decoder', 'pixel_mean', 'pixel_std', 'vision_encoder', 'shared_image_embedding']);
/** Dictionaries in one another; more is damage or means harm. */
const DEEPEST = 16;
/** Characters of a tensor's name with what leads to it: a long key above many tensors would be repeated for each of them. */
const LONGEST_NAME = 4096;
/** Tensors that a message names at most. */
const SHOWN = 4;

/** A tensor, the dictionary that holds it, and the path to it, joined by dots. */
interface Found {
  readonly name: string;
  readonly tensor: TorchTensor;
  readonly dictionary: PickleValue;
  /** Its name in that dictionary. */
  readonly own: string;
}

/** Weights of one model in a file. */
interface WeightsSet {
  /** What leads to them: "model", "ema.module"; TOP for those at the top. */
  readonly name: string;
  readonly prefix: string;
  readonly landmark: Found;
}

const TOP = 'top level';

/**
 * Segment Anything's weights, wherever in the file they lie, by their official names. Beside them are the tensors of the
 * same dictionary, which may be needed to compute what the model computes. Throws 'model-invalid' when there are none,
 * saying what the file holds instead where that is known; and when there are several sets and `chosen` names none of them.
 */
export function findWeights(root: PickleValue, path: string, chosen: string | null): Map<string, TorchTensor> {
  const found = tensorsIn(root, path);
  const sets = setsIn(found, path);
  const names = sets.map(({ name }) => `"${name}"`).join(', ');
  const set = chosen === null ? sets[0] : sets.find(({ name }) => name === chosen);
  if (set === undefined) throw invalid(path, `it holds no weights "${chosen}", but ${names}`, 'Choose one of these');
  if (chosen === null && sets.length > 1) throw invalid(path, `it holds several sets of weights: ${names}`, 'Choose one of them: in the import dialog, or with --weights');
  return named(found, set, sets);
}

/** The sets to choose from. Throws 'model-invalid' when there are none. */
export const findSets = (root: PickleValue, path: string): readonly WeightsSet[] => setsIn(tensorsIn(root, path), path);

function setsIn(found: readonly Found[], path: string): WeightsSet[] {
  const sets = found.filter(({ name }) => name === LANDMARK || name.endsWith(`.${LANDMARK}`)).map((landmark) => {
    const prefix = landmark.name.slice(0, -LANDMARK.length);
    return { name: prefix === '' ? TOP : prefix.slice(0, -1), prefix, landmark };
  });
  // Other models have this tensor, too.
  const family = refusedFamily(found.map(({ name }) => name), path);
  if (family !== null) throw invalid(path, `it is ${family.name}`, family.whatToDo);
  if (sets.length > 0) return sets;
  if (found.length === 0) throw invalid(path, 'no tensors were found in it');
  const some = found.slice(0, SHOWN).map(({ name }) => name.slice(0, 80)).join(', ');
  throw invalid(path, `it holds no Segment Anything model: none of its ${found.length} tensors is called "${LANDMARK}". There are ${some}${found.length > SHOWN ? ', …' : ''}`, 'Choose a checkpoint of Segment Anything, MobileSAM or HQ-SAM');
}

/** A set's tensors without the path to them, and the rest of its dictionary that belongs to no other set. */
function named(found: readonly Found[], set: WeightsSet, sets: readonly WeightsSet[]): Map<string, TorchTensor> {
  // A set inside another one goes first: "sam." would take what "sam.ema." leads to.
  const inner = sets.toSorted((a, b) => b.prefix.length - a.prefix.length);
  const ownerOf = (name: string): WeightsSet | undefined => inner.find(({ prefix }) => name.startsWith(prefix) && PARTS.has(name.slice(prefix.length).split('.', 1)[0] ?? ''));
  const tensors = new Map<string, TorchTensor>();
  for (const { name, own, tensor, dictionary } of found) {
    const owner = ownerOf(name);
    if (owner === set || (owner === undefined && dictionary === set.landmark.dictionary)) tensors.set(name.startsWith(set.prefix) ? name.slice(set.prefix.length) : own, tensor);
  }
  const official = officialNames([...tensors.keys()]);
  return new Map([...tensors].map(([name, tensor]) => [official.get(name) ?? name, tensor]));
}

/** All tensors in dictionaries and lists, each dictionary once however many lead to it. Throws 'model-invalid' for an impossibly long name. */
function tensorsIn(root: PickleValue, path: string): Found[] {
  const found: Found[] = [];
  const seen = new Set<PickleValue>();
  const look = (value: PickleValue, above: string, depth: number): void => {
    if (seen.has(value) || depth > DEEPEST || !(value instanceof Map || Array.isArray(value))) return;
    seen.add(value);
    for (const [key, inner] of value.entries()) {
      if (typeof key !== 'string' && typeof key !== 'number') continue;
      const name = `${above}${key}`;
      if (name.length > LONGEST_NAME && isTensor(inner)) throw invalid(path, `the name of a tensor in it has ${name.length.toLocaleString('en')} characters`);
      if (isTensor(inner)) found.push({ name, tensor: inner, dictionary: value, own: String(key) });
      else look(inner, `${name}.`, depth + 1);
    }
  };
  look(root, '', 0);
  return found;
}
