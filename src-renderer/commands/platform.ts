/** Whether Mod is Cmd. The page has no other way to know before the program answers. */
export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
