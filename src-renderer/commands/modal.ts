/** A popover that opened because the pointer rests on its trigger has not taken the keyboard. */
const OPEN = ['dialog', 'alertdialog', 'menu', 'listbox'].map((role) => `[role="${role}"][data-open]:not(.popover)`).join();
/** What is fading out (`data-closed`) still holds the focus for a moment, but no longer means the keys. */
const AROUND = '[role="dialog"]:not([data-closed]), [role="menu"]:not([data-closed])';

/** False while a dialog or menu is open, or a popover has the focus: its keys are its own. */
export function dispatchable(target: EventTarget | null): boolean {
  if (document.querySelector(OPEN) !== null) return false;
  return !(target instanceof HTMLElement && target.closest(AROUND) !== null);
}
