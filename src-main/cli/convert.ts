import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createProjectFile } from '../projects/create-project.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { exportOpened } from './export.ts';
import { importOpened } from './import.ts';

export interface ConvertOptions {
  readonly to: string;
  readonly from?: string;
  readonly pictures: readonly string[];
  readonly set: readonly string[];
  readonly overwrite?: true;
  readonly strict?: true;
  /** False for none. */
  readonly manifest?: boolean;
}

/** `maskwright convert`: imports into a project that lasts as long as the command, and exports from it. */
export async function convert(dataset: string, out: string, options: ConvertOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-convert-'));
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const path = join(folder, 'convert.mwproj');
    createProjectFile(path, basename(resolve(dataset)));
    const { project } = await call(core, 'project.open', { path, remember: false });
    const imported = await importOpened(core, project, dataset, { ...(options.from === undefined ? {} : { format: options.from }), pictures: options.pictures }, console, interrupted);
    if (imported.code === EXIT.failed || imported.code === EXIT.interrupted) return imported.code;
    if (imported.code === EXIT.leftOut && options.strict === true) {
      console.err('maskwright: nothing was written, because something was left out (--strict).\n');
      return EXIT.failed;
    }
    const { to: format, set } = options;
    const exported = await exportOpened(core, project, { format, out, images: 'all', set, ...(options.overwrite === true ? { overwrite: true } : {}), ...(options.strict === true ? { strict: true } : {}), manifest: options.manifest !== false }, console, interrupted);
    return exported === EXIT.done ? imported.code : exported;
  } finally {
    await core.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
