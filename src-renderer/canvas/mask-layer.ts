import type { Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import type { DeviceTransform } from '../workers/mask-protocol.ts';
import { MaskPainter } from './mask-painter.ts';
import type { Context } from './stage.ts';
import type { Scene } from './types.ts';
import type { Size } from './viewport.ts';

/** Colour of an instance that the scene gives no look: one without a class. */
const UNLABELLED = '#b8bec6';

/** The instances, with emphasis over them for what is selected or under the pointer. */
export class MaskLayer {
  readonly #painter: MaskPainter;
  #instances: readonly Instance[] | null = null;
  #looks: Scene['looks'] | null = null;
  #hidden: Scene['hidden'] | null = null;
  #selection: Scene['selection'] | null = null;
  #hovered: InstanceId | null = null;
  #style: 'rest' | 'accepted' = 'rest';

  /** `changed` asks for a paint; `broken` says that masks cannot be painted any more. */
  constructor(changed: () => void, broken: () => void) {
    this.#painter = new MaskPainter(changed, broken);
  }

  /** Takes what a scene shows. With `reset` (another image) pictures of the old one are dropped at once. */
  update(scene: Scene, reset: boolean): void {
    if (reset) this.#painter.drop();
    const shapesChanged = scene.instances !== this.#instances;
    const style = scene.overlay !== null && scene.tool === 'everything' ? 'accepted' : 'rest';
    const looksChanged = shapesChanged || style !== this.#style || scene.looks !== this.#looks || scene.hidden !== this.#hidden;
    const emphasisChanged = looksChanged || scene.selection !== this.#selection || scene.hovered !== this.#hovered;
    if (!emphasisChanged) return;
    this.#instances = scene.instances;
    this.#looks = scene.looks;
    this.#hidden = scene.hidden;
    this.#selection = scene.selection;
    this.#hovered = scene.hovered;
    this.#style = style;
    if (shapesChanged) this.#painter.setShapes(scene.instances.map(({ id, shape, box }) => ({ id, shape, box })));
    const visible = scene.instances.filter((instance) => !scene.hidden.has(instance.id)).sort((a, b) => a.z - b.z || a.id - b.id);
    if (looksChanged) this.#painter.setItems('rest', visible.map(({ id }) => ({ id, colour: colourOf(scene, id), style })));
    const emphasised = visible.filter(({ id }) => id === scene.hovered || scene.selection.has(id));
    this.#painter.setItems('emphasis', emphasised.map(({ id }) => ({ id, colour: colourOf(scene, id), style: scene.selection.has(id) ? 'selected' : 'hovered' })));
  }

  /** Draws over what the context holds. */
  paint(context: Context, transform: DeviceTransform, device: Size, ratio: number): void {
    this.#painter.paint(context, transform, device, ratio);
  }

  /** Whether the instances' last change is in the picture that `paint` draws. */
  get settled(): boolean {
    return this.#painter.settled;
  }

  destroy(): void {
    this.#painter.destroy();
  }
}

function colourOf(scene: Scene, id: InstanceId): string {
  return scene.looks.get(id)?.colour ?? UNLABELLED;
}
