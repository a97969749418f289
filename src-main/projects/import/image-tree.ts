import { realpathSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { IMAGE_EXTENSIONS } from '../../images/extensions.ts';
import { isInside } from '../../images/inside.ts';
import { isPassedOver } from '../../images/passed-over.ts';

/** Entries of folders that are looked at below one folder: far above any dataset's, and some seconds. */
export const MOST_ENTRIES = 1_000_000;

/** Folders whose images are labels, not what was labeled: their names would be found in place of the images'. */
const LABEL_FOLDER = /^(?!label[_-]?studio)(?:.*[_-])?(?:masks?|labels?|annotations?|segmentation(?:class|object)?(?:aug|raw)?|panoptic|instances?|semantic|ground_?truth|gt|gtfine|stuffthingmaps)(?:[_-].*)?$/i;

/**
 * The image files below a folder (absolute path), breadth first; relative with forward slashes. Hidden, system and label
 * folders are skipped, and so are links that lead out. Null when there are more than `most` entries: what was seen by then
 * could not tell whether a name is the only one of its kind. Throws the signal's reason. @param deep false: only the folder's own
 */
export async function imagesBelow(root: string, signal: AbortSignal, { deep = true, most = MOST_ENTRIES } = {}): Promise<string[] | null> {
  const files: string[] = [];
  let seen = 0;
  for (let level = ['']; level.length > 0; ) {
    const next: string[] = [];
    for (const folder of level) {
      signal.throwIfAborted();
      const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((): Dirent[] => []);
      seen += entries.length;
      if (seen > most) return null;
      for (const entry of entries) {
        if (isPassedOver(entry.name)) continue;
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (deep && !LABEL_FOLDER.test(entry.name)) next.push(path);
        } else if (IMAGE_EXTENSIONS.has(extname(entry.name).toLowerCase()) && (entry.isFile() || (entry.isSymbolicLink() && leadsToFile(root, path)))) files.push(path);
      }
    }
    level = next;
  }
  return files;
}

function leadsToFile(root: string, path: string): boolean {
  try {
    const real = realpathSync.native(join(root, path));
    return isInside(realpathSync.native(root), real) && statSync(real).isFile();
  } catch {
    return false;
  }
}
