import { screenPoint, type ScreenPoint } from '../../src-shared/geometry/coordinates.ts';
import type { Box } from '../../src-shared/domain/schema.ts';
import { clamp, type Size } from './viewport.ts';

/** CSS pixels: a label's height, and what it keeps from its object and from the canvas' edges. */
export const LABEL_HEIGHT = 20;
export const LABEL_GAP = 4;
/** CSS pixels between two labels. */
const APART = 2;

export interface WantedLabel {
  /** What it names. CSS pixels of the canvas, as all here. */
  readonly box: Box;
  readonly width: number;
}

/**
 * Where labels go so that none covers another: above its object if it can, else below, inside or beside it, else as near
 * as there is room.
 *
 * @returns each label's upper left corner; null for one whose object is out of sight, or for which the canvas has no room
 */
export function placeLabels(labels: readonly WantedLabel[], canvas: Size): (ScreenPoint | null)[] {
  const taken: Box[] = [];
  return labels.map((label) => {
    const { box } = label;
    if (box.x > canvas.width || box.y > canvas.height || box.x + box.width < 0 || box.y + box.height < 0) return null;
    const place = placesOf(label, canvas).find((at) => !taken.some((other) => meets(other, at, label.width)));
    if (!place) return null;
    taken.push({ x: place.x, y: place.y, width: label.width, height: LABEL_HEIGHT });
    return place;
  });
}

function* placesOf({ box, width }: WantedLabel, canvas: Size): Generator<ScreenPoint> {
  const lowest = canvas.height - LABEL_HEIGHT - LABEL_GAP;
  const across = (x: number): number => clamp(x, LABEL_GAP, Math.max(LABEL_GAP, canvas.width - width - LABEL_GAP));
  const above = box.y - LABEL_HEIGHT - LABEL_GAP;
  const below = box.y + box.height + LABEL_GAP;
  const [left, right] = [across(box.x), across(box.x + box.width - width)];
  const near: [number, number][] = [[left, above], [left, box.y + LABEL_GAP], [left, below], [right, above], [right, below], [across(box.x + box.width + LABEL_GAP), box.y], [across(box.x - width - LABEL_GAP), box.y]];
  for (const [x, y] of near) if (y >= LABEL_GAP && y <= lowest) yield screenPoint(x, y);
  const from = clamp(above, LABEL_GAP, lowest);
  for (let step = 0; step * (LABEL_HEIGHT + APART) <= canvas.height; step++) {
    for (const y of [from + step * (LABEL_HEIGHT + APART), from - step * (LABEL_HEIGHT + APART)]) {
      if (y >= LABEL_GAP && y <= lowest) yield screenPoint(left, y);
    }
  }
}

function meets(other: Box, at: ScreenPoint, width: number): boolean {
  return at.x < other.x + other.width + APART && at.x + width + APART > other.x && at.y < other.y + LABEL_HEIGHT + APART && at.y + LABEL_HEIGHT + APART > other.y;
}
