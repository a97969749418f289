import { randomUUID } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ClassName, Colour } from '../../src-shared/domain/schema.ts';
import { ProjectStore } from '../projects/project-store.ts';

/** sample/sample.json: what the sample project starts with. */
const SampleDescription = z.object({
  name: ClassName,
  classes: z.array(z.object({ name: ClassName, colour: Colour.optional() })),
  images: z.array(z.string().regex(/^[\w-]+\.\w+$/)),
});

/**
 * The sample project's file in the user's data, made when it is not there yet. The pictures are copied there:
 * beside the program they may be read-only or, in a Linux AppImage, at another path each time.
 */
export async function openSampleFile(source: string, dataDir: string): Promise<string> {
  const { name, classes, images } = SampleDescription.parse(JSON.parse(await readFile(join(source, 'sample.json'), 'utf8')));
  const folder = join(dataDir, 'sample');
  await mkdir(folder, { recursive: true });
  for (const image of images) {
    const copy = join(folder, image);
    if (existsSync(copy)) continue;
    // Renamed once whole: what a killed program left half-done must not be taken for done.
    const unfinished = `${copy}.${randomUUID()}`;
    await copyFile(join(source, image), unfinished);
    await rename(unfinished, copy);
  }
  const path = join(folder, `${name}.mwproj`);
  if (existsSync(path)) return path;
  const making = join(folder, `.${randomUUID()}.mwproj`);
  const store = ProjectStore.create(making, name);
  try {
    const root = store.addRoot(folder);
    store.addImages(root, images);
    store.prepare(classes.map((entry) => ({ type: 'class.add', ...entry })));
  } finally {
    await store.close();
  }
  // Two windows may have come to the first start at once.
  if (existsSync(path)) await rm(making);
  else renameSync(making, path);
  return path;
}
