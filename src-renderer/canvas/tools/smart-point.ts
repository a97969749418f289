import type { Scene } from '../types.ts';
import type { PointerAt, Tool, ToolContext } from './tool.ts';

/** Alt or the right button means background. */
export function promptLabel(at: PointerAt): 0 | 1 {
  return at.alt || at.button === 2 ? 0 : 1;
}

/** Alt on a model that takes no background points is refused before the click. */
export const promptCursor = ({ readOnly, backgroundPoints }: Scene, alt: boolean): string => (readOnly || (alt && !backgroundPoints) ? 'not-allowed' : 'crosshair');

/** Each click is a prompt point; it counts when the button goes down, so that the candidate comes that much sooner. */
export function smartPointTool(context: ToolContext): Tool {
  return {
    guides: false,
    onPress: true,
    cursor: promptCursor,
    click(at) {
      if (at.inside && !context.scene().readOnly) context.events.promptPoint(at.image, promptLabel(at));
    },
  };
}
