import { join } from 'node:path';
import type { BrowserWindow, Rectangle } from 'electron';
import { screen } from 'electron';
import { z } from 'zod';
import { JsonFile } from '../../core/json-file.ts';

const Place = z.strictObject({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1), maximized: z.boolean() });
type Place = z.infer<typeof Place>;

const USUAL = { width: 1440, height: 900 } as const;
export const LEAST = { width: 900, height: 600 } as const;
/** As much of a window must be on a screen for a person to get hold of it; device-independent pixels. */
const HOLD = 100;
const WRITE_AFTER_MS = 500;

/** Where the window lies, remembered from run to run. */
export class WindowPlace {
  readonly #file: JsonFile<z.ZodNullable<typeof Place>>;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDir: string) {
    this.#file = new JsonFile(join(dataDir, 'window.json'), Place.nullable(), () => null);
  }

  async read(): Promise<{ readonly bounds: Rectangle; readonly maximized: boolean }> {
    const saved = await this.#file.read();
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
    return { bounds: placeOn(saved, [screen.getPrimaryDisplay().workArea, ...areas]), maximized: saved?.maximized ?? false };
  }

  /** Remembers every change from when the window is shown; a disk that takes nothing costs the place only. */
  watch(window: BrowserWindow): void {
    window.once('ready-to-show', () => this.#watch(window));
  }

  #watch(window: BrowserWindow): void {
    const keep = (): void => {
      const place = { ...window.getNormalBounds(), maximized: window.isMaximized() };
      this.#writing = this.#file.write(place).catch(() => undefined);
    };
    const later = (): void => {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = setTimeout(keep, WRITE_AFTER_MS);
    };
    window.on('resize', later);
    window.on('move', later);
    window.on('maximize', later);
    window.on('unmaximize', later);
    window.on('close', () => {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
      keep();
    });
  }

  /** Resolves once what is remembered is on the disk. */
  written(): Promise<void> {
    return this.#writing;
  }
}

/**
 * Where to open the window: as it was left, if enough of it is on a screen that is there, and no larger than that screen; else in the
 * middle of the first screen. Work areas and the result in device-independent pixels; `areas` is not empty.
 */
export function placeOn(saved: Omit<Place, 'maximized'> | null, areas: readonly Rectangle[]): Rectangle {
  const seen = saved === null ? [] : areas.map((area) => ({ area, common: shared(saved, area) })).filter(({ common: [width, height] }) => width >= HOLD && height >= HOLD);
  const best = seen.toSorted((a, b) => b.common[0] * b.common[1] - a.common[0] * a.common[1])[0]?.area;
  const area = best ?? areas[0] ?? { x: 0, y: 0, ...USUAL };
  const size = { width: Math.min(saved?.width ?? USUAL.width, area.width), height: Math.min(saved?.height ?? USUAL.height, area.height) };
  if (saved === null || best === undefined) {
    return { x: Math.round(area.x + (area.width - size.width) / 2), y: Math.round(area.y + (area.height - size.height) / 2), ...size };
  }
  return { x: within(saved.x, size.width, area.x, area.width), y: within(saved.y, size.height, area.y, area.height), ...size };
}

/** Width and height of what two rectangles have in common; not positive when they are apart. */
const shared = (a: Rectangle, b: Rectangle): readonly [width: number, height: number] => [
  Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
  Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y),
];

const within = (at: number, length: number, from: number, room: number): number => Math.max(from, Math.min(at, from + room - length));
