import type { Instance, InstanceId, Shape } from '../../src-shared/domain/schema.ts';
import type { DeviceTransform, MaskItem, MaskLayerName, MaskShapeEntry, RenderedLayer, ToMaskWorker } from '../workers/mask-protocol.ts';
import type { Context } from './stage.ts';
import type { Scene } from './types.ts';
import type { Size } from './viewport.ts';

/** Colour of an instance that the scene gives no look: one without a class. */
const UNLABELLED = '#b8bec6';

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
 * Instances, painted by a worker. While the view moves, the last picture is moved with it at once;
 * the worker's next one, at the view's own resolution, takes its place a frame or two later.
 */
export class MaskLayer {
  readonly #changed: () => void;
  readonly #broken: () => void;
  #worker: Worker;
  #restarts = 0;
  #scene: Scene | null = null;
  readonly #layers: Record<MaskLayerName, Layer> = { instances: newLayer(), emphasis: newLayer() };
  readonly #sent = new Map<InstanceId, Shape>();
  #instances: readonly Instance[] | null = null;
  #looks: Scene['looks'] | null = null;
  #hidden: Scene['hidden'] | null = null;
  #selection: Scene['selection'] | null = null;
  #hovered: InstanceId | null = null;

  /** `changed` asks for a paint; `broken` says that masks cannot be painted any more. */
  constructor(changed: () => void, broken: () => void) {
    this.#changed = changed;
    this.#broken = broken;
    this.#worker = this.#start();
  }

  /** Takes what a scene shows. With `reset` (another image) pictures of the old one are dropped at once. */
  update(scene: Scene, reset: boolean): void {
    this.#scene = scene;
    if (reset) this.#drop();
    const shapesChanged = scene.instances !== this.#instances;
    const looksChanged = shapesChanged || scene.looks !== this.#looks || scene.hidden !== this.#hidden;
    const emphasisChanged = looksChanged || scene.selection !== this.#selection || scene.hovered !== this.#hovered;
    if (!emphasisChanged) return;
    this.#instances = scene.instances;
    this.#looks = scene.looks;
    this.#hidden = scene.hidden;
    this.#selection = scene.selection;
    this.#hovered = scene.hovered;
    if (shapesChanged) this.#sendShapes(scene.instances);
    const visible = scene.instances.filter((instance) => !scene.hidden.has(instance.id)).sort((a, b) => a.z - b.z || a.id - b.id);
    if (looksChanged) {
      this.#setItems('instances', visible.map(({ id }) => ({ id, colour: colourOf(scene, id), style: 'rest' })), shapesChanged);
    }
    const emphasised = visible.filter(({ id }) => id === scene.hovered || scene.selection.has(id));
    this.#setItems('emphasis', emphasised.map(({ id }) => ({ id, colour: colourOf(scene, id), style: scene.selection.has(id) ? 'selected' : 'hovered' })), shapesChanged);
  }

  /** Draws what there is and asks for what is missing for this view. */
  paint(context: Context, transform: DeviceTransform, device: Size, ratio: number): void {
    context.clearRect(0, 0, device.width, device.height);
    for (const name of ['instances', 'emphasis'] as const) {
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

  /** Whether the instances' last change is in the picture that `paint` draws. */
  get settled(): boolean {
    const { items, stale, busy } = this.#layers.instances;
    return items.length === 0 || (!stale && !busy);
  }

  destroy(): void {
    this.#worker.terminate();
    this.#drop();
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
    for (const layer of Object.values(this.#layers)) Object.assign(layer, { busy: false, outdated: false, items: [] });
    this.#sent.clear();
    this.#instances = null;
    if (this.#scene) this.update(this.#scene, false);
    this.#changed();
  }

  #drop(): void {
    for (const layer of Object.values(this.#layers)) {
      layer.rendered?.bitmap?.close();
      layer.rendered = null;
      layer.outdated = layer.busy;
      layer.stale = true;
    }
  }

  #sendShapes(instances: readonly Instance[]): void {
    const ids = new Set(instances.map(({ id }) => id));
    const remove = [...this.#sent.keys()].filter((id) => !ids.has(id));
    const changed = instances.filter(({ id, shape }) => this.#sent.get(id) !== shape);
    for (const id of remove) this.#sent.delete(id);
    for (const { id, shape } of changed) this.#sent.set(id, shape);
    const set: MaskShapeEntry[] = changed.map(({ id, shape, box }) => ({ id, shape, box }));
    if (set.length > 0 || remove.length > 0) this.#post({ type: 'shapes', set, remove });
  }

  #setItems(name: MaskLayerName, items: readonly MaskItem[], shapesChanged: boolean): void {
    const layer = this.#layers[name];
    if (!shapesChanged && sameItems(layer.items, items)) return;
    layer.items = items;
    layer.stale = true;
    this.#post({ type: 'items', layer: name, items });
  }

  #post(message: ToMaskWorker): void {
    this.#worker.postMessage(message, []);
  }
}

function colourOf(scene: Scene, id: InstanceId): string {
  return scene.looks.get(id)?.colour ?? UNLABELLED;
}

function sameItems(a: readonly MaskItem[], b: readonly MaskItem[]): boolean {
  return a.length === b.length && a.every((item, i) => item.id === b[i]?.id && item.colour === b[i].colour && item.style === b[i].style);
}

/** Whether a rendered layer shows exactly this view. A layer without a picture fits no other view: something may come in sight. */
function fits(rendered: RenderedLayer | null, transform: DeviceTransform, device: Size): boolean {
  if (!rendered) return false;
  const { transform: old, bitmap } = rendered;
  const sameSize = !bitmap || (bitmap.width === device.width && bitmap.height === device.height);
  return sameSize && old.scale === transform.scale && old.x === transform.x && old.y === transform.y;
}

function drawMoved(context: Context, bitmap: ImageBitmap, from: DeviceTransform, to: DeviceTransform): void {
  const factor = to.scale / from.scale;
  context.imageSmoothingEnabled = factor !== 1;
  context.drawImage(bitmap, to.x - from.x * factor, to.y - from.y * factor, bitmap.width * factor, bitmap.height * factor);
}
