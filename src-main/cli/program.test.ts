import { beforeEach, expect, it, vi } from 'vitest';
import { StubCore } from '../../test/fixtures/stub-core.ts';
import { run } from './run.ts';

const { opened } = vi.hoisted(() => ({ opened: [] as unknown[] }));
/** A machine with Electron on it, whose window is closed at once. */
vi.mock('./window/desktop-window.ts', () => ({ findDesktop: () => ({ electron: '/electron' }), runWindow: async (_electron: string, project: string | null) => (opened.push(['window', project]), null) }));
vi.mock('./serve.ts', () => ({ serve: async (_project: string | null, { host, port, open }: object & Record<'host' | 'port' | 'open', unknown>) => (opened.push(['page', { host, port, open }]), 0) }));
beforeEach(() => opened.splice(0));

async function opens(...args: string[]): Promise<unknown> {
  const code = await run(args, { version: '1.0.0', start: async () => new StubCore(), console: { out: () => undefined, err: () => undefined, live: false }, interrupted: new AbortController().signal }, true);
  expect([code, opened.length]).toEqual([0, 1]);
  return opened[0];
}

it('opens the window where there is one', async () => {
  expect(await opens()).toEqual(['window', null]);
  opened.splice(0);
  expect(await opens('/photos')).toEqual(['window', expect.stringContaining('photos')]);
});

it.each([
  [['--browser'], {}],
  [['--port', '8080'], { port: 8080 }],
  [['--port', '0', '/photos'], { port: 0 }],
  [['--host', '0.0.0.0'], { host: '0.0.0.0' }],
  // What is the usual address anyway was asked for, all the same.
  [['--host', '127.0.0.1'], {}],
  [['--no-open'], { open: false }],
  [['serve'], {}],
])('%j asks for the page, and no window opens', async (args, served) => {
  expect(await opens(...args)).toEqual(['page', { host: '127.0.0.1', port: null, open: true, ...served }]);
});
