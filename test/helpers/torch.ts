import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Our own definition of the networks in PyTorch, with which what the program computes is compared. */
const scripts = join(import.meta.dirname, '../torch');
/** The one on the PATH may be another than the system's, for which distributions package PyTorch. */
const CANDIDATES = ['python3', '/usr/bin/python3', 'python'];

/** A Python that has PyTorch, or null. */
export function pythonWithTorch(): string | null {
  return CANDIDATES.find((python) => {
    try {
      execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }) ?? null;
}

/** Runs one of the scripts of test/torch and gives what it printed. */
export async function runTorch(python: string, script: string, args: readonly string[], threads: number): Promise<string> {
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: '1' };
  return (await promisify(execFile)(python, [join(scripts, script), ...args], { env })).stdout;
}
