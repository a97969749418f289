import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appRoot } from '../../core/places.ts';
import { findDesktop, QUIT, runWindow, WINDOW_IS_OPEN } from './desktop-window.ts';
import { hasDisplay } from './display.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-desktop-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a display is what each platform has for one', () => {
  expect(hasDisplay({}, 'linux')).toBe(false);
  expect(hasDisplay({ DISPLAY: ':0' }, 'linux')).toBe(true);
  expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
  expect(hasDisplay({ DISPLAY: '', WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
  expect(hasDisplay({ DISPLAY: '' }, 'linux')).toBe(false);
  expect(hasDisplay({}, 'darwin')).toBe(true);
  expect(hasDisplay({}, 'win32')).toBe(true);
});

describe('finding Electron', () => {
  const user = { uid: 1000, platform: 'linux', sandboxTrouble: () => null } as const;

  it('needs a display, and a user that its sandbox runs for', () => {
    expect(findDesktop(folder, {}, user)).toEqual({ reason: 'there is no display', fetchable: false });
    expect(findDesktop(folder, { DISPLAY: ':0' }, { ...user, uid: 0 })).toMatchObject({ fetchable: false });
  });

  it('tells when only the binary is lacking, and finds it where its package or a person puts it', () => {
    const env = { DISPLAY: ':0' };
    expect(findDesktop(folder, env, user)).toMatchObject({ fetchable: true });
    const electron = join(folder, 'node_modules', 'electron');
    mkdirSync(join(electron, 'dist'), { recursive: true });
    writeFileSync(join(electron, 'path.txt'), 'electron');
    expect(findDesktop(folder, env, user)).toMatchObject({ fetchable: true });
    writeFileSync(join(electron, 'dist', 'electron'), '');
    expect(findDesktop(folder, env, user)).toEqual({ electron: join(electron, 'dist', 'electron') });
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'electron'), '');
    expect(findDesktop(folder, { ...env, ELECTRON_OVERRIDE_DIST_PATH: other }, user)).toEqual({ electron: join(other, 'electron') });
  });
});

it('a sandbox that cannot start is reported before anything is fetched or crashes', () => {
  const dist = join(folder, 'node_modules', 'electron', 'dist');
  const ubuntu = { uid: 1000, platform: 'linux', sandboxTrouble: (electron: string) => ({ setting: 'userns is 1', remedy: `chmod ${electron}` }) } as const;
  const told = (): string => {
    const desktop = findDesktop(folder, { DISPLAY: ':0' }, ubuntu);
    if (!('reason' in desktop) || desktop.fetchable) throw new Error('it would be started, or fetched');
    return desktop.reason;
  };
  expect(told()).toMatch(/\(userns is 1\).*run `npm run fetch-electron`, then `chmod .*electron`/);
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, 'electron'), '');
  expect(told()).toContain(`run \`chmod ${join(dist, 'electron')}\``);
  // Only Linux has it.
  expect(findDesktop(folder, {}, { ...ubuntu, platform: 'darwin' })).toEqual({ electron: join(dist, 'electron') });
});

/** A program in Electron's place. */
function program(script: string): string {
  const file = join(folder, 'electron');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

describe.skipIf(process.platform === 'win32')('running the window', () => {
  const never = new AbortController().signal;

  it('is given the program and the project, and lasts until the window is closed', async () => {
    const seen = join(folder, 'seen');
    const electron = program(`printf '%s|%s|%s' "$1" "$2" "$ELECTRON_RUN_AS_NODE" > '${seen}'; echo '${WINDOW_IS_OPEN}'`);
    process.env['ELECTRON_RUN_AS_NODE'] = '1';
    try {
      expect(await runWindow(electron, '/photos', never)).toBeNull();
    } finally {
      delete process.env['ELECTRON_RUN_AS_NODE'];
    }
    expect(readFileSync(seen, 'utf8')).toBe(`${appRoot()}|/photos|`);
  });

  it('tells why no window opened, so that the browser can be used instead', async () => {
    expect(await runWindow(program('exit 127'), null, never)).toContain('exit code 127');
    expect(await runWindow(program('echo "electron: libnss3.so: cannot open" >&2; exit 127'), null, never)).toContain('(exit code 127: electron: libnss3.so: cannot open)');
    expect(await runWindow(program('kill -TRAP $$'), null, never)).toContain('SIGTRAP');
    expect(await runWindow(join(folder, 'absent'), null, never)).toContain('could not be started');
  });

  it('a window that was open and ends badly is no reason to open another', async () => {
    expect(await runWindow(program(`echo '${WINDOW_IS_OPEN}'; exit 1`), null, never)).toBeNull();
  });

  it('is ended by Ctrl+C', async () => {
    const interruption = new AbortController();
    const ended = runWindow(program('exec sleep 600'), null, interruption.signal);
    interruption.abort();
    expect(await ended).toBeNull();
  });

  it('Ctrl+C on Windows, which does not reach it from the terminal, asks it to quit rather than killing it', async () => {
    const [seen, script] = [join(folder, 'seen'), join(folder, 'window.mjs')];
    writeFileSync(script, `
      import { writeFileSync } from 'node:fs';
      process.on('message', (message) => {
        writeFileSync(${JSON.stringify(seen)}, message + '|' + process.env.ELECTRON_NO_ATTACH_CONSOLE);
        process.exit(0);
      });
      console.log('${WINDOW_IS_OPEN}');`);
    const interruption = new AbortController();
    const ended = runWindow(program(`exec '${process.execPath}' '${script}'`), null, interruption.signal, 'win32');
    interruption.abort();
    expect(await ended).toBeNull();
    expect(readFileSync(seen, 'utf8')).toBe(`${QUIT}|1`);
  });
});
