import { resolve } from 'node:path';
import type { Job } from '../../src-shared/contract/types.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followJob } from './follow-job.ts';
import { existingProject } from './project-file.ts';

export interface ImportOptions {
  readonly format?: string;
  readonly pictures: readonly string[];
  readonly json?: true;
}

/** Problems listed on the terminal; the rest is counted. */
const MOST_LISTED = 20;

/** `maskwright import`: a data set of another program comes into a project, all or nothing. Progress and what was left out on stderr. */
export async function importInto(project: string, dataset: string, options: ImportOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const path = existingProject(project);
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const { project: handle } = await call(core, 'project.open', { path });
    const pictures = options.pictures.map((folder) => resolve(folder));
    const job = await followJob(core, console, interrupted, () => call(core, 'project.import', { project: handle, path: resolve(dataset), format: options.format ?? null, pictures }));
    return report(job, options, console);
  } finally {
    await core.close();
  }
}

function report(job: Job, { json }: ImportOptions, console: Console): ExitCode {
  for (const { problem } of job.problems.slice(0, MOST_LISTED)) console.err(`  ${problem.message}\n`);
  if (job.problemCount > MOST_LISTED) console.err(`  … and ${job.problemCount - MOST_LISTED} more\n`);
  switch (job.state) {
    case 'done':
      console.out(json ? `${JSON.stringify({ message: job.message, leftOut: job.problemCount, problems: job.problems }, null, 2)}\n` : `${job.message ?? 'Imported.'}\n`);
      return job.problemCount > 0 ? EXIT.leftOut : EXIT.done;
    case 'cancelled':
      console.err('Cancelled; nothing was imported.\n');
      return EXIT.interrupted;
    default:
      console.err(`maskwright: ${job.message ?? 'The import failed.'} Nothing was imported.\n`);
      return EXIT.failed;
  }
}
