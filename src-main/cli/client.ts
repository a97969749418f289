import type { CallName, Params, Result } from '../../src-shared/contract/contract.ts';
import type { CoreApi, CoreOptions } from '../core/core-api.ts';

/** Starts a core; the command line's own tests start a small one. */
export type StartCore = (options: Pick<CoreOptions, 'host' | 'initialProject'>) => Promise<CoreApi>;

export const CLIENT = 'command-line';

/** A call of the contract, typed, as the command line makes it. */
export function call<N extends CallName>(core: CoreApi, name: N, params: Params<N>): Promise<Result<N>> {
  return core.call(name, params, CLIENT) as Promise<Result<N>>;
}

/** The program's own core. Loaded only now, so that --help need not wait for it. */
export const startRealCore: StartCore = async (options) => {
  const [{ startCore }, { dataDir, resources }] = await Promise.all([import('../core/core.ts'), import('../core/places.ts')]);
  return startCore({ ...options, dataDir: dataDir(), resources: resources() });
};
