import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { Desktop } from '../electron/desktop.ts';
import type { DesktopOptions } from '../electron/desktop.ts';

/** What a file of tests over the desktop program shares: a folder of its own, and programs that end with the test that started them. */
export interface Desktops {
  readonly folder: string;
  /** Starts the program with user data of its own under this name. */
  starts(name: string, options?: Partial<DesktopOptions>): Desktop;
}

export function useDesktops(): Desktops {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-desktops-'));
  const started: Desktop[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((desktop) => desktop.stop()));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return {
    folder,
    starts: (name, options = {}) => {
      const desktop = new Desktop({ home: join(folder, name), ...options });
      started.push(desktop);
      return desktop;
    },
  };
}
