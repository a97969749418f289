import type { ImagePoint } from '../../../src-shared/geometry/coordinates.ts';
import { candidateAt, candidatesAlong, candidatesInside } from '../candidates-under.ts';
import { boxBetween } from './drag-box.ts';
import type { Drag, PointerAt, Tool, ToolContext } from './tool.ts';

/**
 * Takes candidates of everything mode: a click the one under it, a stroke those that it passes, a drag with Shift those
 * wholly inside its box. Alt or the right button puts one away that is not wanted.
 */
export function everythingTool(context: ToolContext): Tool {
  const shown = (): NonNullable<ReturnType<ToolContext['scene']>['overlay']>['shown'] => context.scene().overlay?.shown ?? [];
  const at = (point: PointerAt): number | null => (point.inside ? (candidateAt(shown(), point.image)?.id ?? null) : null);
  let dragging = false;

  const highlight = (id: number | null): void => {
    if (id !== (context.scene().overlay?.highlighted ?? null)) context.events.candidateHover(id);
  };
  const ended = (): void => {
    dragging = false;
    context.setRubberBand(null);
    context.setGathering(null);
  };

  const stroke = (from: PointerAt): Drag => {
    const path: ImagePoint[] = [from.image];
    const ids = candidatesAlong(shown(), from.image, from.image);
    const extend = (to: PointerAt): void => {
      for (const id of candidatesAlong(shown(), path.at(-1) ?? to.image, to.image)) ids.add(id);
      path.push(to.image);
      context.setGathering({ path, ids: new Set(ids) });
    };
    return {
      move: extend,
      end(to) {
        extend(to);
        ended();
        if (ids.size > 0) context.events.candidatesTaken([...ids], 'drag');
      },
      cancel: ended,
    };
  };

  const box = (from: PointerAt): Drag => {
    const inside = (to: PointerAt): ReadonlySet<number> => {
      const spanned = boxBetween(from.image, to.image, context.imageSize(), false);
      const ids = spanned ? candidatesInside(shown(), spanned) : new Set<number>();
      context.setRubberBand(spanned && { box: spanned, caption: `${ids.size}` });
      context.setGathering({ path: [], ids });
      return ids;
    };
    return {
      move: (to) => void inside(to),
      end(to) {
        const ids = inside(to);
        ended();
        if (ids.size > 0) context.events.candidatesTaken([...ids], 'drag');
      },
      cancel: ended,
    };
  };

  return {
    guides: false,
    onPress: false,
    cursor: (scene, alt) => (scene.readOnly ? 'not-allowed' : scene.overlay?.highlighted == null ? 'default' : alt ? 'alias' : 'pointer'),
    hover(point) {
      if (!dragging) highlight(point ? at(point) : null);
    },
    click(point) {
      const id = at(point);
      if (id === null || context.scene().readOnly) return;
      if (point.alt || point.button === 2) context.events.candidateHidden(id);
      else context.events.candidatesTaken([id], 'click');
    },
    drag(from) {
      if (context.scene().readOnly || from.button !== 0 || shown().length === 0) return null;
      dragging = true;
      highlight(null);
      return from.shift ? box(from) : stroke(from);
    },
  };
}
