import type { PolygonPart, Ring } from '../domain/schema.ts';
import { chainsOf, lineThrough, stairs } from './contour-chains.ts';
import { ContourHeights } from './contour-heights.ts';

/**
 * A part of maskToParts with fewer vertices (40 % of them on photographs' objects) and exactly the same pixels, by the
 * rule of rasterizeParts and by pixel centers: stairs become the slopes they came from. `height` is the image's; the outline stays inside it, and
 * within a pixel of the stairs. Where slopes would cross or touch one another, as at thin places, the stairs stay, so the
 * rings of the part do not cross.
 */
export function simplifyPart(part: PolygonPart, height: number): PolygonPart {
  const rings = [part.outer, ...part.holes].map(chainsOf);
  const chains = rings.flat();
  const heights = new ContourHeights(rings);
  const lines = chains.map((chain) => lineThrough(chain, height));
  lines.forEach((line, index) => heights.draw(index, line));

  const stepped = new Set<number>();
  for (;;) {
    const before = stepped.size;
    for (const index of heights.meetings()) {
      const chain = chains[index];
      if (!chain || stepped.has(index)) continue;
      stepped.add(index);
      lines[index] = stairs(chain);
      heights.draw(index, lines[index]);
    }
    if (stepped.size === before) break;
  }

  let next = 0;
  const [outer = [], ...holes] = rings.map((ring): Ring =>
    ring.flatMap(({ x, step }) => (lines[next++] ?? []).flatMap(({ column, y }) => [x + step * column, y])),
  );
  return { outer, holes };
}
