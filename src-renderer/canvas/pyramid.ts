import type { Pyramid } from '../../src-shared/contract/types.ts';
import type { DeviceTransform } from '../workers/mask-protocol.ts';
import type { Size } from './viewport.ts';

/** Which pictures of an image's pyramid a view needs, and where they lie. Pure. */

export interface Tile {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

/** A rectangle [left, right) × [top, bottom). */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Magnifying a level by up to this is not worth four times the pixels of the next finer one. */
const TOLERATED_MAGNIFICATION = 1.15;

/** The coarsest level that shows every device pixel its own sample, at `scale` device pixels per image pixel. */
export function levelFor(pyramid: Pyramid, scale: number): number {
  const level = Math.floor(Math.log2(TOLERATED_MAGNIFICATION / scale));
  return Math.min(pyramid.base, Math.max(0, level));
}

/** A level's sides: ceil(side / 2^level). */
export function levelSize(pyramid: Pyramid, level: number): Size {
  return { width: Math.ceil(pyramid.width / 2 ** level), height: Math.ceil(pyramid.height / 2 ** level) };
}

/** Where a tile lies, in image pixels. A level spans the whole image exactly, also where its sides were rounded up. */
export function tileRect(pyramid: Pyramid, { level, column, row }: Tile): Rect {
  const size = levelSize(pyramid, level);
  const scaleX = pyramid.width / size.width;
  const scaleY = pyramid.height / size.height;
  return {
    left: column * pyramid.tile * scaleX,
    top: row * pyramid.tile * scaleY,
    right: Math.min((column + 1) * pyramid.tile, size.width) * scaleX,
    bottom: Math.min((row + 1) * pyramid.tile, size.height) * scaleY,
  };
}

/** The part of the image that a surface of `device` pixels shows, in image pixels; empty when right ≤ left. */
export function visibleRect(transform: DeviceTransform, device: Size, image: Size): Rect {
  return {
    left: Math.max(0, -transform.x / transform.scale),
    top: Math.max(0, -transform.y / transform.scale),
    right: Math.min(image.width, (device.width - transform.x) / transform.scale),
    bottom: Math.min(image.height, (device.height - transform.y) / transform.scale),
  };
}

/** The tiles of `level` that `rect` (image pixels) touches, nearest to its middle first. */
export function tilesIn(pyramid: Pyramid, level: number, rect: Rect): Tile[] {
  if (rect.right <= rect.left || rect.bottom <= rect.top) return [];
  const size = levelSize(pyramid, level);
  const toColumn = size.width / pyramid.width / pyramid.tile;
  const toRow = size.height / pyramid.height / pyramid.tile;
  const lastColumn = Math.min(Math.ceil(size.width / pyramid.tile), Math.ceil(rect.right * toColumn));
  const lastRow = Math.min(Math.ceil(size.height / pyramid.tile), Math.ceil(rect.bottom * toRow));
  const tiles: Tile[] = [];
  for (let row = Math.floor(rect.top * toRow); row < lastRow; row++) {
    for (let column = Math.floor(rect.left * toColumn); column < lastColumn; column++) tiles.push({ level, column, row });
  }
  const midColumn = ((rect.left + rect.right) / 2) * toColumn - 0.5;
  const midRow = ((rect.top + rect.bottom) / 2) * toRow - 0.5;
  const distance = (tile: Tile): number => Math.hypot(tile.column - midColumn, tile.row - midRow);
  return tiles.sort((a, b) => distance(a) - distance(b));
}
