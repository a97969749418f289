import { Option, type Command } from 'commander';
import type { ExportImages } from '../../src-shared/contract/datasets.ts';
import type { CheckWords } from './check.ts';
import type { StartCore } from './client.ts';
import type { Console } from './console.ts';
import type { ConvertOptions } from './convert.ts';
import type { ExitCode } from './exit-codes.ts';
import type { ImportWords } from './import.ts';
import { withReadingWords } from './reading-words.ts';
import type { SplitOptions } from './split.ts';
import { group, ratio, seed } from './split-words.ts';
import type { StatsOptions } from './stats.ts';

interface ExportWords {
  readonly out: string;
  readonly format: string;
  readonly segmentation?: string;
  readonly images: ExportImages;
  readonly set: readonly string[];
  readonly strict?: true;
  readonly overwrite?: true;
  readonly snapshot?: string;
  readonly json?: true;
  readonly manifest: boolean;
}

const USUAL_RATIO = 'train=0.8,val=0.1,test=0.1';

const several = (word: string, before: string[]): string[] => [...before, word];

/** The commands that read and write data sets. */
export function datasetCommands(root: Command, start: StartCore, console: Console, interrupted: AbortSignal, ended: (code: ExitCode) => void): void {
  root
    .command('export')
    .description('write the annotations of a project as a dataset')
    .argument('<project>', 'a project (.mwproj), or its folder')
    .requiredOption('--out <path>', 'the file or folder to write, as the format has it')
    .option('--format <format>', 'of the dataset; see `maskwright formats`', 'coco')
    .addOption(new Option('--images <which>', 'all images, or those marked as done').choices(['all', 'done']).default('all'))
    .option('--set <key=value>', 'an option of the format; repeat it for more', several, [])
    .addOption(new Option('--segmentation <kind>', 'of COCO, short for --set segmentation=…: run lengths, which keep every pixel, polygons, which cannot hold holes, or each as it was drawn').choices(['rle', 'polygons', 'as-drawn']))
    .option('--strict', 'write nothing when anything of any instance would be lost')
    .option('--overwrite', 'replace the file or folder if it is there')
    .option('--snapshot <name>', 'what a snapshot holds, instead of the project as it is now')
    .option('--no-manifest', 'without the list of what was written and where it comes from')
    .option('--json', 'what was written, and all that is lost, as JSON, for programs')
    .addHelpText('after', '\nThe data set is complete or not there: it is written beside and renamed. The same project gives the same bytes.')
    .action(async (project: string, { segmentation, ...options }: ExportWords) => {
      const { exportProject } = await import('./export.ts');
      const set = segmentation === undefined ? options.set : [`segmentation=${segmentation}`, ...options.set];
      ended(await exportProject(project, { ...options, set }, start, console, interrupted));
    });

  withReadingWords(root.command('import'))
    .description('take a dataset of another program into a project, all or nothing')
    .argument('<project>', 'a project (.mwproj), or the folder it lies in; made when it is not there')
    .argument('<dataset>', 'a file, a folder or a .zip')
    .option('--format <format>', 'of the dataset, where it is not recognised')
    .option('--unpack-to <folder>', 'where the pictures of a .zip are to be, if the project does not have them (without it: beside it)')
    .option('--pictures <folder>', 'look for pictures there too; repeat it for more folders', several, [])
    .option('--json', 'what was left out as JSON, for programs')
    .addHelpText('after', '\nPictures that the project has are found by path, by name, then by content; others are added. One step of undo takes it all back.')
    .action(async (project: string, dataset: string, options: ImportWords) => {
      const { importInto } = await import('./import.ts');
      ended(await importInto(project, dataset, options, start, console, interrupted));
    });

  withReadingWords(root.command('convert'))
    .description('read a dataset of one format and write it as another, without a project')
    .argument('<in>', 'a file, a folder or a .zip')
    .argument('<out>', 'the file or folder to write, as the format has it')
    .requiredOption('--to <format>', 'to write; see `maskwright formats`')
    .option('--from <format>', 'of what is read, where it is not recognised')
    .option('--pictures <folder>', 'look for pictures there too; repeat it for more folders', several, [])
    .option('--set <key=value>', 'an option of the format that is written; repeat it for more', several, [])
    .option('--strict', 'write nothing when anything would be lost or left out')
    .option('--overwrite', 'replace the file or folder if it is there')
    .option('--no-manifest', 'without the list of what was written')
    .option('--json', 'what was written, and all that is lost, as JSON, for programs')
    .action(async (dataset: string, out: string, options: ConvertOptions) => {
      const { convert } = await import('./convert.ts');
      ended(await convert(dataset, out, options, start, console, interrupted));
    });

  withReadingWords(root.command('stats'))
    .description('count what is in a project or a dataset: images, instances, classes, sizes, splits')
    .argument('<project|dataset>', 'a project (.mwproj) or the folder it lies in, or a dataset of another program')
    .addOption(new Option('--json', 'everything, for programs').conflicts('csv'))
    .option('--csv', 'a row for each class in each split')
    .option('--from <format>', 'of a dataset, where it is not recognised')
    .option('--pictures <folder>', 'look for the pictures of a dataset there too; repeat it for more folders', several, [])
    .action(async (argument: string, options: StatsOptions) => {
      const { stats } = await import('./stats.ts');
      ended(await stats(argument, options, start, console, interrupted));
    });

  withReadingWords(root.command('check'))
    .description('look for overlaps, gaps, islands, missing files and other mistakes in a project or a dataset, and repair what can be')
    .argument('<project|dataset>', 'a project (.mwproj) or the folder it lies in, or a dataset of another program')
    .option('--rules <names>', 'look for these only, with commas between (without it: all but near-duplicate, which looks at all pictures)')
    .option('--set <rule.threshold=value>', 'such as overlap.iou=0.5; repeat it for more', several, [])
    .option('--fix <rule...>', 'repair what these rules find: island, pinhole, outside, empty; one step of undo each')
    .option('--json', 'all findings, for programs')
    .option('--from <format>', 'of a dataset, where it is not recognised')
    .option('--pictures <folder>', 'look for the pictures of a dataset there too; repeat it for more folders', several, [])
    .addHelpText('after', '\nExits with 0 when nothing is found (left), with 4 when something is.')
    .action(async (argument: string, options: CheckWords) => {
      const { check } = await import('./check.ts');
      ended(await check(argument, options, start, console, interrupted));
    });

  root
    .command('split')
    .description('divide the images of a project into train, val, test or other parts')
    .argument('<project>', 'a project (.mwproj), or its folder')
    .addOption(new Option('--ratio <name=share,…>', 'the parts and their shares').argParser(ratio).default(ratio(USUAL_RATIO), USUAL_RATIO))
    .option('--seed <number>', 'the same seed divides the same images in the same way', seed, 0)
    .option('--stratify', 'keep the balance of classes alike in all parts')
    .addOption(new Option('--group <folder|duplicates|pattern>', 'keep together what lies in one folder, looks alike, or has one {group} in its name; repeat it for more').argParser(group).default([], 'nothing'))
    .option('--again', 'divide images anew that have a split; they keep it otherwise')
    .option('--clear', 'take the splits of all images away instead')
    .option('--dry-run', 'only say what would become of it')
    .option('--json', 'the report as JSON, for programs')
    .addHelpText('after', '\nA pattern is held against names: frame_{group}_*, where * is any text, ? one character, # digits; with a slash in it against paths. One step of undo takes it all back.')
    .action(async (project: string, options: SplitOptions) => {
      const { split } = await import('./split.ts');
      ended(await split(project, options, start, console, interrupted));
    });

  root
    .command('formats')
    .description('print the formats of datasets that are read and written, with their options')
    .option('--json', 'as JSON, for programs')
    .action(async (options: { readonly json?: true }) => {
      const { printFormats } = await import('./formats.ts');
      ended(printFormats(options, console));
    });
}
