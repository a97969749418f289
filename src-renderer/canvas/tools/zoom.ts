import { boxBetween } from './drag-box.ts';
import type { Tool, ToolContext } from './tool.ts';

const STEP = 2;

/** A click zooms in, with Alt or the right button out; a drag zooms to the box it spans. */
export function zoomTool(context: ToolContext): Tool {
  return {
    guides: false,
    onPress: false,
    cursor: (_scene, alt) => (alt ? 'zoom-out' : 'zoom-in'),
    click(at) {
      context.zoomBy(at.alt || at.button === 2 ? 1 / STEP : STEP, at.screen);
    },
    drag(from) {
      if (from.button !== 0) return null;
      return {
        move: (at) => {
          const box = boxBetween(from.image, at.image, context.imageSize(), false);
          context.setRubberBand(box && { box, caption: null });
        },
        end: (at) => {
          context.setRubberBand(null);
          const box = boxBetween(from.image, at.image, context.imageSize(), false);
          if (box) context.fillBox(box);
        },
        cancel: () => context.setRubberBand(null),
      };
    },
  };
}
