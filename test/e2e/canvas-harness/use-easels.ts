import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser, watchPage } from '../../helpers/browser.ts';
import { CANVAS, Easel, IMAGE, picture } from './easel.ts';
import { serveHarness } from './serve.ts';

/** For what a busy machine takes longer to do. */
export const PATIENCE = { timeout: 15_000 };

export interface EaselOptions {
  readonly deviceScaleFactor?: number;
  readonly hasTouch?: boolean;
  /** The picture of this image waits until it is released. */
  readonly hold?: number;
  /** Whether the mask worker's next start fails. */
  readonly breakWorker?: () => boolean;
  /** What the page may complain of. */
  readonly mayComplain?: RegExp;
}

/** A browser for a file of tests. Each test opens its own page, which must not complain of anything unexpected. */
export function useEasels(): (options?: EaselOptions) => Promise<Easel> {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveHarness>>;
  const contexts: { context: BrowserContext; complaints: string[]; may: RegExp | undefined }[] = [];

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchBrowser(), serveHarness()]);
  });
  afterEach(async () => {
    for (const { context, complaints, may } of contexts.splice(0)) {
      await context.close();
      expect(complaints.filter((complaint) => !may?.test(complaint))).toEqual([]);
    }
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  return async (options = {}) => {
    const context = await browser.newContext({ viewport: CANVAS, deviceScaleFactor: options.deviceScaleFactor ?? 1, hasTouch: options.hasTouch ?? false });
    const page = await context.newPage();
    contexts.push({ context, complaints: watchPage(page), may: options.mayComplain });
    const easel = new Easel(page);
    const waiting = options.hold === undefined ? null : easel.hold(options.hold);
    await page.route('**/image/**', async (route) => {
      const path = new URL(route.request().url()).pathname;
      easel.requests.push(path);
      const id = Number(path.split('/')[3]);
      if (id === options.hold) await waiting;
      if (id === 9) await route.fulfill({ status: 422, json: { code: 'image-truncated', message: 'broken.jpg ends too early.', item: 'broken.jpg' } });
      else await route.fulfill({ contentType: 'image/png', body: await picture(id) });
    });
    await page.route('**/mask-worker.ts*', (route) => (options.breakWorker?.() ? route.abort() : route.continue()));
    await page.goto(server.url);
    await page.waitForFunction(() => 'harness' in window);
    await page.evaluate(({ width, height }) => window.harness.set({ image: window.harness.picture(1, width, height) }), IMAGE);
    await easel.waitsFor('painted');
    return easel;
  };
}
