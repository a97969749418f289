import type { InstanceId } from '../../src-shared/domain/schema.ts';
import type { MaskItem, MaskLayerName, MaskShapeEntry, RenderRequest, RenderedLayer, ToMaskWorker } from './mask-protocol.ts';
import { bandsFor } from './mask-style.ts';
import { bandReach, paintShape, unpremultiply, type Surface } from './paint-shape.ts';
import { gridFor, placeShape, prepareBox, prepareShape, type PreparedShape } from './place-shape.ts';
import { SpanTable } from './span-table.ts';

/** Paints instances at the view's own resolution, off the page's thread. The cost is that of the screen, not of the image. */

const scope = self as unknown as DedicatedWorkerGlobalScope;
const shapes = new Map<InstanceId, PreparedShape>();
const items: Record<MaskLayerName, readonly MaskItem[]> = { instances: [], emphasis: [] };
const table = new SpanTable();
let surface: Surface = { width: 0, height: 0, pixels: new Uint8ClampedArray(0) };

scope.addEventListener('message', (event: MessageEvent<ToMaskWorker>) => {
  const message = event.data;
  switch (message.type) {
    case 'shapes':
      for (const id of message.remove) shapes.delete(id);
      for (const entry of message.set) shapes.set(entry.id, prepared(entry));
      return;
    case 'items':
      items[message.layer] = message.items;
      return;
    case 'render':
      answer(message);
  }
});

/** A mask whose run lengths are damaged is shown by its box: it can be seen, selected and deleted. */
function prepared({ shape, box }: MaskShapeEntry): PreparedShape {
  try {
    return prepareShape(shape, box);
  } catch {
    return prepareBox(box);
  }
}

function answer(request: RenderRequest): void {
  const bitmap = paint(request) ? toBitmap(surface) : null;
  const rendered: RenderedLayer = { layer: request.layer, transform: request.transform, bitmap };
  scope.postMessage(rendered, bitmap ? [bitmap] : []);
}

function toBitmap({ width, height, pixels }: Surface): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas.transferToImageBitmap();
}

/** Whether anything was painted. */
function paint({ layer, transform, width, height, ratio }: RenderRequest): boolean {
  if (surface.width !== width || surface.height !== height) surface = { width, height, pixels: new Uint8ClampedArray(width * height * 4) };
  else surface.pixels.fill(0);
  let painted = false;
  for (const item of items[layer]) {
    const shape = shapes.get(item.id);
    if (!shape) continue;
    const grid = gridFor(shape.kind, transform, width, height);
    const bands = bandsFor(item.style, shape.kind, item.colour, ratio, grid.crisp);
    placeShape(shape, grid, bandReach(bands), table);
    if (table.empty) continue;
    paintShape(surface, grid, table, bands);
    painted = true;
  }
  if (painted) unpremultiply(surface.pixels);
  return painted;
}
