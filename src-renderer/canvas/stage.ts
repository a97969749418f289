import type { Size } from './viewport.ts';

export type Context = CanvasRenderingContext2D;

/**
 * The stacked canvases in their host: the image, the masks over it, and what changes with the pointer on top.
 * Their pixels are the screen's own, also after a change of devicePixelRatio (another screen, browser zoom).
 */
export class Stage {
  readonly image: Context;
  readonly masks: Context;
  readonly interactive: Context;
  /** The topmost canvas, which takes the pointer. */
  readonly top: HTMLCanvasElement;
  /** CSS pixels. */
  size: Size = { width: 1, height: 1 };
  /** Device pixels. */
  device: Size = { width: 1, height: 1 };
  /** Device pixels per CSS pixel. */
  ratio = 1;
  readonly #canvases: readonly HTMLCanvasElement[];

  constructor(host: HTMLElement, resized: () => void, signal: AbortSignal) {
    if (getComputedStyle(host).position === 'static') host.style.position = 'relative';
    const layers = [addCanvas(host, true), addCanvas(host, false), addCanvas(host, false)] as const;
    [this.image, this.masks, this.interactive] = [layers[0].context, layers[1].context, layers[2].context];
    this.#canvases = layers.map((layer) => layer.canvas);
    this.top = layers[2].canvas;
    this.top.style.touchAction = 'none';

    const measure = (): void => {
      if (this.#measure(host)) resized();
    };
    const observer = new ResizeObserver(measure);
    observer.observe(host);
    watchRatio(measure, signal);
    signal.addEventListener('abort', () => {
      observer.disconnect();
      for (const canvas of this.#canvases) canvas.remove();
    }, { once: true });
    this.#measure(host);
  }

  /** Whether anything changed. Setting a canvas' size empties it, so that is done only then. */
  #measure(host: HTMLElement): boolean {
    const ratio = window.devicePixelRatio || 1;
    const size = { width: Math.max(1, host.clientWidth), height: Math.max(1, host.clientHeight) };
    if (ratio === this.ratio && size.width === this.size.width && size.height === this.size.height) return false;
    this.ratio = ratio;
    this.size = size;
    this.device = { width: Math.max(1, Math.round(size.width * ratio)), height: Math.max(1, Math.round(size.height * ratio)) };
    for (const canvas of this.#canvases) {
      canvas.width = this.device.width;
      canvas.height = this.device.height;
      // Not the host's size, which may end within a device pixel: the canvas would be resampled.
      canvas.style.width = `${this.device.width / ratio}px`;
      canvas.style.height = `${this.device.height / ratio}px`;
    }
    return true;
  }
}

function addCanvas(host: HTMLElement, opaque: boolean): { canvas: HTMLCanvasElement; context: Context } {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  Object.assign(canvas.style, { position: 'absolute', left: '0', top: '0', display: 'block' });
  host.append(canvas);
  const context = canvas.getContext('2d', { alpha: !opaque });
  if (!context) throw new Error('This browser gives no 2D canvas, without which images cannot be shown.');
  return { canvas, context };
}

/** A media query matches one ratio only, so it is made anew after each change. */
function watchRatio(changed: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`).addEventListener(
    'change',
    () => {
      changed();
      watchRatio(changed, signal);
    },
    { once: true, signal },
  );
}
