import { describe, expect, it } from 'vitest';
import { modelFile } from './onnx-writer.ts';
import type { OnnxNode } from './onnx-writer.ts';
import { modelOfPieces, readPieces } from './onnx-pieces.ts';
import { integer, message, text } from './protobuf.ts';
import { splitGraph } from './split-graph.ts';
import type { SplitGraph } from './split-graph.ts';

const weight = (name: string) => ({ name, type: 'float32', dims: [1], data: new Uint8Array(4) }) as const;
const node = (op: string, inputs: string, output: string): OnnxNode => ({ op, inputs: inputs.split(' '), outputs: [output] });

/** A graph of the inputs `picture` and `point` and the outputs `score` and `mask`. */
const modelWith = (nodes: readonly OnnxNode[]): Buffer => {
  const { parts } = modelFile({ name: 'test', nodes, weights: ['w', 'v'].map(weight), inputs: { picture: [1], point: [1] }, outputs: { score: [1], mask: [1] } });
  return Buffer.concat(parts.filter((part) => part instanceof Uint8Array));
};
const split = (nodes: readonly OnnxNode[]): SplitGraph | null => splitGraph(readPieces(modelWith(nodes)), { inputs: ['picture', 'point'], varying: new Set(['point']), first: 'score', second: 'mask' });
const made = (part: SplitGraph['fixed'] | undefined): string[] => part?.nodes.flatMap(({ outputs }) => outputs) ?? [];

const PLAIN = [node('Relu', 'w', 'bias'), node('Add', 'picture bias', 'key'), node('Neg', 'key', 'value'), node('Mul', 'point key', 'query'), node('Exp', 'query', 'score'), node('Add', 'query bias', 'kernel'), node('Mul', 'kernel value', 'mask')];

describe('a graph is split', () => {
  it('into what is the same for all points, what the score needs, and what the mask needs beside', () => {
    const parts = split(PLAIN);
    expect(made(parts?.fixed)).toEqual(['bias', 'key', 'value']);
    expect(made(parts?.first)).toEqual(['query', 'score']);
    expect(made(parts?.second)).toEqual(['bias', 'kernel', 'mask']);
    expect([parts?.fixed, parts?.first, parts?.second].map((part) => [part?.inputs.toSorted(), part?.outputs])).toEqual([
      [['picture'], ['key', 'value']],
      [['key', 'point'], ['score', 'query']],
      [['query', 'value'], ['mask']],
    ]);
    expect(parts?.settled).toEqual([]);
  });

  it('with the shape of what changes counted as the same', () => {
    const parts = split([...PLAIN.slice(0, 4), node('Shape', 'query', 'shape'), node('Expand', 'query shape', 'wide'), node('Exp', 'wide', 'score'), node('Mul', 'query value', 'mask')]);
    expect(made(parts?.fixed)).toEqual(['bias', 'key', 'value', 'query', 'shape']);
    expect(made(parts?.first)).toEqual(['query', 'wide', 'score']);
    expect(parts?.settled).toEqual(['shape']);
  });

  it.each([
    ['where values decide about it', [node('NonZero', 'query', 'found'), node('Shape', 'found', 'shape')]],
    ['where a value that changes says what it is', [node('Cast', 'query', 'sides'), node('Reshape', 'key sides', 'found'), node('Shape', 'found', 'shape')]],
    ['where that of a value in between is decided so', [node('NonZero', 'query', 'found'), node('Transpose', 'found', 'turned'), node('Shape', 'turned', 'shape')]],
  ])('but not %s', (_, decided) => {
    const parts = split([...PLAIN.slice(0, 4), ...decided, node('Expand', 'query shape', 'wide'), node('Exp', 'wide', 'score'), node('Mul', 'query value', 'mask')]);
    expect(made(parts?.fixed)).not.toContain('shape');
    expect(made(parts?.first)).toContain('shape');
    expect(parts?.settled).toEqual([]);
  });

  it('only where each part has something to do', () => {
    expect(split([node('Exp', 'point', 'score'), node('Neg', 'point', 'mask')])).toBeNull();
    expect(split([node('Neg', 'picture', 'key'), node('Mul', 'point key', 'mask'), node('Exp', 'mask', 'score')])).toBeNull();
    expect(split([node('Neg', 'picture', 'key'), node('Mul', 'point key', 'mask'), node('Exp', 'w', 'score')])).toBeNull();
  });
});

describe('a model’s pieces', () => {
  it('are what it is made of, and make a model again', () => {
    const pieces = readPieces(modelWith(PLAIN));
    expect(pieces.nodes.map(({ op }) => op)).toEqual(PLAIN.map(({ op }) => op));
    expect([...pieces.weights.keys()]).toEqual(['w', 'v']);
    const part = readPieces(modelOfPieces(pieces, { nodes: pieces.nodes.slice(0, 2), inputs: [{ name: 'picture', type: 'float32', dims: [1] }], constants: [{ name: 'settled', type: 'int64', dims: [1], data: new Uint8Array(8) }], outputs: ['key'] }));
    expect(part.nodes).toEqual(pieces.nodes.slice(0, 2));
    expect([...part.weights.keys()]).toEqual(['w', 'settled']);
    expect(part.head).toEqual(pieces.head);
  });

  it('know what the graphs inside a node read', () => {
    const inner = message(1, [text(1, 'outer'), text(2, 'inner'), text(4, 'Neg')]);
    const branch = message(1, [text(1, 'condition'), text(2, 'out'), text(4, 'If'), message(5, [text(1, 'then_branch'), message(6, [inner]), integer(20, 5)])]);
    expect(readPieces(message(7, [branch])).nodes[0]?.inputs).toEqual(['condition', 'outer']);
  });

  it.each([
    ['a graph cut short', modelWith(PLAIN).subarray(0, 200)],
    ['sparse weights', message(7, [message(15, [])])],
    ['an old group', Uint8Array.of(0x0b)],
  ])('are not had of %s', (_, model) => {
    expect(() => readPieces(model)).toThrow(RangeError);
  });
});
