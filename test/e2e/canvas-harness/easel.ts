import sharp from 'sharp';
import type { Page } from 'playwright-core';
import { toScreen } from '../../../src-renderer/canvas/viewport.ts';
import type { Viewport } from '../../../src-renderer/canvas/types.ts';
import { imagePoint } from '../../../src-shared/geometry/coordinates.ts';

export const CANVAS = { width: 800, height: 600 };
export const IMAGE = { width: 160, height: 120 };

/** Every pixel of image `id` tells where it is: red = 1.5 x, green = 2 y, blue = 60 · id. */
export async function picture(id: number): Promise<Buffer> {
  const { width, height } = IMAGE;
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set([Math.floor((i % width) * 1.5), Math.floor(i / width) * 2, 60 * id], i * 3);
  return sharp(pixels, { raw: { width, height, channels: 3 } }).png().toBuffer();
}

interface Seen {
  readonly name: string;
  readonly data: unknown[];
}

/** The harness page and a person at it. Points are image pixels. */
export class Easel {
  readonly page: Page;
  readonly requests: string[] = [];
  /** Pictures of these images wait until they are released. */
  readonly held = new Map<number, () => void>();
  constructor(page: Page) {
    this.page = page;
  }

  hold(id: number): Promise<void> {
    return new Promise((release) => this.held.set(id, release));
  }

  /** What has been reported under a name, oldest first. */
  async seen(name: string): Promise<unknown[][]> {
    return this.page.evaluate((name) => window.harness.events.filter((event: Seen) => event.name === name).map((event: Seen) => event.data), name);
  }

  async forget(): Promise<void> {
    await this.page.evaluate(() => void window.harness.events.splice(0));
  }

  async waitsFor(name: string): Promise<void> {
    await this.page.waitForFunction((name) => window.harness.events.some((event: Seen) => event.name === name), name);
  }

  /** Where an image point is on the page now. */
  async at(x: number, y: number): Promise<{ x: number; y: number }> {
    const view = (await this.view()) as Viewport;
    return toScreen(view, CANVAS, imagePoint(x, y));
  }

  async view(): Promise<Viewport | undefined> {
    await this.frames();
    return (await this.seen('viewport')).at(-1)?.[0] as Viewport | undefined;
  }

  /** Lets the page paint what it has been given. */
  async frames(): Promise<void> {
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  async clicks(x: number, y: number, button: 'left' | 'right' = 'left', held: 'Alt' | 'Shift' | null = null): Promise<void> {
    const { x: px, y: py } = await this.at(x, y);
    if (held) await this.page.keyboard.down(held);
    await this.page.mouse.click(px, py, { button });
    if (held) await this.page.keyboard.up(held);
  }

  async drags(from: readonly [number, number], to: readonly [number, number], button: 'left' | 'middle' = 'left'): Promise<void> {
    const [a, b] = [await this.at(...from), await this.at(...to)];
    await this.page.mouse.move(a.x, a.y);
    await this.page.mouse.down({ button });
    await this.page.mouse.move((a.x + b.x) / 2, (a.y + b.y) / 2);
    await this.page.mouse.move(b.x, b.y);
    await this.page.mouse.up({ button });
  }

  /** The colour on the screen at a device pixel. */
  async screen(): Promise<(x: number, y: number) => number[]> {
    const { data, info } = await sharp(await this.page.screenshot()).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return (x, y) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
  }
}
