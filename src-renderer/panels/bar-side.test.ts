import { describe, expect, it } from 'vitest';
import { barSide } from './bar-side.ts';

const canvas = { width: 1000, height: 800 };
const bar = { width: 600, height: 120 };
const box = (x: number, y: number, width: number, height: number): { points: []; boxes: { x: number; y: number; width: number; height: number }[] } => ({ points: [], boxes: [{ x, y, width, height }] });

describe('The candidate bar', () => {
  it('leaves the bottom for an object that lies there, and stays where it hides nothing', () => {
    expect(barSide('bottom', box(400, 650, 100, 100), canvas, bar)).toBe('top');
    expect(barSide('top', box(400, 650, 100, 100), canvas, bar)).toBe('top');
    expect(barSide('bottom', box(400, 300, 100, 100), canvas, bar)).toBe('bottom');
    expect(barSide('top', box(400, 300, 100, 100), canvas, bar)).toBe('top');
  });

  it('does not move for an object beside it', () => {
    expect(barSide('bottom', box(0, 650, 150, 100), canvas, bar)).toBe('bottom');
  });

  it('stays with a mask that fills the picture, but not on a click', () => {
    const everything = box(-100, -100, 1200, 1000);
    expect(barSide('bottom', everything, canvas, bar)).toBe('bottom');
    expect(barSide('bottom', { ...everything, points: [{ x: 500, y: 700 }] }, canvas, bar)).toBe('top');
    expect(barSide('top', { ...everything, points: [{ x: 500, y: 60 }] }, canvas, bar)).toBe('bottom');
  });
});
