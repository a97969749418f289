import { dragBox } from './drag-box.ts';
import type { Tool, ToolContext } from './tool.ts';

/** A drag draws a box; Shift keeps it square. */
export function rectangleTool(context: ToolContext): Tool {
  return {
    guides: true,
    onPress: false,
    cursor: (scene) => (scene.readOnly ? 'not-allowed' : 'crosshair'),
    drag(from) {
      if (context.scene().readOnly || from.button !== 0) return null;
      return dragBox(context, from, true, (box) => context.events.rectangle(box));
    },
  };
}
