import { Packr } from 'msgpackr';
import type { Bridge } from '../../src-shared/contract/bridge.ts';
import type { Contract, EventName } from '../../src-shared/contract/contract.ts';
import { MaskwrightError, type Problem } from '../../src-shared/contract/errors.ts';
import type { Answer, AnswerFrame, EventFrame } from '../../src-shared/contract/wire.ts';

/** `refused`: the program answers, but not this page, because it has been started anew. Only its new address helps. */
export type ConnectionState = 'open' | 'lost' | 'refused';

export interface Connection extends Contract {
  /**
   * Tells when main is lost and when it is there again. After `open` every store asks anew: events were missed.
   * Returns the function that stops listening.
   */
  onConnection(listener: (state: ConnectionState) => void): () => void;
}

declare global {
  interface Window {
    readonly maskwright?: Bridge;
  }
}

/** The contract over Electron's bridge where there is one, else over the browser host's WebSocket; resolves once connected. */
export function connectContract(): Promise<Connection> {
  if (window.maskwright) return Promise.resolve(overBridge(window.maskwright));
  const address = new URL('socket', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return overWebSocket(() => new WebSocket(address), isRefused);
}

/** A socket does not tell a page why it could not be opened; the same host answers this with the same status. */
async function isRefused(): Promise<boolean> {
  try {
    const { status } = await fetch('/', { method: 'HEAD', cache: 'no-store' });
    return status === 401 || status === 403;
  } catch {
    return false;
  }
}

type Listener = (data: never) => void;

/** Who listens to which event; a listener that throws does not keep the others from hearing. */
class Listeners {
  readonly #byEvent = new Map<string, Set<Listener>>();

  on(event: EventName, listener: Listener): () => void {
    const set = this.#byEvent.get(event) ?? new Set();
    this.#byEvent.set(event, set.add(listener));
    return () => set.delete(listener);
  }

  emit(event: string, data: unknown): void {
    for (const listener of this.#byEvent.get(event) ?? []) {
      try {
        listener(data as never);
      } catch (error) {
        reportError(error);
      }
    }
  }
}

function resultOf(answer: Answer): unknown {
  if ('problem' in answer) throw MaskwrightError.fromProblem(answer.problem);
  return answer.result;
}

function overBridge(bridge: Bridge): Connection {
  const listeners = new Listeners();
  bridge.on((event, data) => listeners.emit(event, data));
  return {
    call: async (name, params) => resultOf(await bridge.call(name, params)) as never,
    on: (name, listener) => listeners.on(name, listener),
    // The window and main live and die together.
    onConnection: () => () => undefined,
  };
}

/** Waits between tries to reach main again, in milliseconds; the last one is repeated. */
const RETRY_MS = [100, 250, 500, 1000, 2000];

const lost: Problem = {
  code: 'io',
  message: 'The connection to Maskwright was lost before it answered. What was saved is safe; this is tried again as soon as the connection is back.',
  item: null,
};

const turnedAway: Problem = {
  code: 'no-access',
  message: 'This page belongs to an earlier run of Maskwright. Open the address that Maskwright printed when it was last started.',
  item: null,
};

/** What of a WebSocket is used, so that a test can drive the policy with its own. */
export type Socket = Pick<WebSocket, 'binaryType' | 'send' | 'addEventListener'>;

/**
 * The policy when main goes away: calls under way reject with `io`, calls made meanwhile do so at once (nothing is
 * queued: an edit sent minutes later would surprise), and the socket is opened anew until it is there. Rejects with
 * 'no-access' when the program turns the page away at the start.
 * `open` makes a socket; `refused` says, when none can be opened, whether the program turns this page away: then it is not
 * tried again; `later` runs a function after so many milliseconds.
 */
export function overWebSocket(open: () => Socket, refused: () => Promise<boolean>, later: (run: () => void, ms: number) => unknown = setTimeout): Promise<Connection> {
  const packr = new Packr({ useRecords: false });
  const listeners = new Listeners();
  const connectionListeners = new Set<(state: ConnectionState) => void>();
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let socket: Socket | null = null;
  let nextId = 0;
  let tries = 0;
  let why = lost;

  const connection: Connection = {
    call: (name, params) =>
      new Promise((resolve, reject) => {
        if (!socket) {
          reject(MaskwrightError.fromProblem(why));
          return;
        }
        const id = nextId++;
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        socket.send(packr.pack({ id, name, params }));
      }),
    on: (name, listener) => listeners.on(name, listener),
    onConnection: (listener) => {
      connectionListeners.add(listener);
      return () => connectionListeners.delete(listener);
    },
  };

  const receive = (frame: AnswerFrame | EventFrame): void => {
    if ('event' in frame) {
      listeners.emit(frame.event, frame.data);
      return;
    }
    const call = waiting.get(frame.id);
    waiting.delete(frame.id);
    try {
      call?.resolve(resultOf(frame));
    } catch (error) {
      call?.reject(error);
    }
  };

  return new Promise((resolve, reject) => {
    const connect = (): void => {
      const fresh = open();
      let opened = false;
      fresh.binaryType = 'arraybuffer';
      fresh.addEventListener('open', () => {
        opened = true;
        socket = fresh;
        tries = 0;
        resolve(connection);
        for (const listener of connectionListeners) listener('open');
      });
      fresh.addEventListener('message', (message) => receive(packr.unpack(new Uint8Array(message.data as ArrayBuffer)) as AnswerFrame | EventFrame));
      fresh.addEventListener('close', () => {
        if (socket === fresh) {
          socket = null;
          for (const call of waiting.values()) call.reject(MaskwrightError.fromProblem(lost));
          waiting.clear();
          for (const listener of connectionListeners) listener('lost');
        }
        if (opened) again();
        else void goOn();
      });
    };
    const again = (): void => void later(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)] ?? 0);
    const goOn = async (): Promise<void> => {
      if (!(await refused())) {
        again();
        return;
      }
      why = turnedAway;
      for (const listener of connectionListeners) listener('refused');
      reject(MaskwrightError.fromProblem(turnedAway));
    };
    connect();
  });
}
