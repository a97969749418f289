import type { Box } from '../../src-shared/domain/schema.ts';
import { screenBox, type Frame } from './frame.ts';
import { LABEL_GAP as GAP, LABEL_HEIGHT, placeLabels } from './label-places.ts';
import type { Context } from './stage.ts';
import type { Scene } from './types.ts';
import { clamp } from './viewport.ts';

/** With more selected than this, labels would hide the picture: only the hovered one keeps its own. */
const MOST_LABELS = 12;
const PADDING = 7;
const SWATCH = 8;
const LEAD = SWATCH + 6;

interface Label {
  readonly text: string;
  readonly colour: string;
  /** CSS pixels of the canvas. */
  readonly box: Box;
}

/** Class and colour beside what is selected, under the pointer or being drawn. The first of these has its way where there is little room. */
export function paintLabels(context: Context, scene: Scene, draftBox: Box | null, frame: Frame): void {
  context.font = frame.theme.font;
  const labels = [...tipOf(scene), ...draftLabel(scene, draftBox), ...namesOf(scene)].map((it): Label => ({ ...it, text: shorten(context, it.text, frame.size.width / 3), box: screenBox(it.box, frame) }));
  const places = placeLabels(labels.map(({ text, box }) => ({ box, width: pillWidth(context, text, true) })), frame.size);
  for (const [i, { text, colour }] of labels.entries()) {
    const place = places[i];
    if (place) paintPill(context, text, colour, place.x, place.y, frame);
  }
}

/** What is known of the candidate under the pointer. Boxes are in image pixels, here and below. */
function tipOf({ overlay }: Scene): Label[] {
  const found = overlay?.tip == null ? undefined : overlay.shown.find(({ id }) => id === overlay.highlighted);
  return found && overlay?.tip != null ? [{ text: overlay.tip, colour: found.colour, box: found.box }] : [];
}

function draftLabel({ draft }: Scene, box: Box | null): Label[] {
  return draft?.label != null && box ? [{ text: draft.label, colour: draft.colour, box }] : [];
}

function namesOf(scene: Scene): Label[] {
  const few = scene.selection.size <= MOST_LABELS;
  const named = scene.instances.filter(({ id }) => (id === scene.hovered || (few && scene.selection.has(id))) && !scene.hidden.has(id));
  return named.toSorted((a, b) => Number(b.id === scene.hovered) - Number(a.id === scene.hovered)).flatMap(({ id, box }) => {
    const look = scene.looks.get(id);
    return look ? [{ text: look.label, colour: look.colour, box }] : [];
  });
}

/** A box's size, below its lower right corner. */
export function paintCaption(context: Context, text: string, box: Box, frame: Frame): void {
  const on = screenBox(box, frame);
  context.font = frame.theme.font;
  const width = pillWidth(context, text, false);
  const { size } = frame;
  paintPill(context, text, null, clamp(on.x + on.width - width, GAP, size.width - width - GAP), clamp(on.y + on.height + GAP + 2, GAP, size.height - LABEL_HEIGHT - GAP), frame);
}

const pillWidth = (context: Context, text: string, swatch: boolean): number => Math.ceil(context.measureText(text).width) + (swatch ? LEAD : 0) + 2 * PADDING;

function paintPill(context: Context, text: string, colour: string | null, x: number, y: number, { theme }: Frame): void {
  const lead = colour ? LEAD : 0;
  const [left, top] = [Math.round(x), Math.round(y)];
  context.fillStyle = theme.labelBackground;
  context.beginPath();
  context.roundRect(left, top, pillWidth(context, text, colour !== null), LABEL_HEIGHT, 5);
  context.fill();
  if (colour) {
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left + PADDING, top + (LABEL_HEIGHT - SWATCH) / 2, SWATCH, SWATCH, 2);
    context.fill();
  }
  context.fillStyle = theme.labelText;
  context.textBaseline = 'middle';
  context.fillText(text, left + PADDING + lead, top + LABEL_HEIGHT / 2 + 0.5);
}

function shorten(context: Context, text: string, most: number): string {
  if (context.measureText(text).width <= most) return text;
  let kept = text.slice(0, 200);
  while (kept.length > 1 && context.measureText(`${kept}…`).width > most) kept = kept.slice(0, -1);
  return `${kept}…`;
}
