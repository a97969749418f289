import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { ClassName, Colour } from '../../src-shared/domain/schema.ts';
import { explainWriting } from '../datasets/atomic-file.ts';
import { removeFile, rename, renameNow } from '../files/move-and-remove.ts';
import { ProjectStore } from '../projects/project-store.ts';

/** sample/sample.json: what the sample project starts with. */
const SampleDescription = z.object({
  name: ClassName,
  classes: z.array(z.object({ name: ClassName, colour: Colour.optional() })),
  images: z.array(z.string().regex(/^[\w-]+\.\w+$/)),
});

/**
 * The sample project's file in the user's data, made when it is not there yet. The pictures are copied there:
 * beside the program they may be read-only or, in a Linux AppImage, at another path each time. Throws as writing a file does.
 */
export async function openSampleFile(source: string, dataDir: string): Promise<string> {
  const { name, classes, images } = SampleDescription.parse(JSON.parse(await readFile(join(source, 'sample.json'), 'utf8')));
  const folder = join(dataDir, 'sample');
  try {
    await mkdir(folder, { recursive: true });
    for (const image of images) await copyWhole(join(source, image), join(folder, image));
    const path = join(folder, `${name}.mwproj`);
    if (!existsSync(path)) await makeProject(path, name, images, classes);
    return path;
  } catch (error) {
    const { code, message } = explainWriting(error, folder);
    throw new MaskwrightError(code, `The sample project was not made: ${message}`, folder, { cause: error });
  }
}

/** Renamed once whole: what a killed program left half-done must not be taken for done. */
async function copyWhole(from: string, copy: string): Promise<void> {
  if (existsSync(copy)) return;
  const unfinished = `${copy}.${randomUUID()}`;
  try {
    await copyFile(from, unfinished);
    await rename(unfinished, copy);
  } catch (error) {
    await removeFile(unfinished).catch(() => undefined);
    throw error;
  }
}

async function makeProject(path: string, name: string, images: readonly string[], classes: z.output<typeof SampleDescription>['classes']): Promise<void> {
  const folder = dirname(path);
  const making = join(folder, `.${randomUUID()}.mwproj`);
  try {
    const store = ProjectStore.create(making, name);
    try {
      const root = store.addRoot(folder);
      store.addImages(root, images);
      store.prepare(classes.map((entry) => ({ type: 'class.add', ...entry })));
    } finally {
      await store.close();
    }
    // Two windows may have come to the first start at once.
    if (!existsSync(path)) renameNow(making, path);
  } finally {
    await removeFile(making).catch(() => undefined);
  }
}
