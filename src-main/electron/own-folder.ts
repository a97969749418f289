import { mkdirSync } from 'node:fs';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { diskTrouble } from '../files/disk-trouble.ts';
import { probe } from '../files/may-write.ts';

/** More than fits beside a file's name on any file system: a full disk takes empty files. */
const PROBE_BYTES = 16 * 1024;

/**
 * Makes the program's own folder and writes in it, before Electron does: that ends without a word where it cannot lock it.
 * @returns why it cannot be used ('no-access', 'disk-full', 'io'), else null
 */
export function problemOfOwnFolder(folder: string): MaskwrightError | null {
  try {
    mkdirSync(folder, { recursive: true });
    probe(folder, PROBE_BYTES);
    return null;
  } catch (cause) {
    return explain(folder, cause as NodeJS.ErrnoException);
  }
}

function explain(folder: string, cause: NodeJS.ErrnoException): MaskwrightError {
  const another = 'or start it with --user-data-dir and another folder';
  switch (diskTrouble(cause)) {
    case 'full':
      return new MaskwrightError('disk-full', `The disk of Maskwright's own folder “${folder}” is full. Free some space and start it again, ${another}.`, folder, { cause });
    case 'no-access':
      return new MaskwrightError('no-access', `You have no right to write in Maskwright's own folder “${folder}”. Change that and start it again, ${another}.`, folder, { cause });
    default:
      return new MaskwrightError('io', `Maskwright's own folder “${folder}” cannot be used (${cause.code ?? cause.message}). Put that right and start it again, ${another}.`, folder, { cause });
  }
}
