import type { ImagePoint, ScreenPoint } from '../../src-shared/geometry/coordinates.ts';
import type { Box, ImageId, Instance, InstanceId, MaskShape, PromptPoint } from '../../src-shared/domain/schema.ts';
import type { LogitsFrame, Pyramid, ProjectHandle } from '../../src-shared/contract/types.ts';

/** The seam between the canvas (no React) and the rest of the page: data in, callbacks out. */

/** 'review' is in hand while proposals are looked at: it pans, and draws nothing. */
export type ToolId = 'select' | 'smart-point' | 'smart-box' | 'everything' | 'rectangle' | 'hand' | 'zoom' | 'review';

export interface CanvasImage {
  readonly project: ProjectHandle;
  readonly image: ImageId;
  readonly version: string;
  readonly pyramid: Pyramid;
}

/** How an instance looks: its class's colour as #rrggbb, and the label drawn beside it when selected or hovered. */
export interface InstanceLook {
  readonly colour: string;
  readonly label: string;
}

/** The prompt being built and the candidate being looked at. Null logits while none has come yet. */
export interface Draft {
  readonly points: readonly PromptPoint[];
  readonly box: Box | null;
  readonly colour: string;
  /** What accepting labels it as; drawn beside the candidate. Null: nothing is said. */
  readonly label: string | null;
  readonly frame: LogitsFrame | null;
  /** lowRes² logits of the candidate on show; above 0 is inside. */
  readonly logits: Float32Array | null;
  readonly busy: boolean;
}

/** A candidate of everything mode. Its id means nothing to instances. */
export interface OverlayCandidate {
  readonly id: number;
  readonly shape: MaskShape;
  readonly box: Box;
  /** #rrggbb */
  readonly colour: string;
}

/** A shape of which only the outline is drawn, dashed: rings are flat [x0, y0, …] in image pixels. */
export interface Outline {
  readonly rings: readonly (readonly number[])[];
}

/** Masks that lie over the image and are no instances: candidates of everything mode, or what is proposed for one. */
export interface Overlay {
  /** All there are, shown or not: so that showing others costs no more than painting them. */
  readonly candidates: readonly OverlayCandidate[];
  /** Those on show in painting order, largest first: each hides what it lies over. */
  readonly shown: readonly OverlayCandidate[];
  readonly highlighted: number | null;
  /** What is said beside the highlighted one. */
  readonly tip: string | null;
}

export interface Scene {
  readonly image: CanvasImage | null;
  readonly instances: readonly Instance[];
  readonly looks: ReadonlyMap<InstanceId, InstanceLook>;
  readonly selection: ReadonlySet<InstanceId>;
  readonly hovered: InstanceId | null;
  readonly hidden: ReadonlySet<InstanceId>;
  readonly draft: Draft | null;
  readonly overlay: Overlay | null;
  /** What a proposal is compared with. */
  readonly outline: Outline | null;
  readonly tool: ToolId;
  readonly readOnly: boolean;
  /** Whether a click can say what is not the object. */
  readonly backgroundPoints: boolean;
}

/** What a person did on the canvas. */
export interface CanvasEvents {
  /** A prompt click (smart point, or a click that refines a smart box's draft). */
  promptPoint(point: ImagePoint, label: 0 | 1): void;
  /** A box drawn with the smart box tool. */
  promptBox(box: Box): void;
  /** The draft's box was moved or resized. */
  boxAdjusted(box: Box): void;
  /** A box drawn with the rectangle tool. */
  rectangle(box: Box): void;
  /** Click with the select tool, null on empty ground; `extend` with Shift. */
  pick(instance: InstanceId | null, extend: boolean): void;
  hover(instance: InstanceId | null): void;
  /** The candidate of everything mode under the pointer, null for none. */
  candidateHover(candidate: number | null): void;
  /** Candidates that a click, a stroke or a box has taken. */
  /** @param by a click took the one under it; a stroke or a box may take one or many */
  candidatesTaken(candidates: readonly number[], by: 'click' | 'drag'): void;
  /** One that is not wanted. */
  candidateHidden(candidate: number): void;
  /** The image pixel under the pointer, null outside. */
  pointer(point: ImagePoint | null): void;
  viewport(view: Viewport): void;
  /** The image's base picture is on screen (performance marks, tests, "loading" states). */
  painted(image: ImageId): void;
  /** A draft's candidate has been painted. */
  draftPainted(): void;
  /** A change of the instances is on the screen. */
  instancesPainted(): void;
  failed(image: ImageId, message: string): void;
}

/** zoom = CSS pixels per image pixel; `centre` is the image point in the middle of the canvas. */
export interface Viewport {
  readonly zoom: number;
  readonly centre: ImagePoint;
}

export interface EditorCanvas {
  /** Show this; cheap to call at each change, only what differs is redrawn. */
  update(scene: Scene): void;
  fit(): void;
  /** 1 is 100 %: one image pixel a CSS pixel. Keeps the point `at` in place (the centre when absent). */
  zoomTo(zoom: number, at?: ScreenPoint): void;
  zoomBy(factor: number, at?: ScreenPoint): void;
  fitBox(box: Box): void;
  /** Moves the image, as far as is needed, so that the middle of this box can be seen. */
  bringIntoSight(box: Box): void;
  /** While true (Space held) any tool pans. */
  setPanning(on: boolean): void;
  /** The image point under the crosshair that the arrow keys move, null while there is none. */
  readonly crosshair: ImagePoint | null;
  /** Shows the crosshair and moves it by steps that can be seen (crosshair.ts). It goes with the pointer's next move. */
  moveCrosshair(dx: number, dy: number): void;
  /** Warm the base pictures of these images, so that switching to one paints at once. */
  preload(images: readonly CanvasImage[]): void;
  destroy(): void;
}

export type CreateEditorCanvas = (host: HTMLElement, events: CanvasEvents) => EditorCanvas;
