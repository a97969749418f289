import { imageAddress } from '../../src-shared/contract/contract.ts';
import type { DeviceTransform } from '../workers/mask-protocol.ts';
import { BitmapCache } from './bitmap-cache.ts';
import { loadPicture } from './load-picture.ts';
import { levelFor, tileRect, tilesIn, visibleRect, type Rect, type Tile } from './pyramid.ts';
import type { Context } from './stage.ts';
import type { CanvasImage } from './types.ts';
import { GRID_ZOOM, SQUARES_ZOOM, type Size } from './viewport.ts';

const BASES_BUDGET = 192 * 1024 ** 2;
const TILES_BUDGET = 160 * 1024 ** 2;

/** Device pixels. A centre that falls exactly between two image pixels belongs to the right or lower one, as in the masks. */
const TIE = 0.01;

/** The picture: the base of the pyramid at once, finer tiles over it as they arrive. */
export class ImageLayer {
  readonly #bases = new BitmapCache(loadPicture, BASES_BUDGET);
  readonly #tiles = new BitmapCache(loadPicture, TILES_BUDGET);
  readonly #arrived: () => void;

  /** `arrived` is called when a picture that was asked for is here or has failed. */
  constructor(arrived: () => void) {
    this.#arrived = arrived;
  }

  /** Whether the base picture can be painted now; if not, it is asked for. */
  ready(image: CanvasImage): boolean {
    const address = baseAddress(image);
    if (this.#bases.peek(address)) return true;
    this.#bases.request(address, this.#arrived);
    return false;
  }

  /** Why the base picture cannot be had, if so. */
  failure(image: CanvasImage): string | null {
    return this.#bases.error(baseAddress(image))?.message ?? null;
  }

  /** Forgets failures and what is on its way for other images, and warms these. */
  preload(shown: CanvasImage | null, images: readonly CanvasImage[]): void {
    const wanted = new Set([...(shown ? [shown] : []), ...images].map(baseAddress));
    this.#bases.abandon((address) => wanted.has(address));
    for (const address of wanted) this.#bases.request(address, this.#arrived);
  }

  paint(context: Context, image: CanvasImage | null, transform: DeviceTransform, device: Size, ratio: number, background: string): void {
    context.fillStyle = background;
    context.fillRect(0, 0, device.width, device.height);
    const base = image && this.#bases.peek(baseAddress(image));
    if (!image || !base) {
      if (image) this.#bases.request(baseAddress(image), this.#arrived);
      return;
    }
    const { pyramid } = image;
    const squares = transform.scale / ratio >= SQUARES_ZOOM;
    const visible = visibleRect(transform, device, pyramid);
    context.imageSmoothingQuality = transform.scale * 2 ** pyramid.base < 0.75 ? 'high' : 'low';
    const level = levelFor(pyramid, transform.scale);
    const tiles = level < pyramid.base ? tilesIn(pyramid, level, visible) : [];
    const missing = tiles.filter((tile) => !this.#tiles.peek(tileAddress(image, tile)));
    if (tiles.length === 0 || missing.length > 0) {
      context.imageSmoothingEnabled = !(squares && pyramid.base === 0);
      drawPicture(context, base, { left: 0, top: 0, right: pyramid.width, bottom: pyramid.height }, transform);
      // Coarser tiles that are here already: what arrives sharpens the picture and never blurs it.
      for (let coarser = pyramid.base - 1; coarser > level; coarser--) this.#paintTiles(context, image, tilesIn(pyramid, coarser, visible), transform);
    }
    if (missing.length > 0) this.#requestTiles(image, tiles, missing);
    context.imageSmoothingEnabled = !(squares && level === 0);
    this.#paintTiles(context, image, tiles, transform);
    if (transform.scale / ratio >= GRID_ZOOM) paintGrid(context, visible, transform, ratio);
  }

  destroy(): void {
    this.#bases.clear();
    this.#tiles.clear();
  }

  #requestTiles(image: CanvasImage, wanted: readonly Tile[], missing: readonly Tile[]): void {
    const addresses = new Set(wanted.map((tile) => tileAddress(image, tile)));
    this.#tiles.abandon((address) => addresses.has(address));
    for (const tile of missing) this.#tiles.request(tileAddress(image, tile), this.#arrived);
  }

  #paintTiles(context: Context, image: CanvasImage, tiles: readonly Tile[], transform: DeviceTransform): void {
    for (const tile of tiles) {
      const bitmap = this.#tiles.peek(tileAddress(image, tile));
      if (bitmap) drawPicture(context, bitmap, tileRect(image.pyramid, tile), transform);
    }
  }
}

function baseAddress({ project, image, version }: CanvasImage): string {
  return imageAddress.base(project, image, version);
}

function tileAddress({ project, image, version }: CanvasImage, { level, column, row }: Tile): string {
  return imageAddress.tile(project, image, version, level, column, row);
}

/** Edges fall on whole device pixels: no seams between tiles. */
function drawPicture(context: Context, bitmap: ImageBitmap, rect: Rect, { scale, x, y }: DeviceTransform): void {
  const left = Math.round(rect.left * scale + x);
  const top = Math.round(rect.top * scale + y);
  context.drawImage(bitmap, left, top, Math.max(1, Math.round(rect.right * scale + x) - left), Math.max(1, Math.round(rect.bottom * scale + y) - top));
  // Rounding the edges stretches the picture by a hair. Where pixels are squares that would put some a device pixel
  // off the masks over them, so there it is drawn again in its exact place; the first keeps the seams closed.
  if (context.imageSmoothingEnabled) return;
  context.drawImage(bitmap, rect.left * scale + x - TIE, rect.top * scale + y - TIE, (rect.right - rect.left) * scale, (rect.bottom - rect.top) * scale);
}

function paintGrid(context: Context, rect: Rect, { scale, x, y }: DeviceTransform, ratio: number): void {
  const thickness = Math.max(1, Math.round(ratio / 2));
  const top = Math.round(Math.floor(rect.top) * scale + y);
  const left = Math.round(Math.floor(rect.left) * scale + x);
  const bottom = Math.round(Math.ceil(rect.bottom) * scale + y);
  const right = Math.round(Math.ceil(rect.right) * scale + x);
  // Grey at low alpha shows on black and on white alike.
  context.fillStyle = 'rgba(128, 128, 128, 0.28)';
  for (let column = Math.ceil(rect.left); column <= rect.right; column++) context.fillRect(Math.round(column * scale + x), top, thickness, bottom - top);
  for (let row = Math.ceil(rect.top); row <= rect.bottom; row++) context.fillRect(left, Math.round(row * scale + y), right - left, thickness);
}
