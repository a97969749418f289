import { describe, expect, it } from 'vitest';
import { normalisedPlanes, SAM_NORMALISATION, UNIT_NORMALISATION } from './sam-planes.ts';
import { checkPrompt, floatsOf, promptTensors } from './sam-prompt.ts';

const tensors = (prompt: Parameters<typeof promptTensors>[0], scale = 1): [number[], number[]] => {
  const { coords, labels } = promptTensors(prompt, scale);
  return [[...coords], [...labels]];
};

const normal = (value: number, mean: number, deviation: number): number => Math.fround((value - mean) / deviation);

describe('a prompt as the decoder takes it', () => {
  it('has the points in their order, in the pixels of the model’s frame', () => {
    expect(tensors({ points: [{ x: 1.5, y: 2, label: 1 }, { x: 3, y: 4, label: 0 }], box: null })).toEqual([[1.5, 2, 3, 4], [1, 0]]);
    expect(tensors({ points: [{ x: 1.5, y: 2, label: 1 }], box: null }, 4)).toEqual([[6, 8], [1]]);
    expect(tensors({ points: [], box: null })).toEqual([[], []]);
  });

  it('has the box’s corners after the points', () => {
    expect(tensors({ points: [], box: { x0: 1, y0: 2, x1: 3, y1: 4 } })).toEqual([[1, 2, 3, 4], [2, 3]]);
    expect(tensors({ points: [{ x: 9, y: 8, label: 0 }], box: { x0: 1, y0: 2, x1: 3, y1: 4 } })).toEqual([[9, 8, 1, 2, 3, 4], [0, 2, 3]]);
  });
});

describe('a prompt that a model cannot be asked', () => {
  const point = { x: 1, y: 2, label: 1 as const };
  const box = { x0: 1, y0: 2, x1: 3, y1: 4 };
  const limits = { backgroundPoints: false, box: true, maskInput: false, maxPoints: 6 };
  it.each([
    ['a background point', { points: [point, { ...point, label: 0 as const }], box: null, mask: null }, 'no background points'],
    ['logits', { points: [point], box: null, mask: new Uint8Array(4) }, 'cannot refine'],
    ['nothing but logits that are not fed back', { points: [], box: null, mask: null }, 'needs a point'],
    ['seven points', { points: Array.from({ length: 7 }, () => point), box: null, mask: null }, 'at most 6 points'],
    ['five points and a box', { points: Array.from({ length: 5 }, () => point), box, mask: null }, 'there are 7'],
  ])('%s is refused in words', (_, prompt, words) => {
    expect(() => checkPrompt(prompt, limits)).toThrow(expect.objectContaining({ code: 'bad-request', message: expect.stringContaining(words) }));
    expect(() => checkPrompt(prompt, { backgroundPoints: true, box: true, maskInput: true, maxPoints: null })).not.toThrow();
  });
  it('is asked up to its limit', () => {
    expect(() => checkPrompt({ points: Array.from({ length: 4 }, () => point), box, mask: null }, limits)).not.toThrow();
    expect(() => checkPrompt({ points: [], box, mask: null }, { ...limits, box: false })).toThrow('takes no boxes');
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
  const picture = { rgb: Uint8Array.of(255, 0, 128, 10, 20, 30), inputWidth: 2, inputHeight: 1 };

  it('is 0–1 where the graph normalises it', () => {
    expect([...normalisedPlanes({ rgb: Uint8Array.of(255, 0, 51), inputWidth: 1, inputHeight: 1 }, 1, UNIT_NORMALISATION)]).toEqual([1, 0, Math.fround(0.2)]);
  });

  it('is normalised by channel and padded with zeros to the right and below', () => {
    const planes = normalisedPlanes(picture, 3, SAM_NORMALISATION);
    const plane = (c: number): number[] => [...planes.subarray(c * 9, c * 9 + 9)];
    expect(plane(0)).toEqual([normal(255, 123.675, 58.395), normal(10, 123.675, 58.395), 0, 0, 0, 0, 0, 0, 0]);
    expect(plane(1)).toEqual([normal(0, 116.28, 57.12), normal(20, 116.28, 57.12), 0, 0, 0, 0, 0, 0, 0]);
    expect(plane(2)).toEqual([normal(128, 103.53, 57.375), normal(30, 103.53, 57.375), 0, 0, 0, 0, 0, 0, 0]);
  });
});
