import { randomUUID } from 'node:crypto';
import { Packr } from 'msgpackr';
import type { RawData, WebSocket } from 'ws';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { type AnswerFrame, CallFrame, type EventFrame } from '../../src-shared/contract/wire.ts';
import type { CoreApi } from '../core/core-api.ts';

/** A page that reads nothing for this long a queue is cut off; it connects anew and asks again. */
const MOST_UNSENT_BYTES = 256 * 1024 * 1024;
/** No page has so many calls open at once; one that does is broken. */
const MOST_OPEN_CALLS = 2000;
const PING_MS = 30_000;

/** WebSocket close codes (RFC 6455, 7.4.1). */
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** The pages connected to the browser host: each is a client of the one core with an id of its own. */
export class Clients {
  readonly #core: CoreApi;
  readonly #log: (line: string) => void;
  readonly #packr = new Packr({ useRecords: false });
  readonly #sockets = new Set<WebSocket>();
  readonly #unanswered = new WeakSet<WebSocket>();
  readonly #unsubscribe: () => void;
  readonly #pings: NodeJS.Timeout;

  constructor(core: CoreApi, log: (line: string) => void) {
    this.#core = core;
    this.#log = log;
    this.#unsubscribe = core.subscribe((event, data) => {
      if (this.#sockets.size === 0) return;
      const frame = this.#packr.pack({ event, data } satisfies EventFrame);
      for (const socket of this.#sockets) this.#send(socket, frame);
    });
    this.#pings = setInterval(() => this.#ping(), PING_MS);
    this.#pings.unref();
  }

  add(socket: WebSocket): void {
    const client = `page-${randomUUID()}`;
    let open = 0;
    this.#sockets.add(socket);
    socket.on('pong', () => this.#unanswered.delete(socket));
    socket.on('message', (data: RawData) => {
      const frame = this.#read(data);
      if (!frame || open >= MOST_OPEN_CALLS) {
        this.#log(`${client} sent ${frame ? 'too many calls at once' : 'what is no call'} and was cut off`);
        socket.close(POLICY_VIOLATION, 'not a call of the contract');
        return;
      }
      open++;
      const answered = async (): Promise<void> => {
        const answer = await this.#answer(frame, client);
        open--;
        this.#send(socket, this.#packr.pack(answer));
      };
      void answered();
    });
    // ws closes the socket itself after an error (a frame too large, say); here it is only told.
    socket.on('error', (error) => this.#log(`${client}: ${error.message}`));
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#core.disconnect(client);
    });
  }

  close(): void {
    clearInterval(this.#pings);
    this.#unsubscribe();
    for (const socket of this.#sockets) socket.terminate();
  }

  #read(data: RawData): CallFrame | null {
    try {
      return CallFrame.parse(this.#packr.unpack(data as Buffer));
    } catch {
      return null;
    }
  }

  async #answer({ id, name, params }: CallFrame, client: string): Promise<AnswerFrame> {
    try {
      return { id, result: await this.#core.call(name, params, client) };
    } catch (error) {
      return { id, problem: toProblem(error) };
    }
  }

  #send(socket: WebSocket, frame: Uint8Array): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MOST_UNSENT_BYTES) socket.close(TRY_AGAIN_LATER, 'too slow');
    else socket.send(frame);
  }

  /** A page whose machine went away without a word is noticed by the ping it does not answer. */
  #ping(): void {
    for (const socket of this.#sockets) {
      if (this.#unanswered.has(socket)) {
        socket.terminate();
      } else {
        this.#unanswered.add(socket);
        socket.ping();
      }
    }
  }
}
