import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement } from 'react';
import { CommandKey } from './keys.tsx';

type Side = 'top' | 'right' | 'bottom' | 'left';

/** A tooltip on its one child. The child must be named by itself: a tooltip is no label. */
export function Tip({ text, commandId, side = 'bottom', children }: { readonly text: string; readonly commandId?: string; readonly side?: Side; readonly children: ReactElement }): ReactElement {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal>
        <Tooltip.Positioner className="positioner" side={side} sideOffset={6}>
          <Tooltip.Popup className="popup tooltip">
            {text}
            {commandId !== undefined && <CommandKey id={commandId} />}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
