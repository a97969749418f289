import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { fitView, toScreen } from '../../src-renderer/canvas/viewport.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { repository } from '../helpers/program.ts';
import { words } from './words.ts';

const output = join(repository, 'test/output');

/** A person at the window: what is done with mouse and keys, and what can be seen. Points are image pixels. */
export class Person {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  /** Waits until the picture of the image last asked for is on the screen. */
  async seesPicture(): Promise<void> {
    await this.page.waitForFunction(() => {
      const [asked, shown] = ['image-asked', 'image-shown'].map((name) => (performance.getEntriesByName(name).at(-1) as PerformanceMark | undefined)?.detail?.image as number | undefined);
      return asked !== undefined && asked === shown;
    });
  }

  get canvas(): Locator {
    return this.page.locator('[data-canvas]');
  }

  /** Where an image point is on the page while the whole image is in view. */
  async at(x: number, y: number): Promise<{ x: number; y: number }> {
    const size = /(\d+) × (\d+)/.exec(await this.page.locator('.status-bar').innerText());
    const box = await this.canvas.boundingBox();
    if (size === null || box === null) throw new Error('no image is on show');
    const point = toScreen(fitView(box, { width: Number(size[1]), height: Number(size[2]) }), box, imagePoint(x, y));
    return { x: box.x + point.x, y: box.y + point.y };
  }

  async clicks(x: number, y: number, held: { button?: 'left' | 'right'; modifiers?: ('Alt' | 'Shift')[] } = {}): Promise<void> {
    const point = await this.at(x, y);
    for (const key of held.modifiers ?? []) await this.page.keyboard.down(key);
    await this.page.mouse.click(point.x, point.y, { button: held.button ?? 'left' });
    for (const key of held.modifiers ?? []) await this.page.keyboard.up(key);
  }

  async drags(fromX: number, fromY: number, toX: number, toY: number): Promise<void> {
    const from = await this.at(fromX, fromY);
    const to = await this.at(toX, toY);
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    await this.page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
    await this.page.mouse.move(to.x, to.y);
    await this.page.mouse.up();
  }

  async presses(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Presses the key at a place (`code`) of a keyboard whose layout types `key` there. */
  async pressesPlace(code: string, key: string, held: { ctrl?: boolean; shift?: boolean } = {}): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const modifiers = (held.ctrl === true ? 2 : 0) + (held.shift === true ? 8 : 0);
    const text = held.ctrl === true ? {} : { text: key };
    await session.send('Input.dispatchKeyEvent', { type: 'keyDown', code, key, modifiers, ...text });
    await session.send('Input.dispatchKeyEvent', { type: 'keyUp', code, key, modifiers });
    await session.detach();
  }

  /** Types with an input method up to the point where it still composes, then presses keys that belong to it. */
  async composes(text: string, ...keys: string[]): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    for (const key of keys) {
      await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', code: key, key, windowsVirtualKeyCode: 229 });
      await session.send('Input.dispatchKeyEvent', { type: 'keyUp', code: key, key, windowsVirtualKeyCode: 229 });
    }
    await session.detach();
  }

  /** The input method hands over what was composed. */
  async confirms(text: string): Promise<void> {
    await this.page.keyboard.insertText(text);
  }

  get chooser(): Locator {
    return this.page.getByRole('region', { name: words('candidates.name') });
  }

  /** The candidates on show, once the answer to the last prompt is there. */
  async seesCandidates(): Promise<{ iou: number; stability: number; chosen: boolean }[]> {
    await this.page.locator('section.candidates[aria-busy="false"]').waitFor();
    const radios = await this.chooser.getByRole('radio').all();
    return Promise.all(radios.map(async (radio) => {
      const scores = /(\d\.\d\d)\D+(\d\.\d\d)\D*$/.exec((await radio.getAttribute('aria-label')) ?? '');
      return { iou: Number(scores?.[1]), stability: Number(scores?.[2]), chosen: (await radio.getAttribute('aria-checked')) === 'true' };
    }));
  }

  get instances(): Locator {
    return this.page.locator('.instance-row');
  }

  /** Each instance of the current image as its row reads: class, and area in pixels. */
  async readsInstances(): Promise<{ name: string; area: number }[]> {
    const rows = await this.instances.all();
    return Promise.all(rows.map(async (row) => ({
      name: (await row.locator('.row-main .ellipsis').first().innerText()).trim(),
      area: Number((await row.locator('.area').innerText()).replaceAll(/[^\d]/g, '')),
    })));
  }

  imageRow(name: string): Locator {
    return this.page.getByRole('listbox', { name: words('images.list') }).getByRole('option').filter({ hasText: name });
  }

  classRow(name: string): Locator {
    return this.page.locator('.classes li').filter({ hasText: name });
  }

  async runsCommand(title: string): Promise<void> {
    await this.presses('Control+k');
    await this.page.getByRole('combobox').fill(words(title));
    await this.presses('Enter');
  }

  /** Keeps what the window looks like now, in test/output. */
  async keepsScreenshot(name: string): Promise<void> {
    mkdirSync(output, { recursive: true });
    await this.page.screenshot({ path: join(output, `${name}.png`) });
  }
}
