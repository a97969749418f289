import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser, watchPage } from '../helpers/browser.ts';
import { startProgram } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';
import { Person } from './person.ts';

/** What one file of tests shares: a browser, and a folder of its own. Programs are started as each test likes. */
export interface House {
  readonly folder: string;
  /** Starts the program with user data of its own under this name. */
  starts(name: string, open?: string, env?: Record<string, string>): Promise<Program>;
  /** A new window on the program. Its test fails if its page complains of anything not matched by `mayComplain`. */
  opensWindow(program: Pick<Program, 'address'>, mayComplain?: RegExp): Promise<Person>;
}

export function useHouse(): House {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-e2e-'));
  const programs: Program[] = [];
  const watched: { complaints: string[]; may: RegExp | undefined; person: Person }[] = [];
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(async ({ task }) => {
    const windows = watched.splice(0);
    for (const [i, { person }] of windows.entries()) {
      if (task.result?.state === 'fail') await person.keepsScreenshot(`failed-${task.name.replaceAll(/\W+/g, '-')}-${i}`).catch(() => undefined);
      await person.page.context().close();
    }
    for (const { complaints, may } of windows) expect(complaints.filter((c) => may === undefined || !may.test(c))).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all(programs.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    folder,
    starts: async (name, open, env = {}) => {
      const program = await startProgram({ home: join(folder, name), env, ...(open === undefined ? {} : { open }) });
      programs.push(program);
      return program;
    },
    opensWindow: async (program, mayComplain) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const person = new Person(page);
      watched.push({ complaints: watchPage(page), may: mayComplain, person });
      await page.goto(program.address);
      return person;
    },
  };
}
