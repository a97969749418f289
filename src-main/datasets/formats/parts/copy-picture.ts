import { extname } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import type { SizedImage } from '../../source.ts';
import { statOf } from '../codecs/files.ts';
import type { WriteTally } from './writing.ts';

/** With the point. A picture whose name has none that readers look for gets one: what it really is, its first bytes tell. */
export const pictureExtension = (path: string): string => (IMAGE_EXTENSIONS.has(extname(path).toLowerCase()) ? extname(path) : '.jpg');

/** Copies a picture into the data set as it is; one that is not there is told, and what was labelled on it stays. */
export async function copyPicture(out: FolderWriter, path: string, image: SizedImage, tally: WriteTally): Promise<void> {
  if ((await statOf(image.absolutePath))?.isFile() === true) {
    await tally.run.checkPicture?.(image);
    await out.copy(path, image.absolutePath);
  } else tally.leaveOut(image.path, new MaskwrightError('image-missing', `"${image.path}" was not copied: there is no file "${image.absolutePath}". Its labels are written. Put the picture back and export again.`, image.path));
}
