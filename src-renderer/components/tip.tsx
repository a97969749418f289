import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { command } from '../commands/registry.ts';
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

/** A tooltip that says a command's title and key. */
export function CommandTip({ id, side = 'bottom', children }: { readonly id: string; readonly side?: Side; readonly children: ReactElement }): ReactElement {
  const { t } = useTranslation();
  return <Tip text={t(command(id).title)} commandId={id} side={side}>{children}</Tip>;
}
