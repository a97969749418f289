import { describe, expect, it } from 'vitest';
import { normalisedPlanes } from './sam-planes.ts';
import { floatsOf, promptTensors } from './sam-prompt.ts';

const tensors = (prompt: Parameters<typeof promptTensors>[0]): [number[], number[]] => {
  const { coords, labels } = promptTensors(prompt);
  return [[...coords], [...labels]];
};

const normal = (value: number, mean: number, deviation: number): number => Math.fround((value - mean) / deviation);

describe('a prompt as the decoder takes it', () => {
  it('gets one padding point when there is no box', () => {
    expect(tensors({ points: [{ x: 1.5, y: 2, label: 1 }, { x: 3, y: 4, label: 0 }], box: null })).toEqual([[1.5, 2, 3, 4, 0, 0], [1, 0, -1]]);
    expect(tensors({ points: [], box: null })).toEqual([[0, 0], [-1]]);
  });

  it('has the box’s corners after the points, and no padding', () => {
    expect(tensors({ points: [], box: { x0: 1, y0: 2, x1: 3, y1: 4 } })).toEqual([[1, 2, 3, 4], [2, 3]]);
    expect(tensors({ points: [{ x: 9, y: 8, label: 0 }], box: { x0: 1, y0: 2, x1: 3, y1: 4 } })).toEqual([[9, 8, 1, 2, 3, 4], [0, 2, 3]]);
  });
});

describe('logits from a pipe', () => {
  it('are read at any offset, and only in the right number', () => {
    const bytes = Buffer.alloc(13);
    bytes.writeFloatLE(1.5, 5);
    bytes.writeFloatLE(-2, 9);
    expect([...floatsOf(bytes.subarray(5), 2)]).toEqual([1.5, -2]);
    expect(() => floatsOf(bytes, 3)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});

describe('a picture as the encoder takes it', () => {
  it('is normalised by channel and padded with zeros to the right and below', () => {
    const planes = normalisedPlanes(Uint8Array.of(255, 0, 128, 10, 20, 30), 2, 1, 3);
    const plane = (c: number): number[] => [...planes.subarray(c * 9, c * 9 + 9)];
    expect(plane(0)).toEqual([normal(255, 123.675, 58.395), normal(10, 123.675, 58.395), 0, 0, 0, 0, 0, 0, 0]);
    expect(plane(1)).toEqual([normal(0, 116.28, 57.12), normal(20, 116.28, 57.12), 0, 0, 0, 0, 0, 0, 0]);
    expect(plane(2)).toEqual([normal(128, 103.53, 57.375), normal(30, 103.53, 57.375), 0, 0, 0, 0, 0, 0, 0]);
  });
});
