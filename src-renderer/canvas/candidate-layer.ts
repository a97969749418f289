import type { DeviceTransform, MaskItem } from '../workers/mask-protocol.ts';
import { MaskPainter } from './mask-painter.ts';
import type { Context } from './stage.ts';
import type { Overlay } from './types.ts';
import type { Size } from './viewport.ts';

const NONE: ReadonlySet<number> = new Set();

/** Candidates of everything mode over the instances. Their worker is started with the first of them. */
export class CandidateLayer {
  readonly #changed: () => void;
  readonly #broken: () => void;
  #painter: MaskPainter | null = null;
  #overlay: Overlay | null = null;
  #marked: ReadonlySet<number> = NONE;

  /** `changed` asks for a paint; `broken` says that masks cannot be painted any more. */
  constructor(changed: () => void, broken: () => void) {
    this.#changed = changed;
    this.#broken = broken;
  }

  /** Takes what is shown: `marked` are those that a stroke or box under way would take. With `reset`, pictures of the old image are dropped. */
  update(overlay: Overlay | null, marked: ReadonlySet<number>, reset: boolean): void {
    if (reset) this.#painter?.drop();
    const before = this.#overlay;
    if (overlay === before && marked === this.#marked) return;
    this.#overlay = overlay;
    this.#marked = marked;
    if (!overlay && !this.#painter) return;
    this.#painter ??= new MaskPainter(this.#changed, this.#broken);
    if (overlay?.candidates !== before?.candidates) this.#painter.setShapes((overlay?.candidates ?? []).map(({ id, shape, box }) => ({ id, shape, box })));
    const shown = overlay?.shown ?? [];
    if (overlay?.shown !== before?.shown) this.#painter.setItems('rest', shown.map(({ id, colour }): MaskItem => ({ id, colour, style: 'candidate' })));
    const emphasised = shown.filter(({ id }) => id === overlay?.highlighted || marked.has(id));
    this.#painter.setItems('emphasis', emphasised.map(({ id, colour }): MaskItem => ({ id, colour, style: 'selected' })));
  }

  /** Draws over what the context holds. */
  paint(context: Context, transform: DeviceTransform, device: Size, ratio: number): void {
    if (this.#overlay) this.#painter?.paint(context, transform, device, ratio);
  }

  destroy(): void {
    this.#painter?.destroy();
  }
}
