import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of large buffers made since garbage was last collected. */
let made = 0;
const COLLECT_AT = 64 * 1024 ** 2;
let collect: (() => void) | null = null;

/**
 * To be told of each large buffer that is made and later dropped. V8 counts buffers outside its heap as next to nothing and
 * lets hundreds of megabytes of dropped ones lie; collecting takes some milliseconds, because the heap itself is small.
 */
export function madeBytes(bytes: number): void {
  made += bytes;
  if (made < COLLECT_AT) return;
  made = 0;
  collect ??= exposed();
  collect();
}

function exposed(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  return typeof gc === 'function' ? () => void gc() : () => undefined;
}
