import type { Drag, PointerAt, Tool, ToolContext } from './tool.ts';

/** A drag that moves the image with the pointer; cancelling leaves it where it is. */
export function dragPan(context: ToolContext, from: PointerAt): Drag {
  let last = from.screen;
  const follow = (at: PointerAt): void => {
    context.panBy(at.screen.x - last.x, at.screen.y - last.y);
    last = at.screen;
  };
  return { move: follow, end: follow, cancel: () => {} };
}

export function handTool(context: ToolContext): Tool {
  return {
    guides: false,
    onPress: false,
    cursor: () => 'grab',
    drag: (from) => (from.button === 0 ? dragPan(context, from) : null),
  };
}
