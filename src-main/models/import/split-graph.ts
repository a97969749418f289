import type { NodePiece, OnnxPieces } from './onnx-pieces.ts';

/** Some of a graph's nodes, in their order, with what they are given from outside and what they give. */
export interface GraphPart {
  readonly nodes: readonly NodePiece[];
  /** Inputs of the whole graph, and values that an earlier part makes. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface SplitOptions {
  /** All of the graph's, and those that differ from one run to the next, always in the same shape. */
  readonly inputs: readonly string[];
  readonly varying: ReadonlySet<string>;
  /** The output that is always wanted, and the one that seldom is. */
  readonly first: string;
  readonly second: string;
}

/** The parts of a graph in the order in which they can be run. */
export interface SplitGraph {
  /** What is the same for all runs; computing it may take the inputs that vary, of any run. */
  readonly fixed: GraphPart;
  readonly first: GraphPart;
  readonly second: GraphPart;
  /** Those of `fixed`'s outputs that are the same whatever the inputs are, as long as their shapes are: shapes, and what is made of shapes. */
  readonly settled: readonly string[];
}

/** Operators whose output's shape depends on the values of all their inputs. */
const SHAPED_BY_VALUES = new Set(['NonZero', 'Compress', 'Unique', 'ConstantOfShape', 'Range', 'If', 'Loop', 'Scan', 'NonMaxSuppression', 'OneHot']);
/** Operators whose output's shape depends on the shapes of their inputs only. Of others the inputs after the first may say what it is. */
const SHAPED_BY_SHAPES = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'Min', 'Max', 'Sum', 'Mean', 'And', 'Or', 'Xor', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Where', 'Clip', 'PRelu', 'Concat', 'Gather', 'GatherElements', 'GatherND', 'MatMul', 'Gemm', 'Einsum', 'Conv', 'ConvTranspose', 'LayerNormalization', 'BatchNormalization', 'InstanceNormalization', 'GroupNormalization', 'ScatterND', 'ScatterElements', 'DynamicQuantizeMatMul', 'MatMulInteger', 'QuantizeLinear', 'DequantizeLinear', 'QLinearMatMul', 'FusedMatMul', 'Gelu', 'BiasGelu', 'FastGelu']);
const SHAPE_ONLY = new Set(['Shape', 'Size']);

/**
 * Splits a graph that is run again and again with only some of its inputs changed. Values made of weights alone are made
 * anew in every part that needs them, for onnxruntime computes them once when it opens the part. The shape of a value counts as
 * the same for all runs even where the value is not, unless values decide about it.
 * Null when nothing is gained: when one of the parts would be empty.
 */
export function splitGraph(graph: OnnxPieces, { inputs, varying, first, second }: SplitOptions): SplitGraph | null {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.filter((name) => name !== '').map((name) => [name, node] as const)));
  const { changing, constant } = dependence(graph, varying, makers);
  const isFixed = (name: string): boolean => !changing.has(name) && !constant.has(name);
  /** The nodes behind these values, as far back as values for which `given` holds. */
  const behind = (names: readonly string[], given: (name: string) => boolean): Set<NodePiece> => {
    const found = new Set<NodePiece>();
    const waiting = [...names];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const node = given(name) ? undefined : makers.get(name);
      if (node === undefined || found.has(node)) continue;
      found.add(node);
      waiting.push(...node.inputs);
    }
    return found;
  };
  const part = (nodes: ReadonlySet<NodePiece>, outputs: readonly string[]): GraphPart => {
    const made = new Set([...nodes].flatMap((node) => node.outputs));
    const read = new Set([...nodes].flatMap((node) => node.inputs));
    return { nodes: graph.nodes.filter((node) => nodes.has(node)), inputs: [...read].filter((name) => !made.has(name) && (makers.has(name) || inputs.includes(name))), outputs };
  };

  if (!changing.has(first) || !changing.has(second)) return null;
  const firstNodes = behind([first], isFixed);
  const made = new Set([...firstNodes].flatMap((node) => node.outputs.filter((name) => changing.has(name))));
  const secondNodes = behind([second], (name) => isFixed(name) || made.has(name));
  const secondPart = part(secondNodes, [second]);
  const firstPart = part(firstNodes, [...new Set([first, ...secondPart.inputs.filter((name) => made.has(name))])]);
  const cuts = [...new Set([...firstPart.inputs, ...secondPart.inputs])].filter((name) => isFixed(name) && makers.has(name));
  const fixed = part(behind(cuts, () => false), cuts);
  const unsettled = dependence(graph, new Set(inputs), makers).changing;
  const settled = cuts.filter((name) => !unsettled.has(name));
  return [fixed, firstPart, secondPart].some(({ nodes }) => nodes.length === 0) ? null : { fixed, first: firstPart, second: secondPart, settled };
}

/** Which values differ from one run to the next, and which are made of weights alone. */
function dependence(graph: OnnxPieces, varying: ReadonlySet<string>, makers: ReadonlyMap<string, NodePiece>): { changing: ReadonlySet<string>; constant: ReadonlySet<string> } {
  const changing = new Set(varying);
  /** Of these the shape differs, too. */
  const reshaping = new Set<string>();
  const constant = new Set(graph.weights.keys());
  for (const { op, inputs, outputs } of graph.nodes) {
    const reshaped = inputs.some((name) => reshaping.has(name)) || (!SHAPE_ONLY.has(op) && shapeInputs(op, inputs).some((name) => changing.has(name)));
    const changed = reshaped || (!SHAPE_ONLY.has(op) && inputs.some((name) => changing.has(name)));
    const isConstant = inputs.every((name) => name === '' || constant.has(name));
    for (const name of outputs) {
      if (name === '' || !makers.has(name)) continue;
      if (changed) changing.add(name);
      if (reshaped && !SHAPE_ONLY.has(op)) reshaping.add(name);
      if (isConstant) constant.add(name);
    }
  }
  return { changing, constant };
}

function shapeInputs(op: string, inputs: readonly string[]): readonly string[] {
  if (SHAPED_BY_VALUES.has(op)) return inputs;
  return SHAPED_BY_SHAPES.has(op) ? [] : inputs.slice(1);
}
