import type { Box, Shape } from '../../src-shared/domain/schema.ts';

/** What the canvas and its mask worker say to each other. */

/** device = image · scale + (x, y), in device pixels; x and y are whole, so that all layers agree on every pixel edge. */
export interface DeviceTransform {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** `rest` holds everything as it lies there; `emphasis`, painted over it, what is selected or under the pointer. */
export type MaskLayerName = 'rest' | 'emphasis';

/** 'accepted': an instance while candidates of everything mode lie about it. A candidate hides those it lies over, as the reference's `show_anns` draws them; everything else is blended. */
export type MaskStyle = 'rest' | 'accepted' | 'candidate' | 'hovered' | 'selected';

export interface MaskItem {
  readonly id: number;
  /** #rrggbb */
  readonly colour: string;
  readonly style: MaskStyle;
}

export interface MaskShapeEntry {
  /** Of an instance or a candidate: a worker paints one kind only. */
  readonly id: number;
  readonly shape: Shape;
  /** The shape's box, shown in the shape's place when its run lengths are damaged. */
  readonly box: Box;
}

export interface RenderRequest {
  readonly type: 'render';
  readonly layer: MaskLayerName;
  readonly transform: DeviceTransform;
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel: outlines keep their width in CSS pixels. */
  readonly ratio: number;
}

export type ToMaskWorker =
  | { readonly type: 'shapes'; readonly set: readonly MaskShapeEntry[]; readonly remove: readonly number[] }
  /** What a layer shows, lowest first. */
  | { readonly type: 'items'; readonly layer: MaskLayerName; readonly items: readonly MaskItem[] }
  | RenderRequest;

/** The picture of a layer for the view it was asked with; null when nothing of it is in view. */
export interface RenderedLayer {
  readonly layer: MaskLayerName;
  readonly transform: DeviceTransform;
  readonly bitmap: ImageBitmap | null;
}
