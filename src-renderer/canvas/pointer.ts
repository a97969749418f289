import { screenPoint, type ScreenPoint } from '../../src-shared/geometry/coordinates.ts';
import type { Drag, PointerAt, Tool } from './tools/tool.ts';
import { WheelReader } from './wheel.ts';

/** What the pointer acts on. */
export interface PointerTarget {
  tool(): Tool;
  /** Whether any tool pans now (Space held). */
  panning(): boolean;
  /** Whether the tool may act (there is an image, and it is the one on screen). */
  active(): boolean;
  locate(screen: ScreenPoint, held: Held): PointerAt;
  startPan(from: PointerAt): Drag;
  panBy(dx: number, dy: number): void;
  zoomBy(factor: number, at: ScreenPoint): void;
  /** The pointer is here, or (null) has left. */
  moved(at: PointerAt | null): void;
  /** What decides the cursor has changed. */
  cursorChanged(): void;
}

export interface Held {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly button: number;
}

interface Press {
  readonly pointer: number;
  readonly from: PointerAt;
  drag: Drag | null;
  readonly pans: boolean;
  /** Has had its effect, or was refused: what follows until the release means nothing. */
  spent: boolean;
}

/** CSS pixels that a press may wander and still be a click. */
const SLACK = { mouse: 4, touch: 10 };

/** Turns DOM events into clicks, drags, pans and zooms. One press at a time; a second finger turns it into a pinch. */
export class PointerController {
  readonly #element: HTMLElement;
  readonly #target: PointerTarget;
  readonly #wheel = new WheelReader();
  readonly #touches = new Map<number, ScreenPoint>();
  #press: Press | null = null;
  #last: { readonly screen: ScreenPoint; readonly held: Held } | null = null;

  constructor(element: HTMLElement, target: PointerTarget, signal: AbortSignal) {
    this.#element = element;
    this.#target = target;
    element.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    element.addEventListener('pointermove', (event) => this.#move(event), { signal });
    element.addEventListener('pointerup', (event) => this.#up(event), { signal });
    element.addEventListener('pointercancel', (event) => this.#lost(event), { signal });
    element.addEventListener('lostpointercapture', (event) => this.#lost(event), { signal });
    element.addEventListener('pointerleave', () => this.#leave(), { signal });
    element.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
    element.addEventListener('wheel', (event) => this.#wheeled(event), { signal, passive: false });
    window.addEventListener('keydown', (event) => this.#key(event), { signal, capture: true });
    window.addEventListener('keyup', (event) => this.#key(event), { signal, capture: true });
    window.addEventListener('blur', () => this.cancel(), { signal });
  }

  get dragging(): 'pan' | 'tool' | null {
    return this.#press?.drag ? (this.#press.pans ? 'pan' : 'tool') : null;
  }

  get altHeld(): boolean {
    return this.#last?.held.alt ?? false;
  }

  /** The image moved under a resting pointer. */
  refresh(): void {
    if (this.#last && !this.#press) this.#target.moved(this.#target.locate(this.#last.screen, this.#last.held));
  }

  /** Ends what is under way without effect. */
  cancel(): void {
    if (!this.#press) return;
    this.#press.drag?.cancel();
    this.#press.drag = null;
    this.#press.spent = true;
    this.#target.cursorChanged();
  }

  #at(event: PointerEvent | WheelEvent): ScreenPoint {
    const rect = this.#element.getBoundingClientRect();
    return screenPoint(event.clientX - rect.left, event.clientY - rect.top);
  }

  #locate(event: PointerEvent): PointerAt {
    const screen = this.#at(event);
    const held = { shift: event.shiftKey, alt: event.altKey, button: this.#press?.from.button ?? 0 };
    this.#last = { screen, held };
    return this.#target.locate(screen, held);
  }

  #down(event: PointerEvent): void {
    const screen = this.#at(event);
    if (event.pointerType === 'touch') this.#touches.set(event.pointerId, screen);
    if (this.#touches.size > 1) this.cancel();
    if (this.#press) return;
    // Text elsewhere must not get selected, nor the middle button start scrolling.
    event.preventDefault();
    this.#element.setPointerCapture(event.pointerId);
    const held = { shift: event.shiftKey, alt: event.altKey, button: buttonOf(event) };
    this.#last = { screen, held };
    const from = this.#target.locate(screen, held);
    const pans = held.button === 1 || (held.button === 0 && this.#target.panning());
    const press: Press = { pointer: event.pointerId, from, drag: null, pans, spent: false };
    this.#press = press;
    if (pans) {
      press.drag = this.#target.startPan(from);
    } else if (!this.#target.active() || (held.button !== 0 && held.button !== 2)) {
      press.spent = true;
    } else if (this.#target.tool().onPress && event.pointerType !== 'touch') {
      press.spent = true;
      this.#target.tool().click?.(from);
    }
    this.#target.cursorChanged();
  }

  #move(event: PointerEvent): void {
    if (event.pointerType === 'touch' && this.#touches.size > 1) {
      this.#pinch(event);
      return;
    }
    const at = this.#locate(event);
    const press = this.#press;
    if (press && press.pointer === event.pointerId && !press.spent) {
      const wandered = Math.hypot(at.screen.x - press.from.screen.x, at.screen.y - press.from.screen.y);
      if (!press.drag && wandered > (event.pointerType === 'touch' ? SLACK.touch : SLACK.mouse)) {
        press.drag = this.#target.tool().drag?.(press.from) ?? null;
        press.spent = !press.drag;
        this.#target.cursorChanged();
      }
      press.drag?.move(at);
    }
    this.#target.moved(at);
  }

  #up(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    const press = this.#press;
    if (press?.pointer !== event.pointerId) return;
    const at = this.#locate(event);
    this.#press = null;
    if (press.drag) press.drag.end(at);
    else if (!press.spent && this.#target.active()) this.#target.tool().click?.(press.from);
    this.#target.cursorChanged();
    if (event.pointerType === 'touch') this.#leave();
  }

  /** The browser took the pointer away: nothing more will come of it. */
  #lost(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    if (this.#press?.pointer !== event.pointerId) return;
    this.cancel();
    this.#press = null;
  }

  #leave(): void {
    if (this.#press) return;
    this.#last = null;
    this.#target.moved(null);
  }

  /** Two fingers: their middle drags, their distance zooms. */
  #pinch(event: PointerEvent): void {
    const [a, b] = [...this.#touches.entries()];
    if (!a || !b || (a[0] !== event.pointerId && b[0] !== event.pointerId)) return;
    const now = this.#at(event);
    const other = a[0] === event.pointerId ? b[1] : a[1];
    const before = a[0] === event.pointerId ? a[1] : b[1];
    this.#touches.set(event.pointerId, now);
    const spread = Math.hypot(before.x - other.x, before.y - other.y);
    const middle = screenPoint((now.x + other.x) / 2, (now.y + other.y) / 2);
    this.#target.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    if (spread > 0) this.#target.zoomBy(Math.hypot(now.x - other.x, now.y - other.y) / spread, middle);
  }

  #wheeled(event: WheelEvent): void {
    event.preventDefault();
    const action = this.#wheel.read(event);
    if (action.kind === 'zoom') this.#target.zoomBy(action.factor, this.#at(event));
    else this.#target.panBy(action.dx, action.dy);
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape' && event.type === 'keydown' && this.#press?.drag) {
      // This Esc means the drag, and not also what the page does with it.
      event.preventDefault();
      event.stopImmediatePropagation();
      this.cancel();
      return;
    }
    if ((event.key !== 'Shift' && event.key !== 'Alt') || !this.#last) return;
    this.#last = { screen: this.#last.screen, held: { ...this.#last.held, shift: event.shiftKey, alt: event.altKey } };
    this.#press?.drag?.move(this.#target.locate(this.#last.screen, this.#last.held));
    this.#target.cursorChanged();
  }
}

/** On a Mac a click with Ctrl is a right click, but browsers call its button the main one. */
function buttonOf(event: PointerEvent): number {
  return event.button === 0 && event.ctrlKey && navigator.userAgent.includes('Mac OS') ? 2 : event.button;
}
