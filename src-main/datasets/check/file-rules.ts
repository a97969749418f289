import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { findFile } from '../../images/image-file.ts';
import type { CheckedImage, ImageReport, Rules } from './found.ts';

/** Gives the SHA-256 of a file (real path), or null when it cannot be read. */
export type HashFile = (realPath: string) => Promise<string | null>;

type FileTrouble = 'file-missing' | 'file-changed' | 'file-unreadable';

/** What is wrong with the image's file on the disk now. It is read only where its size or time are not those that are known. */
export async function fileTrouble(image: CheckedImage, rules: Rules, hash: HashFile): Promise<FileTrouble | null> {
  if (rules['file-missing'] === undefined && rules['file-changed'] === undefined && rules['file-unreadable'] === undefined) return null;
  try {
    const { realPath, contentHash } = await findFile(image);
    if (image.contentHash !== null && contentHash === null && (await hash(realPath)) !== image.contentHash) return 'file-changed';
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    return error.code === 'image-missing' ? 'file-missing' : 'file-unreadable';
  }
  const code = image.problem?.code;
  return code === undefined || code === 'image-missing' || code === 'image-changed' ? null : 'file-unreadable';
}

export function reportFile(trouble: FileTrouble | null, rules: Rules, report: ImageReport): void {
  if (trouble !== null && rules[trouble] !== undefined) report.found(trouble, {});
}
