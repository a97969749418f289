import type { ToolId } from '../types.ts';
import { everythingTool } from './everything.ts';
import { handTool } from './hand.ts';
import { rectangleTool } from './rectangle.ts';
import { selectTool } from './select.ts';
import { smartBoxTool } from './smart-box.ts';
import { smartPointTool } from './smart-point.ts';
import type { Tool, ToolContext } from './tool.ts';
import { zoomTool } from './zoom.ts';

export function createTools(context: ToolContext): Readonly<Record<ToolId, Tool>> {
  return {
    select: selectTool(context),
    'smart-point': smartPointTool(context),
    'smart-box': smartBoxTool(context),
    everything: everythingTool(context),
    rectangle: rectangleTool(context),
    hand: handTool(context),
    zoom: zoomTool(context),
    review: handTool(context),
  };
}
