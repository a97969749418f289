import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Box, PromptPoint } from '../../src-shared/domain/schema.ts';
import { dataDir, logsFolder } from '../core/places.ts';
import { autoCommand } from './auto-command.ts';
import type { StartCore } from './client.ts';
import type { Console } from './console.ts';
import { datasetCommands } from './dataset-commands.ts';
import { downloadCommands } from './download-commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { InfoOptions } from './info.ts';
import type { ImportCommandOptions, ModelsOptions } from './models.ts';
import { pixelsOption } from './pixels-option.ts';
import type { PredictOptions } from './predict.ts';
import { snapshotCommands } from './snapshot-commands.ts';

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
  maskwright ~/photos --port 8080             the same in a browser; so do --host, --no-open, --browser and the command serve
  maskwright export photos.mwproj --out annotations.json
  maskwright export photos.mwproj --out done.json --images done --segmentation polygons
  maskwright export photos.mwproj --out yolo --format yolo --strict
  maskwright import photos.mwproj annotations.xml
  maskwright convert instances.json voc --to voc
  maskwright snapshot photos.mwproj create v1
  maskwright export photos.mwproj --out v1.json --snapshot v1
  maskwright diff photos.mwproj v1 --pictures changes
  maskwright check photos.mwproj --rules island,pinhole --fix island pinhole
  maskwright info photos.mwproj --json
  maskwright relocate photos.mwproj /old/photos /new/photos
  maskwright models import sam_vit_b_01ec64.pth
  maskwright models download mobile-sam --accept-licence
  maskwright predict photo.jpg --point 320,240,1 --mask-png mask.png
  maskwright auto photo.jpg --points-per-side 16 --json > masks.json
  maskwright auto ~/photos --export annotations.json --class part

Exit codes:
  0  done            2  the command line is wrong
  1  failed          3  done, but items were left out (they are listed)
  4  a check found something                   130  ended by Ctrl+C

Environment:
  MASKWRIGHT_HOME    folder for models, caches, settings and logs instead of the platform's own
  MASKWRIGHT_DEBUG   show where in the program an error arose

Nothing leaves this machine; the network is used for “models download” alone. A file or folder that is called like a command is written ./export.`;

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
    .addHelpText('after', () => `${HELP_END} Logs lie in ${logsFolder(dataDir())}.`)
    .exitOverride()
    // So that an option after a command's name is that command's own.
    .enablePositionalOptions()
    .configureOutput({ writeOut: console.out, writeErr: console.err })
    .showHelpAfterError('(--help tells how it is used)')
    .action(async (project: string | undefined, options: PageOptions & { readonly browser?: true }) => {
      if (project !== undefined && root.args.length > 1) root.error(`error: there is no command "${project}"; a project or a folder stands alone`);
      const noWindow = options.browser || asksForPage(root) ? null : await tryWindow(project === undefined ? null : resolve(project), interrupted);
      if (noWindow === 'was open') {
        ended(EXIT.done);
        return;
      }
      if (noWindow !== null) console.err(`No window can be opened here: ${noWindow.reason}. Maskwright runs in the browser instead.\n`);
      await page(project, options);
    });
  withPageOptions(root);

  withPageOptions(root.command('serve').description('run in a browser: on this machine only, unless --host says otherwise').argument('[project]', WHERE)).action(page);

  datasetCommands(root, start, console, interrupted, ended);
  snapshotCommands(root, start, console, interrupted, ended);

  root
    .command('info')
    .description('print what is in a project')
    .argument('<project>', 'a project (.mwproj), or its folder')
    .option('--json', 'as JSON, for programs')
    .action(async (project: string, options: InfoOptions) => {
      const { info } = await import('./info.ts');
      ended(await info(project, options, start, console));
    });

  root
    .command('relocate')
    .description('say where a folder of images is now; labels stay with their images')
    .argument('<project>', 'a project (.mwproj), or its folder')
    .argument('<old>', 'where the folder was, as `maskwright info` prints it')
    .argument('<new>', 'where it is now')
    .addHelpText('after', '\nThe images in the new folder must be those of the project, by name, size and, for some of them, content. One undo takes it back.')
    .action(async (project: string, old: string, now: string) => {
      const { relocate } = await import('./relocate.ts');
      ended(await relocate(project, old, now, start, console));
    });

  modelCommands(root, start, console, interrupted, ended);
  // After the commands, which would take it over: what follows a mistyped command is no reason to speak of numbers of arguments.
  return root.allowExcessArguments();
}

function modelCommands(root: Command, start: StartCore, console: Console, interrupted: AbortSignal, ended: (code: ExitCode) => void): void {
  root
    .command('predict')
    .description('run Segment Anything once on a picture')
    .argument('<image>', 'a picture in any format that the window opens')
    .option('--model <model>', 'the id of a model (see `maskwright models list`), or the folder of one; the built-in one when absent')
    .option('--point <x,y,label>', 'a point in pixels of the upright picture, label 1 on the object and 0 beside it; repeat it for more points', promptPoint, [])
    .option('--box <x1,y1,x2,y2>', 'two corners of a box around the object', promptBox)
    .option('--mask <file.npy>', 'logits of an earlier run as the mask prompt; of several the first')
    .option('--single', 'one mask instead of three candidates')
    .addOption(new Option('--order <order>', 'of the candidates, in what is printed and in --logits: best first, or in the order of the decoder’s masks, as the official predictor returns them').choices(['best', 'decoder']).default('best'))
    .addOption(pixelsOption().default('shown'))
    .option('--json', 'candidates with run lengths, model and timings as JSON; `index` is the number of the decoder’s mask')
    .option('--logits <file.npy>', 'write the low-resolution logits: [candidates, 256, 256]')
    .option('--embedding <file.npy>', 'write the embedding of the picture: [256, 64, 64] for official models')
    .option('--mask-png <file>', 'write the mask of the best candidate: 255 inside, 0 outside')
    .addHelpText('after', '\nBest first is by predicted IoU, unless the model’s description says otherwise. Mask 0 is the single mask, 1 to 3 are the candidates. Run lengths are COCO’s: down the columns, first of zeros; above 0 is inside.')
    .action(async (image: string, options: PredictOptions, command: Command) => {
      if (options.point.length === 0 && options.box === undefined && options.mask === undefined) return command.error('error: nothing says what to look for: give a --point on the object, or a --box around it.');
      const { predict } = await import('./predict.ts');
      ended(await predict(image, options, console, interrupted));
    });

  autoCommand(root, start, console, interrupted, ended);

  const models = root.command('models').description('list, import, download and remove models');
  models
    .command('import')
    .description('make a model of an official Segment Anything or MobileSAM checkpoint (.pth, .pt, .safetensors), of a fine-tune of one, or of an ONNX encoder and decoder, and print its id')
    .argument('<file...>', 'a checkpoint; or an encoder and its decoder (.onnx) in any order, or the folder with them')
    .addOption(new Option('--precision <precision>', 'of the weights: fp32 as computed with, fp16 half the size, int8 a quarter of it and faster on processors').choices(['fp32', 'fp16', 'int8']).default('fp32'))
    .addOption(new Option('--preparation <way>', 'how images are prepared for a checkpoint that does not say it: sam, or medsam for MedSAM and fine-tunes of it (stretched, the image’s own range)').choices(['sam', 'medsam']))
    .option('--weights <name>', 'of a checkpoint that holds several sets of weights, such as "model" and "ema": the one to take')
    .option('--json', 'all about the model as JSON, for programs')
    .addHelpText('after', '\nNothing in a checkpoint is executed; graphs are tried in a process of their own. A model is complete or not there; the same files give the same id.')
    .action(async (files: string[], options: ImportCommandOptions) => {
      const { importFiles } = await import('./models.ts');
      ended(await importFiles(files, options, console, interrupted));
    });
  models
    .command('list')
    .description('print the models that are there')
    .option('--json', 'as JSON, for programs')
    .action(async (options: ModelsOptions) => {
      const { printModels } = await import('./models.ts');
      ended(await printModels(options, console));
    });
  models
    .command('prepare')
    .description('change how images are prepared for a model that was imported from a checkpoint')
    .argument('<model>', 'its id')
    .argument('<way>', 'sam, or medsam')
    .action(async (model: string, way: string) => {
      const { prepare } = await import('./models.ts');
      ended(await prepare(model, way, console));
    });
  downloadCommands(models, console, interrupted, ended);
}

/** Opens the window and waits for its end; a reason where there can be none. */
async function tryWindow(project: string | null, interrupted: AbortSignal): Promise<'was open' | { readonly reason: string }> {
  const { findDesktop, runWindow } = await import('./window/desktop-window.ts');
  const desktop = findDesktop();
  if ('reason' in desktop) return desktop;
  const reason = await runWindow(desktop.electron, project, interrupted);
  return reason === null ? 'was open' : { reason };
}

/** Whoever says how the page is to be served wants the page: a window has no port. */
const asksForPage = (command: Command): boolean => ['port', 'host', 'open'].some((option) => command.getOptionValueSource(option) === 'cli');

function withPageOptions(command: Command): Command {
  return command
    .option('--port <number>', 'in a browser: the port to listen on, 0 for any free one (4747, else any free one)', portNumber)
    .option('--host <address>', 'in a browser: the address to listen on; any but loopback lets other machines in', '127.0.0.1')
    .option('--no-open', 'in a browser: only print the address');
}

function promptPoint(text: string, before: readonly PromptPoint[]): PromptPoint[] {
  const [x, y, label, ...rest] = numbers(text);
  if (x === undefined || y === undefined || (label !== 0 && label !== 1) || rest.length > 0) throw new InvalidArgumentError('A point is X,Y,LABEL with the label 1 (on the object) or 0 (beside it).');
  return [...before, { x, y, label }];
}

function promptBox(text: string): Box {
  const [x1, y1, x2, y2, ...rest] = numbers(text);
  if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined || rest.length > 0) throw new InvalidArgumentError('A box is X1,Y1,X2,Y2.');
  return { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) };
}

/** Numbers between commas; none when one of them is no number. */
function numbers(text: string): number[] {
  const found = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  return found.every((number) => Number.isFinite(number)) ? found : [];
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
