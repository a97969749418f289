import type { MouseEvent } from 'react';

/**
 * For controls beside the canvas: a mouse press uses them without taking the keyboard from it, so that Enter goes on
 * meaning "accept" there. By keyboard they are reached and focused as ever.
 */
export const keepFocus = (event: MouseEvent): void => event.preventDefault();
