import { screenBox, type Frame } from './frame.ts';
import type { Context } from './stage.ts';
import type { Scene } from './types.ts';

const RADIUS = 8;
/** CSS pixels a side below which an instance gets no mark: it would be hidden by it. */
const SMALLEST = 24;

/** In everything mode a tick on each instance: candidates have none, whatever their colors. */
export function paintAcceptedMarks(context: Context, { instances, hidden, looks, overlay, tool }: Scene, frame: Frame): void {
  if (tool !== 'everything' || overlay === null) return;
  for (const { id, box } of instances) {
    const on = screenBox(box, frame);
    if (hidden.has(id) || on.width < SMALLEST || on.height < SMALLEST || on.x > frame.size.width || on.y > frame.size.height || on.x + on.width < 0 || on.y + on.height < 0) continue;
    const [x, y] = [on.x + on.width / 2, on.y + on.height / 2];
    disc(context, x, y, RADIUS + 1.5, '#ffffff');
    disc(context, x, y, RADIUS, frame.theme.labelBackground);
    context.strokeStyle = looks.get(id)?.colour ?? '#ffffff';
    context.lineWidth = 2.25;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(x - 3.5, y + 0.25);
    context.lineTo(x - 1, y + 2.75);
    context.lineTo(x + 3.75, y - 2.75);
    context.stroke();
    context.lineCap = 'butt';
  }
}

function disc(context: Context, x: number, y: number, radius: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
