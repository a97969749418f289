import { dragBox } from './drag-box.ts';
import { promptCursor, promptLabel } from './smart-point.ts';
import type { Tool, ToolContext } from './tool.ts';

/** A drag is a prompt box; once there is a draft, clicks refine it with points. */
export function smartBoxTool(context: ToolContext): Tool {
  return {
    guides: true,
    onPress: false,
    cursor: (scene, alt) => promptCursor(scene, alt && scene.draft !== null),
    click(at) {
      const { draft, readOnly } = context.scene();
      if (at.inside && draft && !readOnly) context.events.promptPoint(at.image, promptLabel(at));
    },
    drag(from) {
      if (context.scene().readOnly || from.button !== 0) return null;
      return dragBox(context, from, false, (box) => context.events.promptBox(box));
    },
  };
}
