import type { ImagePoint } from '../../src-shared/geometry/coordinates.ts';
import type { EditorCanvas } from '../canvas/types.ts';

/** The canvas on screen, for commands that move its view. */
let canvas: EditorCanvas | null = null;

export function setCanvas(given: EditorCanvas | null): void {
  canvas = given;
}

export function onCanvas(act: (canvas: EditorCanvas) => void): void {
  if (canvas !== null) act(canvas);
}

/** The image point under the canvas' crosshair, null while there is none. */
export function crosshair(): ImagePoint | null {
  return canvas?.crosshair ?? null;
}

/** Whether the keyboard acts on the canvas itself. */
export function canvasHasFocus(): boolean {
  return document.activeElement?.hasAttribute('data-canvas') ?? false;
}

/** Puts the keyboard back on the canvas, from where drawing goes on. */
export function focusCanvas(): void {
  document.querySelector<HTMLElement>('[data-canvas]')?.focus({ preventScroll: true });
}
