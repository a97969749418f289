import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ClassName, Colour } from '../../src-shared/domain/schema.ts';

/** sample/sample.json: what the sample project starts with. */
export const SampleDescription = z.object({
  name: z.string(),
  classes: z.array(z.object({ name: ClassName, colour: Colour.optional() })),
  images: z.array(z.string().regex(/^[\w-]+\.\w+$/)),
});
export type SampleDescription = z.infer<typeof SampleDescription>;

export interface SamplePlace {
  readonly folder: string;
  readonly project: string;
  readonly description: SampleDescription;
}

/**
 * Puts the sample's pictures into the user's data: beside the program they may be read-only
 * or, in a Linux AppImage, at another path each time. Pictures already there are left alone.
 */
export async function placeSample(source: string, dataDir: string): Promise<SamplePlace> {
  const description = SampleDescription.parse(JSON.parse(await readFile(join(source, 'sample.json'), 'utf8')));
  const folder = join(dataDir, 'sample');
  await mkdir(folder, { recursive: true });
  for (const name of description.images) {
    if (!existsSync(join(folder, name))) await copyFile(join(source, name), join(folder, name));
  }
  return { folder, project: join(folder, `${description.name}.mwproj`), description };
}
