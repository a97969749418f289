import { MODEL_EXTENSIONS } from '../../src-shared/contract/models.ts';

/** Which files make a model: one checkpoint, or the two graphs of an ONNX export. */

export const isModelFile = (name: string): boolean => MODEL_EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension));
const isGraph = (path: string): boolean => path.toLowerCase().endsWith('.onnx');

/** The files chosen after one more was clicked: a graph joins another, a checkpoint stands alone; clicked again it is left out. */
export function toggleModelFile(chosen: readonly string[], path: string): readonly string[] {
  if (chosen.includes(path)) return chosen.filter((p) => p !== path);
  const others = chosen.filter(isGraph);
  return isGraph(path) ? [...others.slice(-1), path] : [path];
}

/** The same where the files beside it are known: the first graph brings the other along that belongs to it. */
export function chooseModelFile(chosen: readonly string[], path: string, beside: readonly string[]): readonly string[] {
  const other = chosen.some(isGraph) ? null : otherGraph(path, beside);
  return other === null ? toggleModelFile(chosen, path) : [path, other];
}

/** A graph's name without what tells encoder and decoder of an export apart. */
const nameOfPair = (path: string): string => path.toLowerCase().replaceAll(/encoder|decoder|preprocess|[^\p{L}\p{N}]/gu, '');

/** The graph that alone is named like this one, else the only other; null for a checkpoint, or when that can not be told. */
function otherGraph(path: string, beside: readonly string[]): string | null {
  const graphs = isGraph(path) ? beside.filter((p) => p !== path && isGraph(p)) : [];
  const alike = graphs.filter((p) => nameOfPair(p) === nameOfPair(path));
  const [other, ...more] = alike.length > 0 ? alike : graphs;
  return other === undefined || more.length > 0 ? null : other;
}

export type ModelFiles = 'none' | 'checkpoint' | 'graphs' | 'half' | 'mixed';

/** What these files are together: `half` lacks the other graph, `mixed` can be no one model. */
export function modelFiles(paths: readonly string[]): ModelFiles {
  if (paths.length === 0) return 'none';
  const graphs = paths.filter(isGraph).length;
  if (graphs === 0) return paths.length === 1 ? 'checkpoint' : 'mixed';
  if (graphs < paths.length || graphs > 2) return 'mixed';
  return graphs === 2 ? 'graphs' : 'half';
}
