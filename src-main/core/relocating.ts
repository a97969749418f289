import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { RootId } from '../../src-shared/domain/schema.ts';
import type { ImageRecord } from '../projects/images.ts';
import type { ProjectStore } from '../projects/project-store.ts';

const PAGE = 1_000;
/** Files whose content is compared; of all others the name and the size are. */
const MOST_HASHED = 5;

/**
 * Makes sure that a folder (absolute path) holds the images that a project has in one of its folders: most of them under their
 * names, none with another size or content. Throws 'bad-request', 'not-found', and 'conflict' naming an image whose size or content differs.
 */
export async function checkRelocation(store: ProjectStore, root: RootId, folder: string): Promise<void> {
  if (!isAbsolute(folder)) throw new MaskwrightError('bad-request', `"${folder}" is not an absolute path. Give the whole path.`, folder);
  if (!(await stat(folder).catch(() => null))?.isDirectory()) throw new MaskwrightError('not-found', `There is no folder "${folder}".`, folder);
  if (!store.info().roots.some(({ id }) => id === root)) throw new MaskwrightError('not-found', 'The project has no such folder any more.', String(root));
  let [images, found, hashed] = [0, 0, 0];
  for (let last = 0; ; ) {
    const page = store.files.after(last, PAGE);
    for (const image of page.filter((one) => one.root === root)) {
      images++;
      const file = join(folder, image.path);
      const there = await stat(file).catch(() => null);
      if (there === null || !there.isFile()) continue;
      found++;
      const sure = hashed < MOST_HASHED && image.contentHash !== null && image.problem?.code !== 'image-changed';
      if (sure) hashed++;
      if ((image.bytes !== null && there.size !== image.bytes) || (sure && (await hashOf(file)) !== image.contentHash)) throw other(image, folder);
    }
    if (page.length < PAGE) break;
    last = page.at(-1)?.id ?? 0;
  }
  if (images > 0 && found === 0) throw new MaskwrightError('conflict', `None of the ${images.toLocaleString('en')} images is in "${folder}" under its name. Choose the folder that they are in; if they were renamed or sorted into other folders, add the folder instead.`, folder);
}

const other = ({ path }: ImageRecord, folder: string): MaskwrightError => new MaskwrightError('conflict', `"${path}" in "${folder}" is not the image that was labeled. Choose another folder, or add this one to the project as well.`, path);

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
