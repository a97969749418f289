import { useState } from 'react';
import { useUi } from '../state/ui-store.ts';

/** For what floats over the window: it closes when a dialog opens, and does not open while one is. */
export function useBelowDialogs(): { readonly open: boolean; readonly onOpenChange: (open: boolean) => void } {
  const [wanted, setWanted] = useState(false);
  const dialog = useUi((s) => s.dialog !== null);
  if (dialog && wanted) setWanted(false);
  return { open: wanted && !dialog, onOpenChange: setWanted };
}
