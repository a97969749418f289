import { beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { Program } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';
import { words } from './words.ts';

/** WCAG 2.2, 1.4.3: text and what lies behind it. Text of controls that cannot be used is exempt. */
const LEAST = 4.5;

const house = useHouse();
let program: Program;
beforeAll(async () => {
  program = await house.starts('contrast');
});

/** All text on the page that is harder to read than that, with its contrast: "Done 3.81 (.button)". */
function faintText(page: Page, least: number): Promise<string[]> {
  return page.evaluate((least) => {
    type Color = readonly [number, number, number, number];
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('no canvas');
    const known = new Map<string, Color>();
    const rgba = (css: string): Color => {
      const found = known.get(css);
      if (found !== undefined) return found;
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(0, 0, 1, 1).data;
      known.set(css, [r, g, b, a / 255]);
      return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a]: Color, [br, bg, bb]: Color): Color => [r * a + br * (1 - a), g * a + bg * (1 - a), b * a + bb * (1 - a), 1];
    const luminance = ([r, g, b]: Color): number => {
      const [red = 0, green = 0, blue = 0] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    /** What is painted behind an element: its own background and those of the elements around it. */
    const behind = (element: Element | null): Color => {
      if (element === null) return rgba(getComputedStyle(document.documentElement).colorScheme.startsWith('dark') ? '#000' : '#fff');
      const own = rgba(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, behind(element.parentElement));
    };
    const said: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (element === null || text === '' || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (element.closest(':disabled, [aria-disabled="true"], [data-disabled], .visually-hidden, [data-hidden]') !== null) continue;
      const background = behind(element);
      const color = rgba(getComputedStyle(element).color);
      let opacity = color[3];
      for (let at: Element | null = element; at !== null; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
      const [a, b] = [luminance(over([color[0], color[1], color[2], opacity], background)), luminance(background)];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < least) said.push(`${text.slice(0, 40)} ${contrast.toFixed(2)} (${element.tagName.toLowerCase()}.${element.className} in .${element.parentElement?.className ?? ''})`);
    }
    return [...new Set(said)];
  }, least);
}

/** Waits for fades to end, then reads. */
const reads = async (person: Person, what: string, found: Map<string, string[]>): Promise<void> => {
  await person.page.waitForFunction(() => document.getAnimations().every((it) => it.effect?.getComputedTiming().iterations === Infinity || it.playState === 'finished'));
  const faint = await faintText(person.page, LEAST);
  if (faint.length > 0) found.set(what, faint);
};

test.each(['dark', 'light'] as const)('every text can be read: %s', async (colorScheme) => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await page.emulateMedia({ colorScheme });
  await person.seesPicture();
  const found = new Map<string, string[]>();
  await reads(person, 'the first image', found);
  await person.presses('r');
  await person.drags(200, 100, 500, 300);
  await person.instances.first().waitFor();
  await reads(person, 'a selected instance', found);
  await person.instances.first().hover();
  await reads(person, 'under the pointer', found);
  await person.presses('Escape', 'Control+Enter', 'a');
  await person.seesPicture();
  await page.locator('.button[aria-pressed="true"]').waitFor();
  await reads(person, 'an image that is done', found);
  await person.presses('q');
  await person.clicks(578, 318);
  await person.seesCandidates();
  await reads(person, 'candidates', found);
  await person.presses('Escape', '`');
  await page.getByRole('combobox').fill('f');
  await reads(person, 'the class picker', found);
  await person.presses('Escape', 'g');
  await page.locator('.everything').waitFor();
  await reads(person, 'everything mode', found);
  await person.presses('q', 'Control+k');
  await page.getByRole('combobox').fill('im');
  await reads(person, 'the palette', found);
  await person.presses('Escape');
  for (const title of ['command.help', 'command.settings', 'command.about', 'command.models', 'command.statistics', 'command.check', 'command.splits', 'command.snapshots', 'command.export', 'command.open', 'command.importDataset']) {
    await person.runsCommand(title);
    await page.locator('.dialog .dialog-body').waitFor();
    await reads(person, title, found);
    await person.presses('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: words('menu.name') }).click();
  await page.getByRole('menu').waitFor();
  await reads(person, 'the main menu', found);
  await person.presses('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await person.presses('a');
  await page.getByText(words('go.first')).waitFor();
  await reads(person, 'a message', found);
  await person.presses('Control+z', 'Control+z');
  await expect.poll(() => person.instances.count()).toBe(0);
  await person.runsCommand('command.close');
  await page.locator('.welcome').waitFor();
  await reads(person, 'the welcome page', found);
  await page.locator('.recent-row').first().click();
  await person.seesPicture();
  expect(Object.fromEntries(found)).toEqual({});
});
