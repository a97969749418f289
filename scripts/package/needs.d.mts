import type { Binary } from './binaries.mjs';

export interface Missing {
  readonly path: string;
  readonly library: string;
}
export function binariesIn(folder: string): Map<string, Binary>;
export function missingIn(binaries: ReadonlyMap<string, Binary>): Missing[];
export function systemNeeds(binaries: ReadonlyMap<string, Binary>): Record<string, string>;
