/** False while a dialog, menu or popover is open: its keys are its own. */
export function dispatchable(target: EventTarget | null): boolean {
  if (document.querySelector('[role="dialog"][data-open], [role="alertdialog"][data-open], [role="menu"][data-open], [role="listbox"][data-open]') !== null) return false;
  return !(target instanceof HTMLElement && target.closest('[role="dialog"], [role="menu"]') !== null);
}
