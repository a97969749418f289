import type { Box } from '../../src-shared/domain/schema.ts';
import { screenBox, type Frame } from './frame.ts';
import type { Context } from './stage.ts';
import type { Scene } from './types.ts';
import { clamp } from './viewport.ts';

/** With more selected than this, labels would hide the picture: only the hovered one keeps its own. */
const MOST_LABELS = 12;
const HEIGHT = 20;
const PADDING = 7;
const SWATCH = 8;
const GAP = 4;

/** Class and colour beside what is selected or under the pointer. */
export function paintLabels(context: Context, scene: Scene, frame: Frame): void {
  const few = scene.selection.size <= MOST_LABELS;
  paintTip(context, scene, frame);
  for (const { id, box } of scene.instances) {
    const look = scene.looks.get(id);
    const named = id === scene.hovered || (few && scene.selection.has(id));
    if (!look || !named || scene.hidden.has(id)) continue;
    paintLabel(context, look.label, look.colour, box, frame);
  }
}

/** What is known of the candidate under the pointer. */
function paintTip(context: Context, { overlay }: Scene, frame: Frame): void {
  const found = overlay?.tip == null ? undefined : overlay.shown.find(({ id }) => id === overlay.highlighted);
  if (found && overlay?.tip != null) paintLabel(context, overlay.tip, found.colour, found.box, frame);
}

/** Above the box, or inside where there is no room. */
function paintLabel(context: Context, text: string, colour: string, box: Box, frame: Frame): void {
  const on = screenBox(box, frame);
  if (on.x > frame.size.width || on.y > frame.size.height || on.x + on.width < 0 || on.y + on.height < 0) return;
  const above = on.y - HEIGHT - GAP;
  paintPill(context, text, colour, on.x, above < GAP ? on.y + GAP : above, frame);
}

/** A box's size, below its lower right corner. */
export function paintCaption(context: Context, text: string, box: Box, frame: Frame): void {
  const on = screenBox(box, frame);
  context.font = frame.theme.font;
  const width = context.measureText(text).width + 2 * PADDING;
  paintPill(context, text, null, on.x + on.width - width, on.y + on.height + GAP + 2, frame);
}

function paintPill(context: Context, text: string, colour: string | null, x: number, y: number, { size, theme }: Frame): void {
  context.font = theme.font;
  const shown = shorten(context, text, size.width / 3);
  const lead = colour ? SWATCH + 6 : 0;
  const width = Math.ceil(context.measureText(shown).width) + lead + 2 * PADDING;
  const left = Math.round(clamp(x, GAP, size.width - width - GAP));
  const top = Math.round(clamp(y, GAP, size.height - HEIGHT - GAP));
  context.fillStyle = theme.labelBackground;
  context.beginPath();
  context.roundRect(left, top, width, HEIGHT, 5);
  context.fill();
  if (colour) {
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left + PADDING, top + (HEIGHT - SWATCH) / 2, SWATCH, SWATCH, 2);
    context.fill();
  }
  context.fillStyle = theme.labelText;
  context.textBaseline = 'middle';
  context.fillText(shown, left + PADDING + lead, top + HEIGHT / 2 + 0.5);
}

function shorten(context: Context, text: string, most: number): string {
  if (context.measureText(text).width <= most) return text;
  let kept = text.slice(0, 200);
  while (kept.length > 1 && context.measureText(`${kept}…`).width > most) kept = kept.slice(0, -1);
  return `${kept}…`;
}
