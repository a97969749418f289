import type { Instance, PromptPoint, Shape } from '../../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../../src-shared/geometry/rle.ts';
import { maskShape, shapeMeasures } from '../../../src-shared/geometry/shape.ts';
import { inputSize } from '../../../src-shared/sam/preprocess.ts';
import { createEditorCanvas } from '../../../src-renderer/canvas/editor-canvas.ts';
import type { CanvasEvents, CanvasImage, Draft, EditorCanvas, Scene } from '../../../src-renderer/canvas/types.ts';

/** The canvas alone on a page: a test sets scenes, acts as a person would, and reads what was reported. */

export interface Blob {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
}

interface Harness {
  readonly canvas: EditorCanvas;
  readonly events: { name: string; data: unknown[] }[];
  scene: Scene;
  set(change: Partial<Scene>): void;
  picture(id: number, width: number, height: number): CanvasImage;
  mask(id: number, z: number, width: number, height: number, blob: Blob, hole?: number): Instance;
  shape(id: number, z: number, width: number, height: number, shape: Shape): Instance;
  /** Waits for the next frame. */
  frame(): Promise<unknown>;
  /** All layers' colour at a pixel of the canvas, read at once; at a density of 1. */
  colourAt(x: number, y: number): number[];
  draft(width: number, height: number, blob: Blob, points: PromptPoint[], change?: Partial<Draft>): Draft;
}

declare global {
  interface Window {
    harness: Harness;
  }
}

const host = document.getElementById('host');
if (!host) throw new Error('no host');
const log: Harness['events'] = [];
const record = (name: string) => (...data: unknown[]): void => {
  log.push({ name, data });
};
const events: CanvasEvents = {
  promptPoint: record('promptPoint'),
  promptBox: record('promptBox'),
  boxAdjusted: record('boxAdjusted'),
  rectangle: record('rectangle'),
  pick: record('pick'),
  hover: (instance) => {
    record('hover')(instance);
    window.harness.set({ hovered: instance });
  },
  pointer: record('pointer'),
  viewport: record('viewport'),
  painted: record('painted'),
  draftPainted: record('draftPainted'),
  instancesPainted: record('instancesPainted'),
  failed: record('failed'),
  candidateHover: record('candidateHover'),
  candidatesTaken: record('candidatesTaken'),
  candidateHidden: record('candidateHidden'),
};

const canvas = createEditorCanvas(host, events);

const provenance: Instance['provenance'] = { source: 'human', touched: false, sam: null };

function instance(id: number, z: number, width: number, height: number, shape: Shape): Instance {
  return { id, image: 1, class: null, shape, z, provenance, ...shapeMeasures(shape, height, width) };
}

window.harness = {
  canvas,
  events: log,
  scene: { image: null, instances: [], looks: new Map(), selection: new Set(), hovered: null, hidden: new Set(), draft: null, overlay: null, outline: null, tool: 'select', readOnly: false, backgroundPoints: true },
  set(change) {
    window.harness.scene = { ...window.harness.scene, ...change };
    canvas.update(window.harness.scene);
  },
  picture(id, width, height) {
    let base = 0;
    while (Math.max(width, height) / 2 ** base > 2048) base++;
    return { project: 'testproject', image: id, version: 'v1', pyramid: { width, height, tile: 512, base } };
  },
  mask(id, z, width, height, { x, y, rx, ry }, hole = 0) {
    const bitmap = new Uint8Array(width * height);
    for (let row = Math.max(0, Math.floor(y - ry)); row < Math.min(height, y + ry); row++) {
      for (let column = Math.max(0, Math.floor(x - rx)); column < Math.min(width, x + rx); column++) {
        const distance = Math.hypot((column + 0.5 - x) / rx, (row + 0.5 - y) / ry);
        if (distance < 1 && distance >= hole) bitmap[row * width + column] = 1;
      }
    }
    return instance(id, z, width, height, maskShape(rleFromBitmap(bitmap, height, width)));
  },
  shape: instance,
  frame: () => new Promise((done) => requestAnimationFrame(done)),
  colourAt(x, y) {
    const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (!probe) throw new Error('no canvas');
    for (const layer of document.querySelectorAll<HTMLCanvasElement>('#host canvas')) probe.drawImage(layer, -x, -y);
    return [...probe.getImageData(0, 0, 1, 1).data];
  },
  draft(width, height, { x, y, rx, ry }, points, change) {
    const frame = { lowRes: 256, frame: 1024, imageWidth: width, imageHeight: height, ...inputSize(width, height, 1024) };
    const logits = new Float32Array(256 * 256);
    const toImage = (4 * width) / frame.inputWidth;
    for (let row = 0; row < 256; row++) {
      for (let column = 0; column < 256; column++) {
        logits[row * 256 + column] = 8 * (1 - Math.hypot(((column + 0.5) * toImage - x) / rx, ((row + 0.5) * toImage - y) / ry));
      }
    }
    return { points, box: null, colour: '#5b9dff', label: null, frame, logits, busy: false, ...change };
  },
};
