import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export interface ChildProgram {
  readonly pid: number;
  /** What it was started with, in one line. */
  readonly command: string;
}

/** Programs that a process has started and that still run. */
export function childrenOf(pid: number | undefined): ChildProgram[] {
  return process.platform === 'linux' ? fromProc(pid) : lines(pid).flatMap((line) => {
    const [, child, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return child === undefined ? [] : [{ pid: Number(child), command }];
  });
}

function lines(pid: number | undefined): string[] {
  const query = `Get-CimInstance Win32_Process -Filter 'ParentProcessId = ${pid}' | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }`;
  if (process.platform === 'win32') return execFileSync('powershell.exe', ['-NoProfile', '-Command', query], { encoding: 'utf8' }).split('\n');
  return execFileSync('ps', ['-A', '-o', 'ppid=,pid=,args='], { encoding: 'utf8' }).split('\n').flatMap((line) => (Number.parseInt(line, 10) === pid ? [line.replace(/^\s*\d+/, '')] : []));
}

/** Not every Linux has a `ps`. */
function fromProc(pid: number | undefined): ChildProgram[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    const status = readOr(`/proc/${name}/status`);
    if (!status.includes(`PPid:\t${pid}\n`) || /^State:\s+Z/m.test(status)) return [];
    return [{ pid: Number(name), command: readOr(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim() }];
  });
}

/** Empty where it has ended meanwhile. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function isRunning(pid: number): boolean {
  if (process.platform === 'linux') return /^State:\s+[^Z]/m.test(readOr(`/proc/${pid}/status`));
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The signal of a process that killed itself; Windows knows none. */
export const KILLED_ITSELF = process.platform === 'win32' ? null : 'SIGKILL';

/** Variables that make a program put its temporary files there. */
export const temporaryIn = (folder: string): Record<string, string> => ({ TMPDIR: folder, TEMP: folder, TMP: folder });
