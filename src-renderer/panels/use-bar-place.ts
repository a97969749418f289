import { useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent, RefObject } from 'react';
import type { Box } from '../../src-shared/domain/schema.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { clamp, toScreen } from '../canvas/viewport.ts';
import type { Size } from '../canvas/viewport.ts';
import type { Viewport } from '../canvas/types.ts';
import { useImage } from '../state/image-store.ts';
import { coveredPart, insideBox } from '../state/logits.ts';
import { currentStep, promptOf, shownStep } from '../state/prompt-session.ts';
import type { PromptSession } from '../state/prompt-session.ts';
import { useUi } from '../state/ui-store.ts';
import { barPlace } from './bar-place.ts';
import type { BarPlace, BarSizes, Shown } from './bar-place.ts';

/** CSS pixels, as shell.css makes the bar: one candidate of it, and what comes besides. */
const FLAT = { candidate: 134, rest: 230, height: 122 };
const UPRIGHT = { width: 98, candidate: 84, rest: 96 };
/** CSS pixels that an arrow key moves the bar. */
const STEP = 16;

interface Moved {
  readonly left: number;
  readonly top: number;
}

export interface BarPlacing {
  readonly place: BarPlace;
  /** Where the person has put it, in CSS pixels of the stage; null: where it hides least. */
  readonly moved: Moved | null;
  /** Belongs on the bar, whose parent is the canvas' stage. */
  readonly bar: RefObject<HTMLElement & HTMLDivElement | null>;
  /** For the grip that moves the bar. */
  readonly grip: { onPointerDown(event: PointerEvent): void; onPointerMove(event: PointerEvent): void; onPointerUp(event: PointerEvent): void; onDoubleClick(): void; onKeyDown(event: KeyboardEvent): void };
}

/** Keeps the bar away from what is being labeled, until the person moves it. */
export function useBarPlace(session: PromptSession): BarPlacing {
  const bar = useRef<HTMLElement & HTMLDivElement>(null);
  const [place, setPlace] = useState<BarPlace>('bottom');
  const [moved, setMoved] = useState<Moved | null>(null);
  const held = useRef<{ readonly x: number; readonly y: number } | null>(null);
  const viewport = useUi((s) => s.viewport);
  const pyramid = useImage((s) => s.open?.pyramid ?? null);
  useLayoutEffect(() => {
    const stage = bar.current?.parentElement;
    if (stage === null || stage === undefined || viewport === null || pyramid === null) return;
    const canvas = { width: stage.clientWidth, height: stage.clientHeight };
    setPlace((now) => barPlace(now, shownOf(session, viewport, canvas, pyramid), canvas, sizesOf(session, canvas)));
  }, [session, viewport, pyramid]);

  const moveTo = (left: number, top: number): void => {
    const element = bar.current;
    const stage = element?.parentElement;
    if (element === null || stage === null || stage === undefined) return;
    setMoved({ left: clamp(left, 0, stage.clientWidth - element.offsetWidth), top: clamp(top, 0, stage.clientHeight - element.offsetHeight) });
  };
  /** Its upper left corner in the stage. */
  const corner = (): Moved => {
    const [own, stage] = [bar.current?.getBoundingClientRect(), bar.current?.parentElement?.getBoundingClientRect()];
    return { left: (own?.left ?? 0) - (stage?.left ?? 0), top: (own?.top ?? 0) - (stage?.top ?? 0) };
  };
  const grip: BarPlacing['grip'] = {
    onPointerDown: (event) => {
      const at = corner();
      held.current = { x: event.clientX - at.left, y: event.clientY - at.top };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => {
      if (held.current !== null) moveTo(event.clientX - held.current.x, event.clientY - held.current.y);
    },
    onPointerUp: () => {
      held.current = null;
    },
    onDoubleClick: () => setMoved(null),
    onKeyDown: (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      const at = corner();
      moveTo(at.left + (by[0] ?? 0) * STEP, at.top + (by[1] ?? 0) * STEP);
    },
  };
  return { place, moved, bar, grip };
}

function sizesOf(session: PromptSession, canvas: Size): BarSizes {
  const candidates = shownStep(session)?.answer?.candidates.length ?? (promptOf(session)?.multimask === true ? 3 : 1);
  return {
    flat: { width: Math.min(candidates * FLAT.candidate + FLAT.rest, canvas.width - 24), height: FLAT.height },
    upright: { width: UPRIGHT.width, height: candidates * UPRIGHT.candidate + UPRIGHT.rest },
  };
}

/** The prompt and the best candidate, not the one chosen: the bar must not jump away from under the pointer that chooses. */
function shownOf(session: PromptSession, viewport: Viewport, canvas: Size, image: Size): Shown {
  const { points, box } = currentStep(session);
  const answer = shownStep(session)?.answer ?? null;
  const best = answer?.candidates[0];
  const inside = answer === null || best === undefined ? null : insideBox(best.logits, answer.frame);
  const boxes = box === null ? [] : [box];
  if (answer !== null && inside !== null) {
    const covered = coveredPart(answer.frame);
    const [toX, toY] = [answer.frame.imageWidth / covered.width, answer.frame.imageHeight / covered.height];
    boxes.push({ x: inside.x * toX, y: inside.y * toY, width: inside.width * toX, height: inside.height * toY });
  }
  const onScreen = (b: Box): Box => ({ ...toScreen(viewport, canvas, imagePoint(b.x, b.y)), width: b.width * viewport.zoom, height: b.height * viewport.zoom });
  return { points: points.map((p) => toScreen(viewport, canvas, imagePoint(p.x, p.y))), boxes: boxes.map(onScreen), image: onScreen({ x: 0, y: 0, width: image.width, height: image.height }) };
}
