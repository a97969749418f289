/** Nothing that a page asks is nested nearly as deep; what holds itself is. */
const MOST_LEVELS = 1000;

/**
 * Whether a value that came by structured clone takes more than so many bytes, about as MessagePack would count, or is nested
 * without end: a page in Electron is held to what the browser host takes. Stops counting as soon as it knows.
 */
export function isLarger(value: unknown, bytes: number): boolean {
  let left = bytes;
  const levels: Iterator<unknown>[] = [[value].values()];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { done, value: next } = level.next();
    if (done === true) {
      levels.pop();
      continue;
    }
    left -= 1;
    if (typeof next === 'string') left -= next.length;
    else if (typeof next === 'number' || typeof next === 'bigint') left -= 3;
    else if (next instanceof ArrayBuffer || ArrayBuffer.isView(next)) left -= next.byteLength;
    else if (typeof next === 'object' && next !== null) {
      // A length costs nothing to claim: an array of four thousand million holes crosses in an instant.
      if (Array.isArray(next) && next.length > left) return true;
      levels.push(partsOf(next));
    }
    if (left < 0 || levels.length > MOST_LEVELS) return true;
  }
  return false;
}

function partsOf(value: object): Iterator<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value.values();
  if (value instanceof Map) return [...value].flat().values();
  return Object.entries(value).flat().values();
}
