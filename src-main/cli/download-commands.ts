import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Console } from './console.ts';
import type { DownloadCommandOptions } from './download.ts';
import type { ExitCode } from './exit-codes.ts';

/** `maskwright models available`, `download` and `remove`. */
export function downloadCommands(models: Command, console: Console, interrupted: AbortSignal, ended: (code: ExitCode) => void): void {
  models
    .command('available')
    .description('print the models that can be downloaded, the recommended first; nothing is asked of the network for it')
    .option('--json', 'as JSON, for programs')
    .action(async (options: { readonly json?: true }) => {
      const { printAvailable } = await import('./download.ts');
      ended(await printAvailable(options, console));
    });
  models
    .command('download')
    .description('download a model and print its id; checkpoints are imported')
    .argument('<id>', 'of a model that `maskwright models available` lists')
    .option('--mirror <number>', 'where to begin, from 1; the others are asked when it fails', mirrorNumber)
    .addOption(new Option('--precision <precision>', 'of the weights that a checkpoint is imported with (fp32); ready-made graphs stay as they are').choices(['fp32', 'fp16', 'int8']))
    .option('--accept-licence', 'the licence was read and is accepted; without it, it is shown')
    .option('--json', 'all about the model as JSON, for programs')
    .addHelpText('after', '\nOnly https, and only files with the sha256 that this version knows. Interrupted, it goes on later from where it was.\nNODE_USE_ENV_PROXY=1 takes HTTPS_PROXY into account; NODE_EXTRA_CA_CERTS names certificates to trust.')
    .action(async (id: string, options: DownloadCommandOptions) => {
      const { download } = await import('./download.ts');
      ended(await download(id, options, console, interrupted));
    });
  models
    .command('remove')
    .description('take a model that was imported or downloaded from the disk, and what is left of a download that was not finished')
    .argument('<id>', 'of a model that `maskwright models list` lists')
    .action(async (id: string) => {
      const { remove } = await import('./download.ts');
      ended(await remove(id, console));
    });
}

function mirrorNumber(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('A mirror is a number from 1.');
  return Number(text);
}
