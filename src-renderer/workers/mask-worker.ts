import type { MaskItem, MaskLayerName, MaskShapeEntry, RenderRequest, RenderedLayer, ToMaskWorker } from './mask-protocol.ts';
import { bandsFor } from './mask-style.ts';
import { bandReach, newSurface, paintShape, toRows, type Surface } from './paint-shape.ts';
import { gridFor, placeShape, prepareBox, prepareShape, type PreparedShape } from './place-shape.ts';
import { SpanTable } from './span-table.ts';

/** Paints masks at the view's own resolution, off the page's thread. The cost is that of the screen, not of the image. */

const scope = self as unknown as DedicatedWorkerGlobalScope;
const shapes = new Map<number, PreparedShape>();
const items: Record<MaskLayerName, readonly MaskItem[]> = { rest: [], emphasis: [] };
const table = new SpanTable();
let surface: Surface = newSurface(0, 0);

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

function toBitmap(painted: Surface): ImageBitmap {
  const image = new ImageData(painted.width, painted.height);
  toRows(painted, new Uint32Array(image.data.buffer));
  const canvas = new OffscreenCanvas(painted.width, painted.height);
  canvas.getContext('2d', { willReadFrequently: true })?.putImageData(image, 0, 0);
  return canvas.transferToImageBitmap();
}

/** Whether anything was painted. */
function paint({ layer, transform, width, height, ratio }: RenderRequest): boolean {
  if (surface.width !== width || surface.height !== height) surface = newSurface(width, height);
  else surface.columns.fill(0);
  let painted = false;
  for (const item of items[layer]) {
    const shape = shapes.get(item.id);
    if (!shape) continue;
    const grid = gridFor(shape.kind, transform, width, height, ratio);
    const bands = bandsFor(item.style, shape.kind, item.colour, ratio, grid.crisp);
    placeShape(shape, grid, bandReach(bands), table);
    if (table.empty) continue;
    paintShape(surface, grid, table, bands, item.style === 'candidate');
    painted = true;
  }
  return painted;
}
