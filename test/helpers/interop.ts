import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { repository } from './program.ts';

const scripts = join(repository, 'test/interop');
const inFolder = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python';

/** Said where tests are skipped because this is null. */
export const HOW_TO_GET = 'skipped: the Python environment is not there; node scripts/interop-env.mjs makes it';

/** The Python of the environment that scripts/interop-env.mjs makes; null where there is none. */
export const interopPython: string | null = ((): string | null => {
  const python = join(repository, '.cache/interop', inFolder);
  if (!existsSync(join(repository, '.cache/interop/made-from'))) return null;
  try {
    execFileSync(python, ['-c', 'import pycocotools'], { stdio: 'ignore' });
    return python;
  } catch {
    return null;
  }
})();

/** What another program's own code answers (test/interop/NAME_peer.py). Fails with what that printed. */
export async function askPeer<Answer>(name: string, request: { readonly do: string; readonly [field: string]: unknown }): Promise<Answer> {
  // Their settings and caches go where they are forgotten.
  const elsewhere = { MPLCONFIGDIR: tmpdir(), YOLO_CONFIG_DIR: tmpdir(), XDG_CONFIG_HOME: tmpdir(), XDG_CACHE_HOME: tmpdir(), NLTK_DATA: tmpdir() };
  const child = spawn(interopPython ?? '', [join(scripts, `${name}_peer.py`)], { env: { ...process.env, ...elsewhere, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8', YOLO_OFFLINE: 'true' } });
  const [answer, said] = [text(child.stdout), text(child.stderr)];
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(request));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  if (code !== 0) throw new Error(`${name} failed:\n${(await said).slice(-4000)}`);
  return JSON.parse(await answer) as Answer;
}
