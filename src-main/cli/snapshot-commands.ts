import { Argument, type Command } from 'commander';
import type { StartCore } from './client.ts';
import type { Console } from './console.ts';
import type { DiffOptions } from './diff.ts';
import type { ExitCode } from './exit-codes.ts';
import { withReadingWords } from './reading-words.ts';
import type { SnapshotOptions } from './snapshot.ts';

const SNAPSHOT_ACTIONS = ['list', 'create', 'delete', 'restore', 'rename'] as const;
export type SnapshotAction = (typeof SNAPSHOT_ACTIONS)[number];

interface DiffWords extends Omit<DiffOptions, 'pictures' | 'paintTo'> {
  readonly pictures?: string;
  readonly picturesOf: readonly string[];
}

const several = (word: string, before: string[]): string[] => [...before, word];

/** The commands about named states of a project. */
export function snapshotCommands(root: Command, start: StartCore, console: Console, interrupted: AbortSignal, ended: (code: ExitCode) => void): void {
  root
    .command('snapshot')
    .description('keep the annotations of a project as they are under a name; list, restore, rename and delete such snapshots')
    .argument('<project>', 'a project (.mwproj), or its folder')
    .addArgument(new Argument('<action>', 'what to do').choices(SNAPSHOT_ACTIONS))
    .argument('[name]', 'the snapshot’s; not needed for list')
    .option('--note <text>', 'about the snapshot, for people: with create or rename')
    .option('--to <name>', 'the new name, with rename')
    .option('--json', 'as JSON, for programs')
    .addHelpText('after', '\nA snapshot never changes, and takes room only for the images that changed since the one before. It holds annotations, not pictures.\nUndo takes a restore back.')
    .action(async (project: string, action: SnapshotAction, name: string | undefined, options: SnapshotOptions) => {
      const { snapshot } = await import('./snapshot.ts');
      ended(await snapshot(project, action, name, options, start, console, interrupted));
    });

  withReadingWords(root.command('diff'))
    .description('tell what is different between two snapshots, a snapshot and now, or two projects or datasets')
    .argument('<project>', 'a project (.mwproj), the folder it lies in, or a dataset')
    .argument('[before]', 'the name of a snapshot')
    .argument('[after]', 'the name of another; the project as it is now when absent')
    .option('--with <path>', 'compare the project or dataset with this one instead')
    .option('--json', 'all of it as JSON, for programs')
    .option('--pictures <folder>', 'write a picture of each image that is different: added green, removed red, changed orange before and blue after')
    .option('--from <format>', 'of the dataset, where it is not recognised')
    .option('--pictures-of <folder>', 'look for pictures of datasets there too; repeat it for more folders', several, [])
    .addHelpText('after', '\nInstances are matched by their number within a project, else by the best IoU from 0.5 on.')
    .action(async (project: string, before: string | undefined, after: string | undefined, { pictures, picturesOf, ...options }: DiffWords) => {
      const { diff } = await import('./diff.ts');
      const names = [before, after].filter((name) => name !== undefined);
      ended(await diff(project, names, { ...options, pictures: picturesOf, ...(pictures === undefined ? {} : { paintTo: pictures }) }, start, console, interrupted));
    });
}
