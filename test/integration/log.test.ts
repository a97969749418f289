import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lastLogLines, openLog } from '../../src-main/core/log.ts';
import { logsFolder } from '../../src-main/core/places.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const MOST = 2000;
const LINE = 100;

it('a log over its size is put away, the oldest is dropped, and the newest lines are found across files', () => {
  const log = openLog(folder, MOST);
  const sizes = (): number[] => readdirSync(logsFolder(folder)).map((name) => statSync(join(logsFolder(folder), name)).size);
  expect(lastLogLines(folder, 10)).toEqual([]);
  for (let i = 0; i < 500; i++) log(`entry ${i} ${'x'.repeat(LINE - 60)}`);
  expect(readdirSync(logsFolder(folder)).sort()).toEqual(['main.1.log', 'main.2.log', 'main.3.log', 'main.4.log', 'main.log']);
  expect(Math.max(...sizes())).toBeLessThanOrEqual(MOST + LINE);
  const numbers = lastLogLines(folder, 40).map((line) => Number(/entry (\d+)/.exec(line)?.[1]));
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, i) => 460 + i));
  // Another start of the program goes on in the same file.
  openLog(folder, MOST)('started again');
  expect(lastLogLines(folder, 1)[0]).toContain('started again');
  expect(readdirSync(logsFolder(folder))).toHaveLength(5);
});
