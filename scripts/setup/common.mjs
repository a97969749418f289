import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** Ends the program with one sentence: what is wrong and what to do. */
export function give(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
