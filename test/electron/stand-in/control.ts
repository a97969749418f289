import type { EventEmitter } from 'node:events';

/** What the shell asked of Electron that has no effect here; the test reads it. */
export interface Told {
  readonly what: string;
  readonly with: unknown;
}

/** What a test may ask of the stand-in; each is answered once, by `id`. */
export interface Ask {
  readonly id: number;
  readonly name: string;
  readonly params: unknown;
}

const answers = new Map<string, unknown[]>();
const methods = new Map<string, (params: never) => unknown>();

/** Tells the test, if one listens. */
export function tell(what: string, detail: unknown): void {
  if (process.connected) process.send?.({ what, with: detail ?? null } satisfies Told);
}

/** A method of the control channel. */
export function offers<P>(name: string, run: (params: P) => unknown): void {
  methods.set(name, run as (params: never) => unknown);
}

/** The answer laid down for the next dialog of that kind, or null. */
export function nextAnswer(kind: string): unknown {
  return answers.get(kind)?.shift() ?? null;
}

offers('answer', ({ kind, answer }: { kind: string; answer: unknown }) => {
  answers.set(kind, [...(answers.get(kind) ?? []), answer]);
});

if (process.connected) {
  process.on('message', ({ id, name, params }: Ask) => {
    const run = methods.get(name);
    Promise.resolve()
      .then(() => (run === undefined ? Promise.reject(new Error(`the stand-in knows no ${name}`)) : run(params as never)))
      .then(
        (result) => process.send?.({ answer: id, result: result ?? null }),
        (error: unknown) => process.send?.({ answer: id, error: String(error) }),
      );
  });
  // Listening keeps a process alive; the shell must end by itself.
  process.channel?.unref();
}

/** An event whose default can be prevented, as Electron hands them out. */
export class PreventableEvent {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

/** Emits with a preventable event first and says whether it was prevented. */
export function emitPreventable(from: EventEmitter, name: string, ...rest: unknown[]): boolean {
  const event = new PreventableEvent();
  from.emit(name, event, ...rest);
  return event.defaultPrevented;
}
