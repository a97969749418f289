import { extname } from 'node:path';
import { pictureExtension } from '../parts/copy-picture.ts';

/** Ultralytics finds pictures by these names only (ultralytics/data/utils.py, IMG_FORMATS), which others have the bytes of. */
const SAME: Readonly<Record<string, string>> = { '.jpe': '.jpg', '.jfif': '.jpg', '.dib': '.bmp' };

/** The extension that a picture gets, with its point. */
export function yoloExtension(path: string): string {
  const extension = pictureExtension(path);
  return SAME[extension.toLowerCase()] ?? extension;
}

/** For the preflight: why Ultralytics would not see a picture. */
export const pictureLosses = (path: string): string[] => (extname(path).toLowerCase() === '.gif' ? ['its picture is a GIF, which Ultralytics does not read'] : []);
