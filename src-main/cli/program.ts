import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { ExportOptions } from './export.ts';
import type { InfoOptions } from './info.ts';

export interface ProgramOptions {
  readonly version: string;
  readonly start: StartCore;
  readonly console: Console;
  /** Aborted by Ctrl+C. */
  readonly interrupted: AbortSignal;
}

interface PageOptions {
  readonly port?: number;
  readonly host: string;
  readonly open: boolean;
}

const WHERE = 'a project (.mwproj) or a folder of images; none opens the last project, at first the sample';

const HELP_END = `
Examples:
  maskwright                                  the window, with the last project or the sample
  maskwright ~/photos                         label the pictures of a folder; the project is made there
  maskwright serve ~/photos --port 8080       the same in a browser
  maskwright export photos.mwproj --out annotations.json
  maskwright export photos.mwproj --out done.json --images done --segmentation polygons
  maskwright info photos.mwproj --json

Exit codes:
  0  done            2  the command line is wrong
  1  failed          3  done, but items were left out (they are listed)
  130  ended by Ctrl+C

Environment:
  MASKWRIGHT_HOME    folder for models, caches, settings and logs instead of the platform's own
  MASKWRIGHT_DEBUG   show where in the program an error arose

Nothing leaves this machine. A file or folder that is called like a command is written ./export.`;

/** The command line. `ended` is told the exit code of the command that ran. */
export function program({ version, start, console, interrupted }: ProgramOptions, ended: (code: ExitCode) => void): Command {
  const page = async (project: string | undefined, options: PageOptions): Promise<void> => {
    const { serve } = await import('./serve.ts');
    ended(await serve(project === undefined ? null : resolve(project), { ...options, port: options.port ?? null }, start, console, interrupted));
  };

  const root = new Command('maskwright')
    .description('Label segmentation datasets with Segment Anything on your own machine.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .argument('[project]', WHERE)
    .option('--browser', 'in a browser even where a window can be had')
    .addHelpText('after', HELP_END)
    .exitOverride()
    // So that an option after a command's name is that command's own.
    .enablePositionalOptions()
    .configureOutput({ writeOut: console.out, writeErr: console.err })
    .showHelpAfterError('(--help tells how it is used)')
    .action(async (project: string | undefined, options: PageOptions & { readonly browser?: true }) => {
      const noWindow = options.browser ? null : await tryWindow(project === undefined ? null : resolve(project), interrupted);
      if (noWindow === 'was open') {
        ended(EXIT.done);
        return;
      }
      if (noWindow !== null) console.err(`No window can be opened here: ${noWindow.reason}. Maskwright runs in the browser instead.\n`);
      await page(project, options);
    });
  withPageOptions(root);

  withPageOptions(root.command('serve').description('run in a browser: on this machine only, unless --host says otherwise').argument('[project]', WHERE)).action(page);

  root
    .command('export')
    .description('write the annotations of a project as a dataset')
    .argument('<project>', 'a project (.mwproj), or the folder it lies in')
    .requiredOption('--out <file>', 'the file to write')
    .addOption(new Option('--format <format>', 'of the dataset').choices(['coco']).default('coco'))
    .addOption(new Option('--segmentation <kind>', 'run lengths, which keep every pixel, or polygons, which cannot hold holes').choices(['rle', 'polygons']).default('rle'))
    .addOption(new Option('--images <which>', 'all images, or those marked as done').choices(['all', 'done']).default('all'))
    .option('--overwrite', 'replace the file if it is there')
    .addHelpText('after', '\nThe file is complete or not there: it is written beside and renamed. The same project gives the same bytes.')
    .action(async (project: string, options: ExportOptions) => {
      const { exportProject } = await import('./export.ts');
      ended(await exportProject(project, options, start, console, interrupted));
    });

  root
    .command('info')
    .description('print what is in a project')
    .argument('<project>', 'a project (.mwproj), or the folder it lies in')
    .option('--json', 'as JSON, for programs')
    .action(async (project: string, options: InfoOptions) => {
      const { info } = await import('./info.ts');
      ended(await info(project, options, start, console));
    });

  return root;
}

/** Opens the window and waits for its end; a reason where there can be none. */
async function tryWindow(project: string | null, interrupted: AbortSignal): Promise<'was open' | { readonly reason: string }> {
  const { findDesktop, runWindow } = await import('./desktop-window.ts');
  const desktop = findDesktop();
  if ('reason' in desktop) return desktop;
  const reason = await runWindow(desktop.electron, project, interrupted);
  return reason === null ? 'was open' : { reason };
}

function withPageOptions(command: Command): Command {
  return command
    .option('--port <number>', 'in a browser: the port to listen on, 0 for any free one (4747, else any free one)', portNumber)
    .option('--host <address>', 'in a browser: the address to listen on; any but loopback lets other machines in', '127.0.0.1')
    .option('--no-open', 'in a browser: only print the address');
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
