import { LayerSurface } from './layer-surface.ts';
import type { MaskItem, MaskLayerName, MaskShapeEntry, RenderRequest, RenderedLayer, ToMaskWorker } from './mask-protocol.ts';
import { prepareBox, prepareShape, type PreparedShape } from './place-shape.ts';

/** Paints masks at the view's own resolution, off the page's thread. The cost is that of the screen, not of the image. */

const scope = self as unknown as DedicatedWorkerGlobalScope;
const shapes = new Map<number, PreparedShape>();
const items: Record<MaskLayerName, readonly MaskItem[]> = { rest: [], emphasis: [] };
const surfaces: Record<MaskLayerName, LayerSurface> = { rest: new LayerSurface(), emphasis: new LayerSurface() };

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
  const { layer, transform, width, height } = request;
  const rows = surfaces[layer].paint(items[layer], shapes, request);
  const bitmap = rows === null ? null : toBitmap(rows, width, height);
  const rendered: RenderedLayer = { layer, transform, bitmap };
  scope.postMessage(rendered, bitmap ? [bitmap] : []);
}

function toBitmap(rows: Uint32Array<ArrayBuffer>, width: number, height: number): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d', { willReadFrequently: true })?.putImageData(new ImageData(new Uint8ClampedArray(rows.buffer), width, height), 0, 0);
  return canvas.transferToImageBitmap();
}
