import { dragGrip, gripAt, gripCursor, type Grip } from './adjust-box.ts';
import { dragBox } from './drag-box.ts';
import { promptCursor, promptLabel } from './smart-point.ts';
import type { PointerAt, Tool, ToolContext } from './tool.ts';

/** A drag is a prompt box. Once there is a draft, drags on its box move and resize it, and clicks refine it with points. */
export function smartBoxTool(context: ToolContext): Tool {
  let over: Grip | null = null;
  const gripUnder = (at: PointerAt): Grip | null => {
    const { draft, readOnly } = context.scene();
    return draft?.box && !readOnly ? gripAt(draft.box, at.image, context.zoom()) : null;
  };
  return {
    guides: true,
    onPress: false,
    cursor(scene, alt) {
      // Inside, a click is a point: only what a drag alone can do has a cursor of its own.
      const resizes = over !== null && (over.x !== 0 || over.y !== 0);
      return over !== null && resizes && scene.draft?.box ? gripCursor(over) : promptCursor(scene, alt && scene.draft !== null);
    },
    hover(at) {
      const before = over;
      over = at && gripUnder(at);
      if (before?.x !== over?.x || before?.y !== over?.y) context.cursorChanged();
    },
    click(at) {
      const { draft, readOnly } = context.scene();
      if (at.inside && draft && !readOnly) context.events.promptPoint(at.image, promptLabel(at));
    },
    drag(from) {
      const { draft, readOnly } = context.scene();
      if (readOnly || from.button !== 0) return null;
      const grip = gripUnder(from);
      if (draft?.box && grip) return dragGrip(context, draft.box, grip, from, (box) => context.events.boxAdjusted(box));
      return dragBox(context, from, false, (box) => context.events.promptBox(box));
    },
  };
}
