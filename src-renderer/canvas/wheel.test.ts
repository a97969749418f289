import { describe, expect, test } from 'vitest';
import { WheelReader, type WheelInput } from './wheel.ts';

const turn = (change: Partial<WheelInput>): WheelInput => ({
  deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, metaKey: false, shiftKey: false, timeStamp: 0, ...change,
});

describe('wheel', () => {
  test('a notch of a mouse wheel zooms: away from the person in, back out by the same factor', () => {
    const inward = new WheelReader().read(turn({ deltaY: -100 }));
    const outward = new WheelReader().read(turn({ deltaY: 100 }));
    if (inward.kind !== 'zoom' || outward.kind !== 'zoom') throw new Error('both zoom');
    expect(inward.factor).toBeGreaterThan(1.1);
    expect(inward.factor * outward.factor).toBeCloseTo(1, 9);
  });

  test('wheels that count in lines zoom too', () => {
    expect(new WheelReader().read(turn({ deltaY: 3, deltaMode: 1 })).kind).toBe('zoom');
  });

  test('two fingers pan with the image following them, to the end of the swipe however fast it gets', () => {
    const reader = new WheelReader();
    expect(reader.read(turn({ deltaX: 1, deltaY: 2, timeStamp: 0 }))).toEqual({ kind: 'pan', dx: -1, dy: -2 });
    expect(reader.read(turn({ deltaY: 180, timeStamp: 16 }))).toEqual({ kind: 'pan', dx: -0, dy: -180 });
  });

  test('a swipe straight down begins with a small whole step', () => {
    const reader = new WheelReader();
    expect(reader.read(turn({ deltaY: 2, timeStamp: 0 })).kind).toBe('pan');
    expect(reader.read(turn({ deltaY: 90, timeStamp: 10 })).kind).toBe('pan');
  });

  test('after a pause a wheel zooms again', () => {
    const reader = new WheelReader();
    reader.read(turn({ deltaX: 4, deltaY: 4, timeStamp: 0 }));
    expect(reader.read(turn({ deltaY: 100, timeStamp: 1000 })).kind).toBe('zoom');
  });

  test('a pinch zooms finely, and Ctrl with a wheel no more than a little at a notch', () => {
    const pinch = new WheelReader().read(turn({ deltaY: -2, ctrlKey: true }));
    const notch = new WheelReader().read(turn({ deltaY: -120, ctrlKey: true }));
    if (pinch.kind !== 'zoom' || notch.kind !== 'zoom') throw new Error('both zoom');
    expect(pinch.factor).toBeGreaterThan(1);
    expect(pinch.factor).toBeLessThan(1.05);
    expect(notch.factor).toBeLessThan(1.25);
  });

  test('Shift turns a wheel sideways', () => {
    expect(new WheelReader().read(turn({ deltaY: 100, shiftKey: true }))).toEqual({ kind: 'pan', dx: -100, dy: 0 });
    expect(new WheelReader().read(turn({ deltaX: 100, shiftKey: true }))).toEqual({ kind: 'pan', dx: -100, dy: -0 });
  });
});
