import { expect, test } from 'vitest';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { NewVersion, UpdateState } from '../../../src-shared/contract/shell.ts';
import { Updates } from './updates.ts';
import type { UpdateSource } from './updates.ts';

const offer: NewVersion = { version: '2.0.0', notes: 'Faster.', bytes: 1000 };
const DAY = 24 * 60 * 60 * 1000;

/** A program with a source that says what is asked of it. */
class Program {
  readonly asked: string[] = [];
  readonly shown: UpdateState['is'][] = [];
  on = true;
  atWork = false;
  now = 100 * DAY;
  memory = { asked: 0, installing: null as string | null };
  latest: () => Promise<NewVersion | null> = async () => offer;
  download: UpdateSource['download'] = async (_offer, progress) => progress(1000);
  readonly updates: Updates;

  constructor() {
    const source: UpdateSource = {
      latest: () => (this.asked.push('latest'), this.latest()),
      download: (...given) => (this.asked.push('download'), this.download(...given)),
      installAtQuit: (on) => void this.asked.push(on ? 'install' : 'do not install'),
    };
    this.updates = new Updates({
      source: async () => (this.asked.push('source'), source),
      wanted: async () => this.on,
      atWork: async () => this.atWork,
      memory: { read: async () => this.memory, write: async (memory) => void (this.memory = memory) },
      version: '1.0.0',
      now: () => this.now,
    });
    this.updates.onChange(({ is }) => this.shown.push(is));
  }

  async offers(): Promise<void> {
    await this.updates.ask();
    await expect.poll(() => this.updates.state.is).toBe('offered');
    this.asked.length = 0;
  }

  async downloads(): Promise<void> {
    await this.offers();
    this.updates.download();
    await expect.poll(() => this.updates.state.is).toBe('ready');
  }
}

test('switched off, nothing is made that could ask for anything', async () => {
  const program = new Program();
  program.on = false;
  await program.updates.started();
  await expect(program.updates.ask()).rejects.toMatchObject({ code: 'bad-request' });
  program.updates.download();
  await program.updates.quits();
  expect(program.asked).toEqual([]);
});

test('switched on, a start asks once a day, and a button always', async () => {
  const program = new Program();
  await program.updates.started();
  expect(program.asked).toEqual(['source', 'latest']);
  program.now += DAY - 1;
  await program.updates.started();
  expect(program.asked).toHaveLength(2);
  await program.updates.ask();
  await expect.poll(() => program.asked).toHaveLength(3);
  program.now += DAY;
  await program.updates.started();
  expect(program.asked).toHaveLength(4);
  program.now -= 50 * DAY;
  await program.updates.started();
  expect(program.asked).toHaveLength(5);
});

test('what is there is only told; downloading and installing are the person\'s', async () => {
  const program = new Program();
  await program.offers();
  expect(program.updates.state).toEqual({ is: 'offered', offer });
  expect(program.asked).toEqual([]);
  program.updates.download();
  await expect.poll(() => program.updates.state).toEqual({ is: 'ready', offer });
  expect(program.shown).toEqual(['asking', 'offered', 'downloading', 'downloading', 'ready']);
  await program.updates.quits();
  expect(program.asked).toEqual(['install', 'download']);
});

test('what could not be installed at the end is told at the next start, once', async () => {
  const program = new Program();
  await program.downloads();
  await program.updates.quits();
  const again = new Program();
  again.memory = program.memory;
  await again.updates.started();
  expect(again.updates.state).toMatchObject({ is: 'failed', problem: { message: expect.stringContaining('Version 2.0.0 was downloaded but could not be installed') } });
  const third = new Program();
  third.memory = again.memory;
  await third.updates.started();
  expect(third.updates.state.is).toBe('unasked');
});

test('what was installed is not told', async () => {
  const program = new Program();
  program.memory = { asked: program.now, installing: '1.0.0' };
  await program.updates.started();
  expect(program.updates.state).toEqual({ is: 'unasked' });
  expect(program.memory.installing).toBeNull();
});

test('work that the end interrupts goes on with the same version', async () => {
  const program = new Program();
  await program.downloads();
  program.atWork = true;
  await program.updates.quits();
  expect(program.asked.at(-1)).toBe('do not install');
  expect(program.memory.installing).toBeNull();
});

test('a download that is cancelled is offered again and not installed, even if it was done in that moment', async () => {
  const program = new Program();
  const arrived = Promise.withResolvers<void>();
  program.download = () => arrived.promise;
  await program.offers();
  program.updates.download();
  await expect.poll(() => program.asked).toContain('download');
  program.updates.cancel();
  arrived.resolve();
  await expect.poll(() => program.asked.at(-1)).toBe('do not install');
  expect(program.updates.state).toEqual({ is: 'offered', offer });
});

test('switching off forgets what was offered or is ready', async () => {
  const program = new Program();
  await program.downloads();
  await program.updates.switched(false);
  expect(program.updates.state).toEqual({ is: 'unasked' });
  expect(program.asked.at(-1)).toBe('do not install');
  const late = new Program();
  const answer = Promise.withResolvers<NewVersion | null>();
  late.latest = () => answer.promise;
  await late.updates.ask();
  await expect.poll(() => late.asked).toContain('latest');
  await late.updates.switched(false);
  answer.resolve(offer);
  await answer.promise;
  await late.updates.switched(true);
  expect(late.updates.state).toEqual({ is: 'unasked' });
});

test('what fails is told in a sentence, and the next try may succeed', async () => {
  const program = new Program();
  program.latest = async () => {
    throw new MaskwrightError('download-failed', 'It is not signed.', 'host');
  };
  await program.updates.started();
  expect(program.updates.state).toEqual({ is: 'failed', problem: { code: 'download-failed', message: 'It is not signed.', item: 'host' } });
  program.latest = async () => null;
  await program.updates.ask();
  await expect.poll(() => program.updates.state).toEqual({ is: 'newest' });
});
