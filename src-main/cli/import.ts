import { resolve } from 'node:path';
import type { Job, ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { removeFileNow } from '../files/move-and-remove.ts';
import { quietly } from '../quietly.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followJob, MOST_LISTED } from './follow-job.ts';
import { existingDataset, projectToFill } from './project-file.ts';
import { importOptions, type ReadingWords } from './reading-words.ts';

export interface ImportWords extends ReadingWords {
  readonly format?: string;
  readonly pictures: readonly string[];
  /** A folder to make of an archive's content. */
  readonly unpackTo?: string;
  readonly json?: true;
}

/**
 * `maskwright import`: a data set of another program comes into a project, all or nothing; a project that is not there is made.
 * Progress and what was left out on stderr.
 */
export async function importInto(argument: string, dataset: string, options: ImportWords, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  existingDataset(dataset);
  const { path, made, folder } = await projectToFill(argument);
  const core = await start({ host: 'cli', initialProject: null });
  let code: ExitCode = EXIT.failed;
  try {
    const { project } = await call(core, 'project.open', { path });
    if (folder !== null) {
      // What is there already is found by the import.
      const added = await followJob(core, console, interrupted, () => call(core, 'project.addFolder', { project, path: folder }));
      if (added.state !== 'done') return (code = reportEnd(added, console));
    }
    const imported = await importOpened(core, project, dataset, options, console, interrupted);
    ({ code } = imported);
    const { message, state, notes, problemCount, problems } = imported.job;
    if (state !== 'done') return code;
    console.out(options.json ? `${JSON.stringify({ project: path, message, leftOut: problemCount, problems, notes }, null, 2)}\n` : `${message ?? 'Imported.'}${made ? ` The project is ${path}.` : ''}\n`);
    return code;
  } finally {
    await core.close();
    // Made for this import, of which nothing came.
    if (made && code !== EXIT.done && code !== EXIT.leftOut) for (const rest of ['', '-wal', '-shm']) quietly(() => removeFileNow(path + rest));
  }
}

/** The same into a project that is open; what came of it is not yet printed, unless it failed. */
export async function importOpened(core: CoreApi, project: ProjectHandle, dataset: string, { format = null, pictures, unpackTo, ...words }: Pick<ImportWords, 'pictures' | 'unpackTo'> & ReadingWords & { readonly format?: string | null }, console: Console, interrupted: AbortSignal): Promise<{ code: ExitCode; job: Job }> {
  const folders = pictures.map((folder) => resolve(folder));
  const job = await followJob(core, console, interrupted, () => call(core, 'project.import', { project, path: resolve(dataset), format, pictures: folders, unpackTo: unpackTo === undefined ? null : resolve(unpackTo), options: importOptions(words) }));
  for (const note of job.notes) console.err(`  ${note}\n`);
  for (const { problem } of job.problems.slice(0, MOST_LISTED)) console.err(`  ${problem.message}\n`);
  if (job.problemCount > MOST_LISTED) console.err(`  … and ${job.problemCount - MOST_LISTED} more\n`);
  return { job, code: reportEnd(job, console) };
}

function reportEnd(job: Job, console: Console): ExitCode {
  switch (job.state) {
    case 'done':
      return job.problemCount > 0 ? EXIT.leftOut : EXIT.done;
    case 'cancelled':
      console.err('Cancelled; nothing was imported.\n');
      return EXIT.interrupted;
    default:
      console.err(`maskwright: ${job.message ?? 'The import failed.'} Nothing was imported.\n`);
      return EXIT.failed;
  }
}
