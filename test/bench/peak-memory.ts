import { readFileSync } from 'node:fs';

/** Bytes; null where the system does not tell it of any process, as Linux does. A child's resourceUsage() begins with that of its parent. */
export function peakMemory(pid: number | null): number | null {
  return process.platform === 'linux' ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024 : null;
}
