import { basename, extname } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { IMAGE_EXTENSIONS } from '../images/extensions.ts';

/**
 * Replacing a file was agreed to for an older data set: a project or a picture is never written over. Throws
 * 'bad-request' for the name of one.
 */
export function checkExportName(out: string): void {
  const name = basename(out).toLowerCase();
  if (/\.mwproj(-wal|-shm|\.lock)?$/.test(name) || IMAGE_EXTENSIONS.has(extname(name))) {
    throw new MaskwrightError('bad-request', `A data set is not written to "${out}": that is the name of a project or a picture. Choose another name.`, out);
  }
}
