import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

/** Launches the Chrome, Chromium or Edge that `npm test` found. */
export async function launchBrowser(): Promise<Browser> {
  const { findChrome, howToGetChrome } = (await import('../../scripts/find-chrome.mjs' as string)) as { findChrome(): string | null; howToGetChrome(): string };
  const executablePath = findChrome();
  if (executablePath === null) throw new Error(howToGetChrome());
  // Containers run as root, where Chromium's own sandbox cannot.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

/** What a page said that it should not have said: errors on its console, exceptions, requests that failed or went elsewhere. */
export function watchPage(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && hostname !== '127.0.0.1') complaints.push(`request to ${request.url()}`);
  });
  return complaints;
}
