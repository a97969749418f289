import type { PointerAt, Tool, ToolContext } from './tool.ts';

/** Alt or the right button means background. */
export function promptLabel(at: PointerAt): 0 | 1 {
  return at.alt || at.button === 2 ? 0 : 1;
}

/** Each click is a prompt point; it counts when the button goes down, so that the candidate comes that much sooner. */
export function smartPointTool(context: ToolContext): Tool {
  return {
    guides: false,
    onPress: true,
    cursor: (scene) => (scene.readOnly ? 'not-allowed' : 'crosshair'),
    click(at) {
      if (at.inside && !context.scene().readOnly) context.events.promptPoint(at.image, promptLabel(at));
    },
  };
}
