import type { ScreenPoint } from '../../src-shared/geometry/coordinates.ts';

const SIZE = 26;
/** A prediction that comes sooner than this shows no ring at all. */
const PATIENCE_MS = 120;

/** A quiet ring around the last prompt while its candidate is being computed. It lets the pointer through. */
export class BusyRing {
  readonly #element = document.createElement('div');
  #spin: Animation | null = null;

  constructor(host: HTMLElement) {
    this.#element.setAttribute('aria-hidden', 'true');
    Object.assign(this.#element.style, {
      position: 'absolute',
      left: '0',
      top: '0',
      width: `${SIZE}px`,
      height: `${SIZE}px`,
      boxSizing: 'border-box',
      borderRadius: '50%',
      border: '2px solid rgba(255, 255, 255, 0.25)',
      borderTopColor: '#ffffff',
      pointerEvents: 'none',
      display: 'none',
    });
    host.append(this.#element);
  }

  /** Shows the ring around a point of the canvas, or hides it. */
  place(at: ScreenPoint | null): void {
    if (!at) {
      this.#element.style.display = 'none';
      this.#spin?.cancel();
      this.#spin = null;
      return;
    }
    this.#element.style.translate = `${at.x - SIZE / 2}px ${at.y - SIZE / 2}px`;
    if (this.#spin) return;
    this.#element.style.display = 'block';
    const turn = matchMedia('(prefers-reduced-motion: reduce)').matches ? [] : [{ rotate: '0deg' }, { rotate: '360deg' }];
    this.#spin = this.#element.animate(turn, { duration: 900, iterations: Infinity, delay: PATIENCE_MS });
    this.#element.animate([{ opacity: 0 }, { opacity: 0 }], { duration: PATIENCE_MS });
  }

  destroy(): void {
    this.#element.remove();
  }
}
