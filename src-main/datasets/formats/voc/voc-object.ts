import type { PolygonPart, Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { childOf, childrenOf, textOf } from '../codecs/xml.ts';
import type { XmlElement } from '../codecs/xml.ts';
import { turnedBoxRing } from '../parts/turned-box.ts';

/** What an <object> says of where it is. */
export interface VocShape {
  /** Null when nothing of it can be used. */
  readonly shape: Shape | null;
  /** What was left out of it, in words for a person; null when nothing was. */
  readonly lost: string | null;
  /** Whether it is roLabelImg's rotated box. */
  readonly rotated: boolean;
}

/** Farther than any image reaches. */
const FAR = 1e7;

/** A number of an element's child; NaN when it is missing, empty or impossible. */
function numberIn(element: XmlElement, name: string): number {
  const text = textOf(element, name)?.trim() ?? '';
  const value = text === '' ? Number.NaN : Number(text);
  return Math.abs(value) <= FAR ? value : Number.NaN;
}

/**
 * The shape of an <object>: its <polygon>s (Roboflow, RectLabel, V7), else its rotated box (roLabelImg), else its <bndbox>.
 * Boxes count pixels from 1 and hold the last one; polygons and rotated boxes are coordinates, as their programs draw them.
 */
export function vocShape(object: XmlElement): VocShape {
  const polygons = childrenOf(object, 'polygon');
  const rings = polygons.map(ringOf).filter((ring) => ring !== null);
  const lost = polygons.length === rings.length ? null : `${polygons.length - rings.length} of its polygons ${polygons.length - rings.length === 1 ? 'has' : 'have'} fewer than three possible corners`;
  if (rings.length > 0) return { shape: { kind: 'polygon', parts: rings.map((outer): PolygonPart => ({ outer, holes: [] })) }, lost, rotated: false };
  const rotated = childOf(object, 'robndbox');
  const ring = rotated === null ? null : rotatedRing(rotated);
  if (ring !== null) return { shape: { kind: 'polygon', parts: [{ outer: ring, holes: [] }] }, lost, rotated: true };
  const box = childOf(object, 'bndbox');
  const shape = box === null ? null : boxIn(box);
  return { shape, lost: shape === null ? (lost ?? 'its sides are missing or impossible') : lost, rotated: false };
}

function boxIn(box: XmlElement): Shape | null {
  const [xmin = Number.NaN, ymin = Number.NaN, xmax = Number.NaN, ymax = Number.NaN] = ['xmin', 'ymin', 'xmax', 'ymax'].map((side) => numberIn(box, side));
  return xmax >= xmin && ymax >= ymin ? { kind: 'box', box: { x: xmin - 1, y: ymin - 1, width: xmax - xmin + 1, height: ymax - ymin + 1 } } : null;
}

/** `angle` in radians, clockwise on the screen, about the center. */
function rotatedRing(element: XmlElement): Ring | null {
  const [cx = Number.NaN, cy = Number.NaN, w = Number.NaN, h = Number.NaN, angle = Number.NaN] = ['cx', 'cy', 'w', 'h', 'angle'].map((name) => numberIn(element, name));
  if (!(w > 0) || !(h > 0) || Number.isNaN(cx + cy + angle)) return null;
  return turnedBoxRing({ x: cx - w / 2, y: cy - h / 2, width: w, height: h }, (angle * 180) / Math.PI, 'centre');
}

/** Corners as <x1><y1><x2>… or as a list of <pt> or <point>, with <x> and <y> inside or "x,y" as text; null with fewer than three. */
function ringOf(polygon: XmlElement): Ring | null {
  const listed = polygon.children.filter(({ name }) => name === 'pt' || name === 'point').flatMap(pointOf);
  const ring = listed.length > 0 ? listed : numbered(polygon);
  return ring.length >= 6 && ring.every((value) => !Number.isNaN(value)) ? ring : null;
}

function pointOf(point: XmlElement): [number, number] {
  if (point.children.length > 0) return [numberIn(point, 'x'), numberIn(point, 'y')];
  const [x = Number.NaN, y = Number.NaN] = (point.text === '' ? [point.attributes['x'], point.attributes['y']] : point.text.split(/[\s,;]+/)).map((text) => (text === undefined || text === '' ? Number.NaN : Number(text)));
  return [Math.abs(x) <= FAR ? x : Number.NaN, Math.abs(y) <= FAR ? y : Number.NaN];
}

function numbered(polygon: XmlElement): Ring {
  const indices = polygon.children.flatMap(({ name }) => /^x(\d{1,7})$/.exec(name)?.slice(1) ?? []).map(Number).toSorted((a, b) => a - b);
  const values = new Map(polygon.children.map(({ name, text }) => [name, text.trim() === '' ? Number.NaN : Number(text)]));
  return indices.flatMap((index) => [values.get(`x${index}`) ?? Number.NaN, values.get(`y${index}`) ?? Number.NaN]).map((value) => (Math.abs(value) <= FAR ? value : Number.NaN));
}
