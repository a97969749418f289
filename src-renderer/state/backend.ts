import type { CallName, Contract, Params, Result } from '../../src-shared/contract/contract.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/** The contract this page talks through; set once, before the first render. */
let contract: Contract | null = null;

export function setBackend(given: Contract): void {
  contract = given;
}

export function backend(): Contract {
  if (contract === null) throw new MaskwrightError('internal', 'The page asked for the program before it was connected. Reload the window.');
  return contract;
}

/** One call of the contract. Rejects with MaskwrightError. */
export function call<N extends CallName>(name: N, params: Params<N>): Promise<Result<N>> {
  return backend().call(name, params);
}
