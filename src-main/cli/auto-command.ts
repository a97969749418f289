import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { AUTOMATIC_FIELDS, AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import type { AutoOptions } from './auto.ts';
import type { AutoProjectOptions } from './auto-project.ts';
import type { StartCore } from './client.ts';
import type { Console } from './console.ts';
import type { ExitCode } from './exit-codes.ts';
import { pixelsOption } from './pixels-option.ts';

/** `maskwright auto`, with a flag for each parameter of the official generator: its name with dashes. */
export function autoCommand(root: Command, start: StartCore, console: Console, interrupted: AbortSignal, ended: (code: ExitCode) => void): void {
  const defaults = AutomaticOptions.parse({});
  const flags = Object.entries(AUTOMATIC_FIELDS).map(([name, schema]) => {
    const option = new Option(`--${name.replaceAll('_', '-')} <number>`, schema.description).default(defaults[name as keyof AutomaticOptions]);
    option.argParser((text: string) => {
      const checked = schema.safeParse(text.trim() === '' ? NaN : Number(text));
      if (!checked.success) throw new InvalidArgumentError(checked.error.issues[0]?.message ?? 'It is out of range.');
      return checked.data;
    });
    return { name, option };
  });

  const command = root
    .command('auto')
    .description('find everything in a picture, or in all pictures of a folder or project: run Segment Anything on a grid of points')
    .argument('<path>', 'a picture in any format that the window opens; a folder of them; or a project (.mwproj)')
    .option('--model <model>', 'the id of a model (see `maskwright models list`), for a picture also the folder of one; the project’s own or the built-in one when absent')
    .option('--json', 'of a picture: the records as JSON: segmentation with run lengths, area, bbox, predicted_iou, point_coords, stability_score, crop_box')
    .addOption(pixelsOption())
    .option('--export <file>', 'of a folder or project: write all its annotations in the end, as COCO with run lengths')
    .option('--overwrite', 'replace the exported file if it is there')
    .option('--class <name>', 'what everything found is called (default: "object")')
    .option('--project <file>', 'of a folder: the project to work in, made when it is not there; else the one in the folder, as the window makes it')
    .option('--all', 'also images that have instances already; else they are passed over');
  for (const { option } of flags) command.addOption(option);
  command
    .addHelpText('after', HELP_END)
    .action(async (path: string, given: Given) => {
      const options = AutomaticOptions.safeParse(Object.fromEntries(flags.map(({ name, option }) => [name, given[option.attributeName()]])));
      if (!options.success) return command.error(`error: ${options.error.issues[0]?.message ?? 'The parameters do not fit one another.'}`);
      const kind = kindOf(path);
      const foreign = Object.keys(given).find((name) => ONLY_FOR[name]?.includes(kind) === false);
      if (foreign !== undefined) return command.error(`error: --${foreign} is not for ${NAMES[kind]}.`);
      if (kind === 'picture') {
        const { auto } = await import('./auto.ts');
        ended(await auto(path, given, options.data, console, interrupted));
      } else {
        const { autoProject } = await import('./auto-project.ts');
        ended(await autoProject(path, { ...given, class: given.class ?? 'object' }, options.data, start, console, interrupted));
      }
    });
}

type Given = AutoOptions & Omit<AutoProjectOptions, 'class'> & { readonly class?: string } & Readonly<Record<string, unknown>>;
type Kind = 'picture' | 'folder' | 'project';

const NAMES: Readonly<Record<Kind, string>> = { picture: 'a picture', folder: 'a folder', project: 'a project' };
const MANY: readonly Kind[] = ['folder', 'project'];
const ONLY_FOR: Readonly<Record<string, readonly Kind[]>> = { json: ['picture'], pixels: ['picture'], export: MANY, overwrite: MANY, class: MANY, all: MANY, project: ['folder'] };

const HELP_END = `
Parameters, records and their order are those of the official SamAutomaticMaskGenerator. Boxes are x, y, width, height.

What is found in the pictures of a folder or project becomes instances, one step of undo a picture. Ctrl+C, or a crash,
takes along the picture at work at most; the same command goes on with the pictures that have no instances yet. Pictures
that cannot be read are listed, and the exit code is 3.`;

function kindOf(path: string): Kind {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return 'folder';
  return extname(path).toLowerCase() === '.mwproj' ? 'project' : 'picture';
}
