import type { Shape } from '../../src-shared/domain/schema.ts';
import type { DeviceTransform, MaskItem, MaskLayerName, MaskShapeEntry, RenderedLayer, ToMaskWorker } from '../workers/mask-protocol.ts';
import type { Context } from './stage.ts';
import { sameSize, type Size } from './viewport.ts';

/** Failures of the worker after which it is given up. */
const MOST_RESTARTS = 3;

interface Layer {
  rendered: RenderedLayer | null;
  /** The worker is painting this layer. */
  busy: boolean;
  /** What the worker is painting belongs to an image that is no longer shown. */
  outdated: boolean;
  /** What it should show has changed since it was last asked for. */
  stale: boolean;
  items: readonly MaskItem[];
}

const newLayer = (): Layer => ({ rendered: null, busy: false, outdated: false, stale: false, items: [] });

/**
 * Masks, painted by a worker of their own. While the view moves, the last picture is moved with it at once;
 * the worker's next one, at the view's own resolution, takes its place a frame or two later.
 * Ids are those of whoever gives the shapes: two painters know nothing of each other's.
 */
export class MaskPainter {
  readonly #changed: () => void;
  readonly #broken: () => void;
  #worker: Worker;
  #restarts = 0;
  readonly #layers: Record<MaskLayerName, Layer> = { rest: newLayer(), emphasis: newLayer() };
  #shapes: readonly MaskShapeEntry[] = [];
  #sent = new Map<number, Shape>();

  /** `changed` asks for a paint; `broken` says that masks cannot be painted any more. */
  constructor(changed: () => void, broken: () => void) {
    this.#changed = changed;
    this.#broken = broken;
    this.#worker = this.#start();
  }

  /** All shapes that layers may show. Only those that are new, as objects, travel to the worker. */
  setShapes(shapes: readonly MaskShapeEntry[]): void {
    this.#shapes = shapes;
    const ids = new Set(shapes.map(({ id }) => id));
    const remove = [...this.#sent.keys()].filter((id) => !ids.has(id));
    const set = shapes.filter(({ id, shape }) => this.#sent.get(id) !== shape);
    if (set.length === 0 && remove.length === 0) return;
    for (const id of remove) this.#sent.delete(id);
    for (const { id, shape } of set) this.#sent.set(id, shape);
    this.#post({ type: 'shapes', set, remove });
    for (const layer of Object.values(this.#layers)) layer.stale = true;
  }

  /** What a layer shows, lowest first. */
  setItems(name: MaskLayerName, items: readonly MaskItem[]): void {
    const layer = this.#layers[name];
    if (sameItems(layer.items, items)) return;
    layer.items = items;
    layer.stale = true;
    this.#post({ type: 'items', layer: name, items });
  }

  /** Draws what there is over what the context holds, and asks for what is missing for this view. */
  paint(context: Context, transform: DeviceTransform, device: Size, ratio: number): void {
    for (const name of ['rest', 'emphasis'] as const) {
      const layer = this.#layers[name];
      if (layer.items.length === 0) continue;
      if (layer.rendered?.bitmap) drawMoved(context, layer.rendered.bitmap, layer.rendered.transform, transform);
      if (!layer.busy && (layer.stale || !fits(layer.rendered, transform, device))) {
        layer.busy = true;
        layer.stale = false;
        this.#post({ type: 'render', layer: name, transform, width: device.width, height: device.height, ratio });
      }
    }
  }

  /** Whether the last change of what is at rest is in the picture that `paint` draws. */
  get settled(): boolean {
    const { items, stale, busy } = this.#layers.rest;
    return items.length === 0 || (!stale && !busy);
  }

  /** Forgets the pictures: another image is shown. */
  drop(): void {
    for (const layer of Object.values(this.#layers)) {
      layer.rendered?.bitmap?.close();
      layer.rendered = null;
      layer.outdated = layer.busy;
      layer.stale = true;
    }
  }

  destroy(): void {
    this.#worker.terminate();
    this.drop();
  }

  #start(): Worker {
    const worker = new Worker(new URL('../workers/mask-worker.ts', import.meta.url), { type: 'module', name: 'masks' });
    worker.addEventListener('message', (event: MessageEvent<RenderedLayer>) => this.#take(event.data));
    worker.addEventListener('error', () => this.#restart());
    return worker;
  }

  #take(rendered: RenderedLayer): void {
    const layer = this.#layers[rendered.layer];
    (layer.outdated ? rendered : layer.rendered)?.bitmap?.close();
    if (!layer.outdated) layer.rendered = rendered;
    layer.busy = false;
    layer.outdated = false;
    this.#changed();
  }

  /** A worker that failed (out of memory, say) is replaced by one that is told everything anew. */
  #restart(): void {
    this.#worker.terminate();
    if (this.#restarts === MOST_RESTARTS) {
      this.#broken();
      return;
    }
    this.#restarts++;
    this.#worker = this.#start();
    this.#sent = new Map();
    this.setShapes(this.#shapes);
    for (const name of ['rest', 'emphasis'] as const) {
      const layer = this.#layers[name];
      Object.assign(layer, { busy: false, outdated: false, stale: true });
      this.#post({ type: 'items', layer: name, items: layer.items });
    }
    this.#changed();
  }

  #post(message: ToMaskWorker): void {
    this.#worker.postMessage(message, []);
  }
}

function sameItems(a: readonly MaskItem[], b: readonly MaskItem[]): boolean {
  return a.length === b.length && a.every((item, i) => item.id === b[i]?.id && item.colour === b[i].colour && item.style === b[i].style);
}

/** Whether a rendered layer shows exactly this view. A layer without a picture fits no other view: something may come in sight. */
function fits(rendered: RenderedLayer | null, transform: DeviceTransform, device: Size): boolean {
  if (!rendered) return false;
  const { transform: old, bitmap } = rendered;
  return (!bitmap || sameSize(bitmap, device)) && old.scale === transform.scale && old.x === transform.x && old.y === transform.y;
}

function drawMoved(context: Context, bitmap: ImageBitmap, from: DeviceTransform, to: DeviceTransform): void {
  const factor = to.scale / from.scale;
  context.imageSmoothingEnabled = factor !== 1;
  context.drawImage(bitmap, to.x - from.x * factor, to.y - from.y * factor, bitmap.width * factor, bitmap.height * factor);
}
