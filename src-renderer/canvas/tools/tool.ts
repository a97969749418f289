import type { ImagePoint, ScreenPoint } from '../../../src-shared/geometry/coordinates.ts';
import type { Box, InstanceId } from '../../../src-shared/domain/schema.ts';
import type { CanvasEvents, Scene } from '../types.ts';
import type { Size } from '../viewport.ts';

/** Where the pointer is, and what is held with it. */
export interface PointerAt {
  readonly screen: ScreenPoint;
  readonly image: ImagePoint;
  /** Whether it is over the image. */
  readonly inside: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  /** 0 the main button or a touch, 2 the right one. */
  readonly button: number;
}

/** What a tool sees of the canvas. */
export interface ToolContext {
  readonly events: CanvasEvents;
  scene(): Scene;
  imageSize(): Size;
  /** CSS pixels per image pixel. */
  zoom(): number;
  /** What decides the tool's cursor has changed. */
  cursorChanged(): void;
  hit(point: ImagePoint): InstanceId | null;
  panBy(dx: number, dy: number): void;
  zoomBy(factor: number, at: ScreenPoint): void;
  fillBox(box: Box): void;
  /** The box shown while it is dragged, null for none. */
  setRubberBand(band: RubberBand | null): void;
  /** The stroke or box that gathers candidates, while it is dragged. */
  setGathering(gathering: Gathering | null): void;
}

export interface RubberBand {
  readonly box: Box;
  /** Text beside it, such as its size. */
  readonly caption: string | null;
}

/** What a stroke or box under way would take. */
export interface Gathering {
  /** The stroke; empty for a box. */
  readonly path: readonly ImagePoint[];
  readonly ids: ReadonlySet<number>;
}

/** A drag under way. `cancel` (Esc, a second finger) undoes what `move` showed. */
export interface Drag {
  move(at: PointerAt): void;
  end(at: PointerAt): void;
  cancel(): void;
}

/** One tool: each handler is optional, what is absent is ignored. */
export interface Tool {
  cursor(scene: Scene, alt: boolean): string;
  /** Whether faint guide lines follow the pointer. */
  readonly guides: boolean;
  /** A press has an effect at once, without waiting for the release: nothing can be dragged. */
  readonly onPress: boolean;
  hover?(at: PointerAt | null): void;
  /** A press and release in one place. */
  click?(at: PointerAt): void;
  /** A press has moved: `from` is where it began. Null declines. */
  drag?(from: PointerAt): Drag | null;
}
