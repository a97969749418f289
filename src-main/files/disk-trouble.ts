import { InUseError } from './move-and-remove.ts';

/** What a person can do about an error of the disk: each kind has sentences of its own. */
export type DiskTrouble = 'in-use' | 'full' | 'no-access' | 'not-found' | 'other';

const TROUBLES: Readonly<Record<string, DiskTrouble>> = {
  EBUSY: 'in-use',
  ENOSPC: 'full', EDQUOT: 'full',
  EACCES: 'no-access', EPERM: 'no-access', EROFS: 'no-access',
  ENOENT: 'not-found', ENOTDIR: 'not-found',
};

/** Null for what the system did not say. */
export function diskTrouble(error: unknown): DiskTrouble | null {
  if (error instanceof InUseError) return 'in-use';
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return TROUBLES[error.code] ?? 'other';
}

/** What is wrong with one that is in use and what to do, as the end of a sentence. */
export const IN_USE = 'another program has it, or a file in it, open. Close it there and try again; a virus scanner or a backup may need a minute.';
