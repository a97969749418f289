import { expect, it } from 'vitest';
import { candidateColour } from './candidate-colour.ts';

it('gives each of a hundred candidates a bright colour of its own', () => {
  const colours = Array.from({ length: 100 }, (_, n) => candidateColour(n));
  expect(new Set(colours).size).toBe(100);
  for (const colour of colours) {
    expect(colour).toMatch(/^#[0-9a-f]{6}$/);
    const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    expect(Math.max(...channels) - Math.min(...channels)).toBeGreaterThan(80);
  }
});
