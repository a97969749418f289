import { mkdtempSync, rmSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UnfinishedJobs } from './unfinished-jobs.ts';

let folder: string;
let log: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-unfinished-'));
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const openOn = (): UnfinishedJobs => new UnfinishedJobs(folder, (project) => `/projects/${project}`, (line) => log.push(line));
const title = (): string => 'Exporting a.json';
const params = { project: 'fruit', format: 'coco', out: '/a.json' };

test('what was interrupted by closing or by a crash is there at the next start, once', () => {
  for (const end of ['closing', 'crash'] as const) {
    const jobs = openOn();
    jobs.called('export.start', params, { job: '1' }, title);
    jobs.called('images.rows', { project: 'fruit' }, [], title);
    if (end === 'closing') {
      jobs.closing('fruit');
      jobs.jobChanged({ job: '1', state: 'cancelled' });
    }
    expect(openOn().take('/projects/other')).toEqual([]);
    expect(openOn().take('/projects/fruit')).toEqual([{ call: 'export.start', title: 'Exporting a.json', params: { format: 'coco', out: '/a.json' } }]);
    expect(openOn().take('/projects/fruit')).toEqual([]);
  }
});

test.each(['done', 'failed', 'cancelled'] as const)('what is %s does not come back', (state) => {
  const jobs = openOn();
  jobs.called('export.start', params, { job: '1' }, title);
  jobs.jobChanged({ job: '1', state: 'running' });
  jobs.jobChanged({ job: '1', state });
  jobs.closing('fruit');
  expect(openOn().take('/projects/fruit')).toEqual([]);
});

test('a damaged file is no reason not to open a project', () => {
  const jobs = openOn();
  jobs.called('export.start', params, { job: '1' }, title);
  const [name = ''] = readdirSync(join(folder, 'unfinished'));
  for (const text of ['{', '[{"call":"project.close","title":"","params":{}}]', 'null']) {
    writeFileSync(join(folder, 'unfinished', name), text);
    expect(openOn().take('/projects/fruit')).toEqual([]);
  }
  expect(log).toHaveLength(3);
});
