import { useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { Box } from '../../src-shared/domain/schema.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { toScreen } from '../canvas/viewport.ts';
import type { Size } from '../canvas/viewport.ts';
import type { Viewport } from '../canvas/types.ts';
import { coveredPart, insideBox } from '../state/logits.ts';
import { currentStep, shownStep } from '../state/prompt-session.ts';
import type { PromptSession } from '../state/prompt-session.ts';
import { useUi } from '../state/ui-store.ts';
import { barSide } from './bar-side.ts';
import type { BarSide, Shown } from './bar-side.ts';

/** Keeps the bar away from what is being labeled. The ref belongs on the bar, whose parent is the canvas' stage. */
export function useBarSide(session: PromptSession): { readonly side: BarSide; readonly bar: RefObject<HTMLElement & HTMLDivElement | null> } {
  const bar = useRef<HTMLElement & HTMLDivElement>(null);
  const [side, setSide] = useState<BarSide>('bottom');
  const viewport = useUi((s) => s.viewport);
  useLayoutEffect(() => {
    const element = bar.current;
    const stage = element?.parentElement;
    if (element === null || stage === null || stage === undefined || viewport === null) return;
    const canvas = { width: stage.clientWidth, height: stage.clientHeight };
    setSide((now) => barSide(now, shownOf(session, viewport, canvas), canvas, { width: element.offsetWidth, height: element.offsetHeight }));
  }, [session, viewport]);
  return { side, bar };
}

/** The prompt and the best candidate, not the one chosen: the bar must not jump away from under the pointer that chooses. */
function shownOf(session: PromptSession, viewport: Viewport, canvas: Size): Shown {
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
  return {
    points: points.map((p) => toScreen(viewport, canvas, imagePoint(p.x, p.y))),
    boxes: boxes.map((b): Box => ({ ...toScreen(viewport, canvas, imagePoint(b.x, b.y)), width: b.width * viewport.zoom, height: b.height * viewport.zoom })),
  };
}
