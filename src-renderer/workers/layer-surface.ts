import type { MaskItem, RenderRequest } from './mask-protocol.ts';
import { bandsFor } from './mask-style.ts';
import { bandReach, newSurface, paintShape, toRows, wholeOf, type Band, type Clip, type Surface } from './paint-shape.ts';
import { gridFor, placeShape, SMALLEST_MARK, type Grid, type PreparedShape } from './place-shape.ts';
import { SpanTable } from './span-table.ts';

type View = Pick<RenderRequest, 'transform' | 'width' | 'height' | 'ratio'>;

interface Placed {
  readonly item: MaskItem;
  readonly shape: PreparedShape;
}

/** What was painted last. */
interface Painted {
  readonly view: View;
  readonly placed: readonly Placed[];
}

const table = new SpanTable();

/** The picture of one layer. What has changed since the last one is painted anew where it is and was, the rest stays. */
export class LayerSurface {
  #surface: Surface = newSurface(0, 0);
  #rows = new Uint32Array(0);
  #last: Painted | null = null;

  /** The layer as rows of straight RGBA (see toRows), valid until the next call; null when nothing is in view. */
  paint(items: readonly MaskItem[], shapes: ReadonlyMap<number, PreparedShape>, view: View): Uint32Array<ArrayBuffer> | null {
    const placed = items.flatMap((item): Placed[] => {
      const shape = shapes.get(item.id);
      return shape === undefined ? [] : [{ item, shape }];
    });
    const dirty = this.#last !== null && sameView(this.#last.view, view) ? dirtyPart(this.#last.placed, placed, view) : null;
    const last = this.#last;
    this.#last = { view, placed };
    if (dirty !== null && last !== null) {
      this.#repaint(placed, view, dirty);
      return this.#rows;
    }
    if (this.#surface.width !== view.width || this.#surface.height !== view.height) {
      this.#surface = newSurface(view.width, view.height);
      this.#rows = new Uint32Array(view.width * view.height);
    }
    const painted = this.#repaint(placed, view, wholeOf(this.#surface));
    if (!painted) this.#last = null;
    return painted ? this.#rows : null;
  }

  /** Whether anything was painted. */
  #repaint(placed: readonly Placed[], view: View, clip: Clip): boolean {
    const surface = this.#surface;
    for (let x = clip.left; x < clip.right; x++) surface.columns.fill(0, x * surface.height + clip.top, x * surface.height + clip.bottom);
    let painted = false;
    for (const { item, shape } of placed) {
      const { grid, bands } = looksOf({ item, shape }, view);
      if (isOutside(placeOf({ item, shape }, view), clip)) continue;
      placeShape(shape, grid, bandReach(bands), table);
      if (table.empty) continue;
      paintShape(surface, grid, table, bands, item.style === 'candidate', clip);
      painted = true;
    }
    toRows(surface, this.#rows, clip);
    return painted;
  }
}

const sameView = (a: View, b: View): boolean => a.width === b.width && a.height === b.height && a.ratio === b.ratio && a.transform.scale === b.transform.scale && a.transform.x === b.transform.x && a.transform.y === b.transform.y;

function looksOf({ item, shape }: Placed, { transform, width, height, ratio }: View): { grid: Grid; bands: readonly Band[] } {
  const grid = gridFor(shape.kind, transform, width, height, ratio);
  return { grid, bands: bandsFor(item.style, shape.kind, item.colour, ratio, grid.crisp) };
}

/** Where a shape may leave a trace, in device pixels. */
function placeOf({ shape: { box, extent } }: Placed, { transform: { scale, x, y } }: View): Clip {
  const margin = SMALLEST_MARK + 1;
  const [left, top] = [Math.min(box.x, extent.x), Math.min(box.y, extent.y)];
  const [right, bottom] = [Math.max(box.x + box.width, extent.x + extent.width), Math.max(box.y + box.height, extent.y + extent.height)];
  return {
    left: Math.floor(left * scale + x) - margin, top: Math.floor(top * scale + y) - margin,
    right: Math.ceil(right * scale + x) + margin, bottom: Math.ceil(bottom * scale + y) + margin,
  };
}

const isOutside = (a: Clip, b: Clip): boolean => a.right <= b.left || a.left >= b.right || a.bottom <= b.top || a.top >= b.bottom;

/** The rectangle in which the two differ; null when painting all is as well. */
function dirtyPart(before: readonly Placed[], after: readonly Placed[], view: View): Clip | null {
  const old = new Map(before.map((placed) => [placed.item.id, placed]));
  const now = new Set(after.map(({ item }) => item.id));
  const changed = before.filter(({ item }) => !now.has(item.id));
  const stayed = before.filter(({ item }) => now.has(item.id));
  let at = 0;
  for (const placed of after) {
    const was = old.get(placed.item.id);
    if (was === undefined) changed.push(placed);
    else {
      if (stayed[at++]?.item.id !== placed.item.id) return null;
      if (was.shape !== placed.shape || was.item.colour !== placed.item.colour || was.item.style !== placed.item.style) changed.push(was, placed);
    }
  }
  let [left, top, right, bottom] = [view.width, view.height, 0, 0];
  for (const placed of changed) {
    const place = placeOf(placed, view);
    left = Math.max(0, Math.min(left, place.left));
    top = Math.max(0, Math.min(top, place.top));
    right = Math.min(view.width, Math.max(right, place.right));
    bottom = Math.min(view.height, Math.max(bottom, place.bottom));
  }
  if (left >= right || top >= bottom) return { left: 0, top: 0, right: 0, bottom: 0 };
  return 2 * (right - left) * (bottom - top) > view.width * view.height ? null : { left, top, right, bottom };
}
