/**
 * Closes or removes something that is no longer needed. When that fails, the error is dropped: the work has succeeded without it,
 * or has failed for a reason that must not be hidden. Leftovers are removed by whoever next works in the same place.
 */
export function quietly(cleanUp: () => void): void {
  try {
    cleanUp();
  } catch {
    // See above.
  }
}
