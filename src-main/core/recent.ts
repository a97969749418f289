import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecentProject } from '../../src-shared/contract/types.ts';
import { JsonFile } from './json-file.ts';

const Entry = z.object({ path: z.string(), name: z.string(), openedAt: z.number() });
const MOST = 20;

/** The projects opened last, newest first. */
export class RecentProjects {
  readonly #file: JsonFile<z.ZodArray<typeof Entry>>;

  constructor(dataDir: string) {
    this.#file = new JsonFile(join(dataDir, 'recent.json'), z.array(Entry), () => []);
  }

  async list(): Promise<RecentProject[]> {
    return (await this.#file.read()).map((entry) => ({ ...entry, missing: !existsSync(entry.path) }));
  }

  async opened(path: string, name: string): Promise<void> {
    const others = (await this.#file.read()).filter((entry) => entry.path !== path);
    await this.#file.write([{ path, name, openedAt: Date.now() }, ...others].slice(0, MOST));
  }

  async forget(path: string): Promise<void> {
    await this.#file.write((await this.#file.read()).filter((entry) => entry.path !== path));
  }
}
