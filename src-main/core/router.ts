import { calls, type CallName, type ParsedParams, type Result } from '../../src-shared/contract/contract.ts';
import { firstError, MaskwrightError } from '../../src-shared/contract/errors.ts';

/** One function a call; `client` is whoever asks (a window, a browser tab, the command line). */
export type Handlers = { readonly [N in CallName]: (params: ParsedParams<N>, client: string) => Result<N> | Promise<Result<N>> };
/** The handlers of some calls: each file of core/handlers serves one group. */
export type HandlersOf<Prefix extends string> = Pick<Handlers, Extract<CallName, `${Prefix}.${string}`>>;

/**
 * Serves the contract: the one place where a call's name and parameters are checked.
 * Every error leaves as a MaskwrightError; what is not ours is logged whole and leaves as `internal`.
 */
export class Router {
  readonly #handlers: Handlers;
  readonly #log: (message: string) => void;

  constructor(handlers: Handlers, log: (message: string) => void) {
    this.#handlers = handlers;
    this.#log = log;
  }

  async call(name: string, params: unknown, client: string): Promise<unknown> {
    if (!isCallName(name)) {
      this.#log(`refused: unknown call ${JSON.stringify(name).slice(0, 100)} of client ${client}`);
      throw new MaskwrightError('unknown-call', 'The program does not know this request. Reload the window; if it stays, the window and the program are of different versions.', null);
    }
    const checked = calls[name].params.safeParse(params);
    if (!checked.success) {
      const detail = checked.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || name}: ${issue.message}`).join('; ');
      this.#log(`refused: ${name} of client ${client}: ${detail}`);
      throw new MaskwrightError('bad-request', `${name} was asked for with something it cannot use (${detail}).`, null);
    }
    try {
      return await this.#run(name, checked.data as never, client);
    } catch (thrown) {
      const error = firstError(thrown);
      if (error instanceof MaskwrightError) throw error;
      this.#log(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      throw new MaskwrightError('internal', `Something went wrong inside Maskwright (${error instanceof Error ? error.message : String(error)}). Nothing that was saved is lost; the log has the details.`, null, { cause: error });
    }
  }

  #run<N extends CallName>(name: N, params: ParsedParams<N>, client: string): Result<N> | Promise<Result<N>> {
    return this.#handlers[name](params, client);
  }
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(calls, name);
}
