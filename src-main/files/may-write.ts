import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quietly } from '../quietly.ts';
import { diskTrouble } from './disk-trouble.ts';
import { removeFileNow } from './move-and-remove.ts';

/**
 * Writes a file in a folder and removes it again. Only that tells whether one may write there: asked for it, Windows looks at an
 * attribute and at no access rights. Throws the system's errors.
 * @param bytes how much room there must be
 */
export function probe(folder: string, bytes = 0): void {
  const file = join(folder, `.maskwright-probe-${randomUUID()}`);
  try {
    writeFileSync(file, Buffer.alloc(bytes), { flag: 'wx' });
  } finally {
    quietly(() => removeFileNow(file));
  }
}

/** Whether one may make files in a folder; that the disk is full, or the folder gone, is another matter. */
export function mayWrite(folder: string): boolean {
  try {
    probe(folder);
    return true;
  } catch (error) {
    return diskTrouble(error) !== 'no-access';
  }
}
