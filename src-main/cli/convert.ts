import { resolve } from 'node:path';
import type { StartCore } from './client.ts';
import type { Console } from './console.ts';
import { onDataset, type DatasetOptions } from './dataset-argument.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { checkFolderOf, exportOpened } from './export.ts';

export interface ConvertOptions extends DatasetOptions {
  readonly to: string;
  readonly set: readonly string[];
  readonly overwrite?: true;
  readonly strict?: true;
  readonly json?: true;
  /** False for none. */
  readonly manifest?: boolean;
}

/** `maskwright convert`: imports into a project that lasts as long as the command, and exports from it. */
export async function convert(dataset: string, out: string, options: ConvertOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  checkFolderOf(resolve(out));
  return onDataset(dataset, options, start, console, interrupted, async (core, project, imported) => {
    if (imported === EXIT.leftOut && options.strict === true) {
      console.err('maskwright: nothing was written, because something was left out (--strict).\n');
      return EXIT.failed;
    }
    const { to: format, set } = options;
    return exportOpened(core, project, { format, out, images: 'all', set, ...(options.overwrite === true ? { overwrite: true } : {}), ...(options.strict === true ? { strict: true } : {}), ...(options.json === true ? { json: true } : {}), manifest: options.manifest !== false }, console, interrupted);
  });
}
