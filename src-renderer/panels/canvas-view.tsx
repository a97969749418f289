import { useEffect, useRef } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { createEditorCanvas } from '../canvas/editor-canvas.ts';
import type { CanvasEvents } from '../canvas/types.ts';
import { setCanvas } from '../commands/canvas-handle.ts';
import { useApp } from '../state/app-store.ts';
import { hideCandidate, highlightCandidate, takeByGesture, useAutomatic } from '../state/automatic-store.ts';
import { useCheck } from '../state/check-store.ts';
import { hover, paintingFailed, select, toggleSelected, useImage } from '../state/image-store.ts';
import { drawBox } from '../state/leave-draft.ts';
import { mark } from '../state/marks.ts';
import { addRectangle } from '../state/objects.ts';
import { useProject } from '../state/project-store.ts';
import { adjustBox, candidatePainted, promptPoint, usePrompt } from '../state/prompt-store.ts';
import { useReplay } from '../state/replay-store.ts';
import { useUi } from '../state/ui-store.ts';
import { imagesAhead, sceneOf } from './scene.ts';

const EVENTS: CanvasEvents = {
  promptPoint,
  promptBox: drawBox,
  boxAdjusted: adjustBox,
  rectangle: (box) => void addRectangle(box),
  pick: (instance, extend) => {
    if (instance === null) {
      if (!extend) select([]);
    } else if (extend) toggleSelected(instance);
    else select([instance]);
  },
  hover,
  candidateHover: highlightCandidate,
  candidatesTaken: takeByGesture,
  candidateHidden: hideCandidate,
  pointer: (pointer) => useUi.setState({ pointer }),
  viewport: (viewport) => useUi.setState({ viewport }),
  painted: (image) => {
    mark('image-shown', { image });
    useImage.setState({ painted: image });
  },
  draftPainted: candidatePainted,
  instancesPainted: () => mark('instances-painted'),
  failed: paintingFailed,
};

/** Carries the stores to the canvas without going through React: a click must not wait for a render. */
export function CanvasView(): ReactElement {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const unlabelled = t('class.none');
  useEffect(() => {
    if (host.current === null) return undefined;
    const canvas = createEditorCanvas(host.current, EVENTS);
    setCanvas(canvas);
    const update = (): void => canvas.update(sceneOf(unlabelled));
    const stops = [
      useImage.subscribe((state, before) => {
        update();
        if (state.ahead !== before.ahead) canvas.preload(imagesAhead());
      }),
      usePrompt.subscribe(update),
      useAutomatic.subscribe(update),
      useReplay.subscribe((state, before) => (state.comparison !== before.comparison || state.current !== before.current) && update()),
      useCheck.subscribe((state, before) => state.walk !== before.walk && update()),
      useProject.subscribe(update),
      useUi.subscribe((state, before) => state.tool !== before.tool && update()),
      useApp.subscribe((state, before) => state.sam !== before.sam && update()),
    ];
    update();
    return () => {
      for (const stop of stops) stop();
      setCanvas(null);
      canvas.destroy();
    };
  }, [unlabelled]);
  return <div ref={host} data-canvas className="canvas-host" tabIndex={0} role="application" aria-label={t('canvas.name')} />;
}
