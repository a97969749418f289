import type { EditorCanvas } from '../canvas/types.ts';

/** The canvas on screen, for commands that move its view. */
let canvas: EditorCanvas | null = null;

export function setCanvas(given: EditorCanvas | null): void {
  canvas = given;
}

export function onCanvas(act: (canvas: EditorCanvas) => void): void {
  if (canvas !== null) act(canvas);
}

/** Puts the keyboard back on the canvas, from where drawing goes on. */
export function focusCanvas(): void {
  document.querySelector<HTMLElement>('[data-canvas]')?.focus({ preventScroll: true });
}
