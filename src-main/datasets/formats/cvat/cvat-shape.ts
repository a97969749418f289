import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Box, Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import { fromRowRuns } from '../codecs/row-runs.ts';
import type { XmlElement } from '../codecs/xml.ts';
import { ellipseRing } from '../parts/ellipse.ts';
import { millionths, turnedBoxRing } from '../parts/turned-box.ts';

/** The shape of an element, in pixels; null for what is no region. Throws 'dataset-invalid' for what cannot be one. @param size [height, width] of the image, where the file says it */
export function cvatShape({ name, attributes }: XmlElement, size: readonly [number, number] | null): Shape | null {
  switch (name) {
    case 'polygon':
      return polygon(ringOf(attributes['points'] ?? ''));
    case 'mask':
      if (size === null) throw new MaskwrightError('dataset-invalid', 'it is a mask, and the file does not give the size of the image');
      return maskShape(fromRowRuns({ counts: countsOf(attributes['rle'] ?? ''), window: windowOf(attributes) }, ...size));
    case 'box':
      return boxOf(attributes);
    case 'ellipse': {
      const [cx, cy, rx, ry] = ['cx', 'cy', 'rx', 'ry'].map((field) => pixel(attributes[field] ?? '')) as [number, number, number, number];
      if (rx <= 0 || ry <= 0) throw new MaskwrightError('dataset-invalid', 'its half-axes must be larger than 0');
      return polygon(ellipseRing({ cx, cy, rx, ry }, degreesOf(attributes)));
    }
    default:
      return null;
  }
}

const polygon = (outer: Ring): Shape => ({ kind: 'polygon', parts: [{ outer, holes: [] }] });

function ringOf(points: string): Ring {
  const ring = points.split(';').filter((point) => point.trim() !== '').flatMap((point) => point.split(',')).map(pixel);
  if (ring.length % 2 !== 0 || ring.length < 6) throw new MaskwrightError('dataset-invalid', 'its points are not pairs of numbers, or are fewer than three');
  return ring;
}

function boxOf(attributes: XmlElement['attributes']): Shape {
  const [left, top, right, bottom] = ['xtl', 'ytl', 'xbr', 'ybr'].map((field) => pixel(attributes[field] ?? '')) as [number, number, number, number];
  const box: Box = { x: left, y: top, width: millionths(right - left), height: millionths(bottom - top) };
  if (box.width < 0 || box.height < 0) throw new MaskwrightError('dataset-invalid', 'its right or lower side lies before the other');
  const degrees = degreesOf(attributes);
  return degrees === 0 ? { kind: 'box', box } : polygon(turnedBoxRing(box, degrees, 'centre'));
}

function degreesOf({ rotation = '0' }: XmlElement['attributes']): number {
  const degrees = Number(rotation);
  if (!(Math.abs(degrees) <= 1e6)) throw new MaskwrightError('dataset-invalid', `its rotation “${rotation.slice(0, 40)}” is not a number of degrees`);
  return degrees;
}

function windowOf(attributes: XmlElement['attributes']): Box {
  const [x, y, width, height] = ['left', 'top', 'width', 'height'].map((field) => whole(attributes[field] ?? '', MAX_SIDE)) as [number, number, number, number];
  return { x, y, width, height };
}

const countsOf = (rle: string): Uint32Array => Uint32Array.from(rle.split(','), (count) => whole(count, 0xffff_ffff));

function pixel(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(Math.abs(value) <= 1e7)) throw new MaskwrightError('dataset-invalid', `“${text.slice(0, 40)}” is not a coordinate`);
  return value;
}

function whole(text: string, most: number): number {
  const value = Number(text);
  // Number takes what is blank for 0.
  if (!Number.isInteger(value) || value < 0 || value > most || (value === 0 && text.trim() === '')) throw new MaskwrightError('dataset-invalid', `“${text.slice(0, 40)}” is not a number of pixels`);
  return value;
}
