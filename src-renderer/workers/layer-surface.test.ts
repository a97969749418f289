import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rasterizeParts } from '../../src-shared/geometry/rasterize.ts';
import { maskShape, shapeMeasures } from '../../src-shared/geometry/shape.ts';
import { LayerSurface } from './layer-surface.ts';
import type { MaskItem, MaskStyle } from './mask-protocol.ts';
import { prepareShape, type PreparedShape } from './place-shape.ts';

const [HEIGHT, WIDTH] = [60, 80];

const corner = fc.tuple(fc.integer({ min: -50, max: 1300 }), fc.integer({ min: -50, max: 1000 })).map(([x, y]) => [x / 16, y / 16]);
const outline = fc.array(corner, { minLength: 3, maxLength: 7 }).map((corners) => corners.flat());
const shape: fc.Arbitrary<Shape> = fc.oneof(
  outline.map((outer): Shape => ({ kind: 'polygon', parts: [{ outer, holes: [] }] })),
  outline.map((outer): Shape => maskShape(rasterizeParts([{ outer, holes: [] }], HEIGHT, WIDTH))),
  fc.record({ x: fc.integer({ min: 0, max: 70 }), y: fc.integer({ min: 0, max: 50 }), width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 30 }) }).map((box): Shape => ({ kind: 'box', box })),
);
const item = fc.record({ colour: fc.constantFrom('#e69f00', '#56b4e9', '#000000'), style: fc.constantFrom<MaskStyle>('rest', 'accepted', 'candidate', 'hovered', 'selected'), shape });
const view = fc.record({ scale: fc.constantFrom(0.31, 1, 2.5, 7.3), x: fc.integer({ min: -150, max: 20 }), y: fc.integer({ min: -120, max: 20 }) })
  .map((transform) => ({ transform, width: 120, height: 90, ratio: 1 }));

/** What happens to the things on a layer: one comes, goes, changes, or trades places with the next. */
type Change = { readonly kind: 'add' | 'remove' | 'replace' | 'recolour' | 'swap'; readonly at: number; readonly with: { readonly colour: string; readonly style: MaskStyle; readonly shape: Shape } };
const change: fc.Arbitrary<Change> = fc.record({ kind: fc.constantFrom('add', 'remove', 'replace', 'recolour', 'swap'), at: fc.nat({ max: 20 }), with: item });

class Layer {
  readonly items: MaskItem[] = [];
  readonly shapes = new Map<number, PreparedShape>();
  #next = 1;

  change({ kind, at, with: { shape: given, ...look } }: Change): void {
    const prepared = prepareShape(given, shapeMeasures(given, HEIGHT, WIDTH).box);
    const i = this.items.length === 0 ? -1 : at % this.items.length;
    const there = this.items[i];
    if (kind === 'add' || there === undefined) {
      this.items.splice(at % (this.items.length + 1), 0, { id: this.#next, ...look });
      this.shapes.set(this.#next++, prepared);
    } else if (kind === 'remove') this.items.splice(i, 1);
    else if (kind === 'replace') this.shapes.set(there.id, prepared);
    else if (kind === 'recolour') this.items[i] = { id: there.id, ...look };
    else this.items.push(...this.items.splice(i, 1));
  }
}

describe('a layer of which a part is painted anew', () => {
  it('is to the pixel what it would be painted whole', () => {
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), fc.array(view, { minLength: 1, maxLength: 2 }), (changes, views) => {
      const layer = new Layer();
      const kept = new LayerSurface();
      for (const [n, one] of changes.entries()) {
        layer.change(one);
        const shown = views[Math.floor(n / 6) % views.length] ?? views[0];
        if (shown === undefined) return;
        const anew = new LayerSurface().paint(layer.items, layer.shapes, shown);
        const now = kept.paint(layer.items, layer.shapes, shown);
        const blank = new Uint32Array(120 * 90);
        const difference = (now ?? blank).findIndex((pixel, i) => pixel !== (anew ?? blank)[i]);
        expect(difference).toBe(-1);
      }
    }), { numRuns: 300 });
  });
});
