import type { Tool, ToolContext } from './tool.ts';

/** Picks instances: a click selects, with Shift it extends; what is under the pointer is hovered. */
export function selectTool(context: ToolContext): Tool {
  return {
    guides: false,
    onPress: false,
    cursor: (scene) => (scene.hovered === null ? 'default' : 'pointer'),
    hover(at) {
      const hovered = at?.inside ? context.hit(at.image) : null;
      if (hovered !== context.scene().hovered) context.events.hover(hovered);
    },
    click(at) {
      if (at.button === 0) context.events.pick(at.inside ? context.hit(at.image) : null, at.shift);
    },
  };
}
