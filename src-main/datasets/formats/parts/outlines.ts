import type { Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { bridgeHoles } from '../../../../src-shared/geometry/bridge-holes.ts';
import { maskToParts } from '../../../../src-shared/geometry/contours.ts';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { rleIou } from '../../../../src-shared/geometry/rle-algebra.ts';
import { shapeToParts } from '../../../../src-shared/geometry/shape.ts';
import { simplifyPart } from '../../../../src-shared/geometry/simplify-contour.ts';

/** For formats of polygons without holes: a ring for each part, its holes joined to it. Masks become outlines that give their pixels back. @param mask the shape's pixels */
export const outlineRings = (shape: Shape, mask: Rle): Ring[] =>
  shape.kind === 'mask' ? maskToParts(mask).map((part) => bridgeHoles(simplifyPart(part, mask.size[0]))) : shapeToParts(shape).map(bridgeHoles);

/** For the preflight: the pixels of those rings, and what they lose of the shape, in words for a person. @param parts what happens to several parts, as the end of a sentence */
export function outlineBack(shape: Shape, mask: Rle, rings: readonly Ring[], parts: string | null): { mask: Rle; reasons: string[] } {
  const holes = shape.kind === 'polygon' ? shape.parts.reduce((sum, part) => sum + part.holes.length, 0) : 0;
  const isSame = shape.kind !== 'mask' && holes === 0 && rings.length === 1;
  const back = isSame ? mask : rasterizeParts(rings.map((outer) => ({ outer, holes: [] })), ...mask.size);
  return {
    mask: back,
    reasons: [
      ...(rleIou(mask, back) < 1 ? ['its outline does not give all of its pixels back'] : []), ...(parts !== null && rings.length > 1 ? [`its ${rings.length} parts ${parts}`] : []),
      ...(holes > 0 ? [`${holes === 1 ? '1 hole is' : `${holes} holes are`} joined to the outline by a line`] : []),
    ],
  };
}
