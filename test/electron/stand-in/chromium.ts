import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext } from 'playwright-core';
import { tell } from './control.ts';

let context: Promise<BrowserContext> | null = null;
let folder: string | null = null;

/** The one Chromium, started with the first window; the test is told where its DevTools listen. */
export function browser(): Promise<BrowserContext> {
  context ??= start();
  return context;
}

async function start(): Promise<BrowserContext> {
  const { findChrome, howToGetChrome } = (await import('../../../scripts/find-chrome.mjs' as string)) as { findChrome(): string | null; howToGetChrome(): string };
  const executablePath = findChrome();
  if (executablePath === null) throw new Error(howToGetChrome());
  // Beside the user data, which the test removes even when this process was killed.
  folder = mkdtempSync(join(process.env['MASKWRIGHT_HOME'] ?? tmpdir(), 'chromium-'));
  // Containers run as root, where Chromium's own sandbox cannot.
  const args = ['--remote-debugging-port=0', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const started = await chromium.launchPersistentContext(folder, { executablePath, args, viewport: null, colorScheme: 'dark' });
  const port = readFileSync(join(folder, 'DevToolsActivePort'), 'utf8').split('\n')[0];
  tell('devtools', `http://127.0.0.1:${port}`);
  return started;
}

/** At the very end of the program. */
export async function closeBrowser(): Promise<void> {
  await (await context)?.close();
  if (folder !== null) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
