import { describe, expect, it } from 'vitest';
import { decodeLogits, insideBox } from './logits.ts';

describe('logits', () => {
  it('are read from half floats at any byte offset', () => {
    const halves = new Uint8Array(Float16Array.from([-1.5, 0.25, 60]).buffer);
    const shifted = new Uint8Array(1 + halves.length);
    shifted.set(halves, 1);
    expect([...decodeLogits(shifted.subarray(1))]).toEqual([-1.5, 0.25, 60]);
  });
  it('give the box of what is inside the image, not of the padding, and none for an empty mask', () => {
    const frame = { lowRes: 8, frame: 32, inputWidth: 32, inputHeight: 16, imageWidth: 64, imageHeight: 32 };
    const logits = new Float32Array(64).fill(-1);
    logits[1 * 8 + 2] = 3;
    logits[3 * 8 + 5] = 3;
    logits[6 * 8 + 7] = 3;
    expect(insideBox(logits, frame)).toEqual({ x: 2, y: 1, width: 4, height: 3 });
    expect(insideBox(new Float32Array(64), frame)).toBeNull();
  });
});
