/** What Safari and Windows report for a key that the input method has taken (UI Events, "Determine keydown / keyup keyCode"). */
const TAKEN_BY_INPUT_METHOD = 229;

/** Whether a key press belongs to an input method that composes text (Japanese, Chinese, Korean, accents). */
export const isComposing = (event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean => event.isComposing || event.keyCode === TAKEN_BY_INPUT_METHOD;

/**
 * Keeps such key presses from every listener of the page, so that no field has to remember: Enter confirms the
 * composition, Esc drops it, arrows choose in it. Must be called before anything else listens to keys.
 */
export function leaveKeysToInputMethods(): void {
  window.addEventListener('keydown', (event) => isComposing(event) && event.stopImmediatePropagation(), { capture: true });
}
