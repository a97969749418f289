import { InvalidArgumentError, Option, type Command } from 'commander';
import { AUTOMATIC_FIELDS, AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import type { AutoOptions } from './auto.ts';
import type { Console } from './console.ts';
import type { ExitCode } from './exit-codes.ts';

/** `maskwright auto`, with a flag for each parameter of the official generator: its name with dashes. */
export function autoCommand(root: Command, console: Console, interrupted: AbortSignal, ended: (code: ExitCode) => void): void {
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
    .description('find everything in a picture: run Segment Anything on a grid of points')
    .argument('<image>', 'a picture in any format that the window opens')
    .option('--model <model>', 'the id of a model (see `maskwright models list`), or the folder of one; the built-in one when absent')
    .option('--json', 'the records as JSON: segmentation with run lengths, area, bbox, predicted_iou, point_coords, stability_score, crop_box');
  for (const { option } of flags) command.addOption(option);
  command
    .addHelpText('after', '\nParameters, records and their order are those of the official SamAutomaticMaskGenerator. Boxes are x, y, width, height.')
    .action(async (image: string, given: AutoOptions & Readonly<Record<string, unknown>>) => {
      const options = AutomaticOptions.safeParse(Object.fromEntries(flags.map(({ name, option }) => [name, given[option.attributeName()]])));
      if (!options.success) command.error(`error: ${options.error.issues[0]?.message ?? 'The parameters do not fit one another.'}`);
      else {
        const { auto } = await import('./auto.ts');
        ended(await auto(image, given, options.data, console, interrupted));
      }
    });
}
