/**
 * Marks on the browser's timeline that the benchmark reads. The timeline keeps every entry until told otherwise,
 * so a name's entries are dropped once there are many: a day of clicking must not grow the page.
 */
const KEPT = 2_000;
const counts = new Map<string, number>();

type MarkName = 'image-asked' | 'image-shown' | 'prompt-sent' | 'candidate-painted' | 'instances-painted' | 'first-useful-paint';

export function mark(name: MarkName, detail: Record<string, number> = {}): void {
  const count = (counts.get(name) ?? 0) + 1;
  if (count > KEPT) performance.clearMarks(name);
  counts.set(name, count > KEPT ? 1 : count);
  performance.mark(name, { detail });
}
