import { imagePoint, screenPoint, type ImagePoint, type ScreenPoint } from '../../src-shared/geometry/coordinates.ts';
import type { Box, PromptPoint } from '../../src-shared/domain/schema.ts';
import { paintAcceptedMarks } from './accepted-marks.ts';
import { BusyRing } from './busy-ring.ts';
import { DraftPainter } from './draft-painter.ts';
import { screenBox, type Frame } from './frame.ts';
import { paintCaption, paintLabels } from './labels.ts';
import { OutlinePainter } from './outline-painter.ts';
import type { Context } from './stage.ts';
import type { Gathering, RubberBand } from './tools/tool.ts';
import type { Draft, Scene } from './types.ts';
import { toScreen } from './viewport.ts';

const POINT_RADIUS = 7;
const CORNER = 7;
/** CSS pixels from the crosshair's middle to where its arms begin and end: beyond the disc of a point placed there. */
const ARM = { from: 3, to: 20 };

/** What a drag under way shows. */
interface Gesture {
  readonly band: RubberBand | null;
  readonly gathering: Gathering | null;
}

/** What changes with each click and each move: the draft, its prompts, labels, the rubber band and guide lines. */
export class InteractionLayer {
  readonly #draft = new DraftPainter();
  readonly #outline = new OutlinePainter();
  readonly #busy: BusyRing;

  constructor(host: HTMLElement) {
    this.#busy = new BusyRing(host);
  }

  paint(context: Context, scene: Scene, frame: Frame, { band, gathering }: Gesture, guides: ScreenPoint | null, crosshair: ImagePoint | null): void {
    const { device, ratio, transform } = frame;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, device.width, device.height);
    const { draft, outline } = scene;
    if (outline) this.#outline.paint(context, outline, transform, ratio);
    if (draft) this.#draft.paint(context, draft, transform, device, ratio);
    // Everything below has sizes in CSS pixels, whatever the zoom.
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintAcceptedMarks(context, scene, frame);
    paintLabels(context, scene, draft && this.#draft.box(draft), frame);
    // A box under way takes the place of the draft's.
    if (draft?.box && !band) paintBox(context, draft.box, frame, true);
    for (const point of draft?.points ?? []) paintPoint(context, point, frame);
    if (guides && scene.image) paintGuides(context, guides, screenBox({ x: 0, y: 0, width: scene.image.pyramid.width, height: scene.image.pyramid.height }, frame));
    if (band) {
      paintBox(context, band.box, frame, false);
      if (band.caption) paintCaption(context, band.caption, band.box, frame);
    }
    if (gathering) paintStroke(context, gathering.path, frame);
    if (crosshair) paintCrosshair(context, crosshair, frame);
    this.#busy.place(draft?.busy ? lastPrompt(draft, frame) : null);
  }

  destroy(): void {
    this.#busy.destroy();
  }
}

function lastPrompt(draft: Draft, { view, size }: Frame): ScreenPoint | null {
  const point = draft.points.at(-1);
  if (point) return toScreen(view, size, imagePoint(point.x, point.y));
  if (draft.box) return toScreen(view, size, imagePoint(draft.box.x + draft.box.width / 2, draft.box.y + draft.box.height / 2));
  return null;
}

function paintBox(context: Context, box: Box, frame: Frame, corners: boolean): void {
  const { x, y, width, height } = screenBox(box, frame);
  context.strokeStyle = 'rgba(0, 0, 0, 0.45)';
  context.lineWidth = 3.5;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = frame.theme.accent;
  context.lineWidth = 1.75;
  context.strokeRect(x, y, width, height);
  if (!corners) {
    context.globalAlpha = 0.1;
    context.fillStyle = frame.theme.accent;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
    return;
  }
  context.fillStyle = '#ffffff';
  for (const [cornerX, cornerY] of [[x, y], [x + width, y], [x, y + height], [x + width, y + height]] as const) {
    context.fillRect(cornerX - CORNER / 2, cornerY - CORNER / 2, CORNER, CORNER);
    context.strokeRect(cornerX - CORNER / 2, cornerY - CORNER / 2, CORNER, CORNER);
  }
}

/** Green with a plus for foreground, red with a minus for background: told apart without colour too. */
function paintPoint(context: Context, point: PromptPoint, { view, size, theme }: Frame): void {
  const { x, y } = toScreen(view, size, imagePoint(point.x, point.y));
  disc(context, x, y, POINT_RADIUS + 2.5, 'rgba(0, 0, 0, 0.35)');
  disc(context, x, y, POINT_RADIUS + 1.5, '#ffffff');
  disc(context, x, y, POINT_RADIUS, point.label === 1 ? theme.foregroundPoint : theme.backgroundPoint);
  context.fillStyle = '#ffffff';
  context.fillRect(x - 3.5, y - 0.9, 7, 1.8);
  if (point.label === 1) context.fillRect(x - 0.9, y - 3.5, 1.8, 7);
}

function disc(context: Context, x: number, y: number, radius: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** The path of a stroke, light on dark so that it shows on any picture. */
function paintStroke(context: Context, path: readonly ImagePoint[], { view, size }: Frame): void {
  context.lineJoin = 'round';
  context.lineCap = 'round';
  for (const [colour, width] of [['rgba(0, 0, 0, 0.5)', 5], ['#ffffff', 2.5]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (const point of path) {
      const { x, y } = toScreen(view, size, point);
      context.lineTo(x, y);
    }
    context.stroke();
  }
  context.lineCap = 'butt';
}

/** Four arms around the point, white on black so that they show on any picture. */
function paintCrosshair(context: Context, point: ImagePoint, { view, size }: Frame): void {
  const { x, y } = toScreen(view, size, point);
  for (const [colour, width] of [['rgba(0, 0, 0, 0.75)', 4], ['#ffffff', 1.75]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      context.moveTo(x + dx * ARM.from, y + dy * ARM.from);
      context.lineTo(x + dx * ARM.to, y + dy * ARM.to);
    }
    context.stroke();
  }
}

/** Lines through the pointer across the image, light on dark so that they show on any picture. */
function paintGuides(context: Context, at: ScreenPoint, image: Box): void {
  const { x, y } = screenPoint(Math.round(at.x) + 0.5, Math.round(at.y) + 0.5);
  for (const [colour, offset] of [['rgba(0, 0, 0, 0.35)', 1], ['rgba(255, 255, 255, 0.5)', 0]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(image.x, y + offset);
    context.lineTo(image.x + image.width, y + offset);
    context.moveTo(x + offset, image.y);
    context.lineTo(x + offset, image.y + image.height);
    context.stroke();
  }
}
