import { setFlagsFromString } from 'node:v8';

/**
 * Pictures and pixels pass through main as memory outside V8's heap. With V8's usual limits that starts a mark-compact
 * collection twice a second while a person goes from image to image; on a busy machine one holds the event loop for
 * tens of milliseconds. Counted against the limit of all memory instead, it hardly ever does. Call before any work.
 */
export function collectGarbageLessOften(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
