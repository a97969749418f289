import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { type ConnectionState, overWebSocket, type Socket } from './transport.ts';

const packr = new Packr({ useRecords: false });

/** A WebSocket whose other end is the test. */
class FakeSocket extends EventTarget {
  binaryType: BinaryType = 'blob';
  readonly sent: { id: number; name: string; params: unknown }[] = [];

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.sent.push(packr.unpack(frame) as FakeSocket['sent'][number]);
  }

  opens(): void {
    this.dispatchEvent(new Event('open'));
  }

  says(frame: unknown): void {
    const bytes = packr.pack(frame);
    const copy = new ArrayBuffer(bytes.length);
    new Uint8Array(copy).set(bytes);
    this.dispatchEvent(Object.assign(new Event('message'), { data: copy }));
  }

  breaks(): void {
    this.dispatchEvent(new Event('close'));
  }
}

/** A connection over fake sockets: `sockets` in the order they were opened, `retry` the wait that is running. @param refused what the program says of a page whose socket cannot be opened */
function start(refused = false) {
  const sockets: FakeSocket[] = [];
  const waits: number[] = [];
  let retry: (() => void) | null = null;
  const connected = overWebSocket(
    () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as Socket;
    },
    async () => refused,
    (run, ms) => {
      waits.push(ms);
      retry = run;
    },
  );
  return { sockets, waits, connected, retryNow: () => retry?.(), last: () => sockets.at(-1) as FakeSocket };
}

/** It closes before it was open, and the page asks why. */
async function failsToOpen(socket: FakeSocket): Promise<void> {
  socket.breaks();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

async function startOpen(refused = false) {
  const started = start(refused);
  started.last().opens();
  return { ...started, connection: await started.connected };
}

describe('calls', () => {
  it('are answered by id, in whatever order', async () => {
    const { connection, last } = await startOpen();
    const first = connection.call('jobs.list', {});
    const second = connection.call('app.recent', {});
    const [a, b] = last().sent;
    expect(a).toMatchObject({ name: 'jobs.list', params: {} });
    last().says({ id: b?.id, result: ['second'] });
    last().says({ id: a?.id, result: ['first'] });
    expect(await Promise.all([first, second])).toEqual([['first'], ['second']]);
  });

  it('reject with the problem that main tells', async () => {
    const { connection, last } = await startOpen();
    const call = connection.call('jobs.cancel', { job: 'x' });
    last().says({ id: last().sent[0]?.id, problem: { code: 'not-found', message: 'There is no such job.', item: 'x' } });
    await expect(call).rejects.toMatchObject({ name: 'MaskwrightError', code: 'not-found', message: 'There is no such job.', item: 'x' });
  });

  it('carry bytes both ways as Uint8Array', async () => {
    const { connection, last } = await startOpen();
    const counts = new Uint8Array([0, 200, 255]);
    const add = { type: 'instance.add', shape: { kind: 'mask', size: [1, 1], counts } };
    void connection.call('project.edit', { project: 'abcdefgh', label: 'x', commands: [add as never] });
    expect(packr.pack(last().sent[0]?.params)).toEqual(packr.pack({ project: 'abcdefgh', label: 'x', commands: [add] }));
    const ids = connection.call('images.ids', { project: 'abcdefgh', filter: {} });
    last().says({ id: last().sent[1]?.id, result: { ids: counts } });
    const answer = await ids;
    expect(answer.ids).toBeInstanceOf(Uint8Array);
    expect([...answer.ids]).toEqual([0, 200, 255]);
  });
});

describe('events', () => {
  it('reach who listens, until they stop; one that throws keeps nobody else from hearing', async () => {
    const { connection, last } = await startOpen();
    const reported: unknown[] = [];
    const globals = globalThis as { reportError?: unknown };
    globals.reportError = (error: unknown) => reported.push(error);
    const heard: string[] = [];
    connection.on('notice', () => {
      throw new Error('a broken listener');
    });
    const stop = connection.on('notice', ({ message }) => heard.push(message));
    last().says({ event: 'notice', data: { level: 'info', code: null, message: 'one', item: null } });
    stop();
    last().says({ event: 'notice', data: { level: 'info', code: null, message: 'two', item: null } });
    expect(heard).toEqual(['one']);
    expect(reported).toHaveLength(2);
    delete globals.reportError;
  });
});

describe('when main is lost', () => {
  it('calls under way and calls made meanwhile reject with a sentence; none is sent later', async () => {
    const { connection, last, retryNow, sockets } = await startOpen();
    const underWay = connection.call('jobs.list', {});
    last().breaks();
    await expect(underWay).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('What was saved is safe') as string });
    await expect(connection.call('jobs.list', {})).rejects.toMatchObject({ code: 'io' });
    retryNow();
    last().opens();
    expect(sockets).toHaveLength(2);
    expect(last().sent).toEqual([]);
  });

  it('is tried again, ever more slowly, and told when it is back; listeners stay', async () => {
    const { connection, last, retryNow, sockets, waits } = await startOpen();
    const states: ConnectionState[] = [];
    const heard: string[] = [];
    const stop = connection.onConnection((state) => states.push(state));
    connection.on('notice', ({ message }) => heard.push(message));

    last().breaks();
    for (let attempt = 0; attempt < 6; attempt++) {
      retryNow();
      await failsToOpen(last());
    }
    expect(states).toEqual(['lost']);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.at(-1)).toBe(waits.at(-2));
    retryNow();
    last().opens();
    expect(states).toEqual(['lost', 'open']);
    last().says({ event: 'notice', data: { level: 'info', code: null, message: 'again', item: null } });
    expect(heard).toEqual(['again']);

    const before = sockets.length;
    last().breaks();
    expect(waits.at(-1)).toBe(waits[0]);
    retryNow();
    expect(sockets).toHaveLength(before + 1);
    stop();
    last().opens();
    expect(states).toEqual(['lost', 'open', 'lost']);
  });

  it('a page of an earlier run stops trying, and says what to do', async () => {
    const { connection, last, retryNow, sockets, waits } = await startOpen(true);
    const states: ConnectionState[] = [];
    connection.onConnection((state) => states.push(state));
    last().breaks();
    retryNow();
    await failsToOpen(last());
    expect(states).toEqual(['lost', 'refused']);
    expect([sockets.length, waits.length]).toEqual([2, 1]);
    await expect(connection.call('jobs.list', {})).rejects.toMatchObject({ code: 'no-access', message: expect.stringContaining('Open the address') as string });
  });

  it('one that is turned away at the start is told so', async () => {
    const { connected, last, waits } = start(true);
    last().breaks();
    await expect(connected).rejects.toMatchObject({ code: 'no-access' });
    expect(waits).toEqual([]);
  });

  it('at the start it goes on trying until main is there', async () => {
    const { connected, last, retryNow } = start();
    await failsToOpen(last());
    retryNow();
    last().opens();
    const connection = await connected;
    void connection.call('jobs.list', {});
    expect(last().sent).toHaveLength(1);
  });
});
