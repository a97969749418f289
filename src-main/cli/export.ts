import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { formOf } from '../../src-shared/contract/datasets.ts';
import type { ExportImages, FormatRow } from '../../src-shared/contract/datasets.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ExportPreflight, Job, ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { checkTarget } from '../datasets/atomic-file.ts';
import { checkFolderTarget } from '../datasets/atomic-folder.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followJob, MOST_LISTED, reportProblems } from './follow-job.ts';
import { optionValues } from './option-values.ts';
import { existingProject } from './project-file.ts';
import { snapshotNamed } from './snapshot.ts';

export interface ExportRequest {
  readonly format: string;
  readonly out: string;
  readonly images: ExportImages;
  /** KEY=VALUE, of the format. */
  readonly set: readonly string[];
  readonly overwrite?: true;
  /** The name of a snapshot; the project as it is now when absent. */
  readonly snapshot?: string;
  /** False for none. */
  readonly manifest?: boolean;
  /** Nothing is written when anything would be lost. */
  readonly strict?: true;
  /** All that would be lost and what was written as JSON on stdout, in the place of sentences. */
  readonly json?: true;
}

/**
 * `maskwright export`: writes the data set, progress on stderr, one line about the result on stdout.
 * `interrupted` is aborted by Ctrl+C: the job is cancelled and leaves no file.
 */
export async function exportProject(argument: string, request: ExportRequest, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const path = existingProject(argument);
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const { project } = await call(core, 'project.open', { path });
    return await exportOpened(core, project, request, console, interrupted);
  } finally {
    await core.close();
  }
}

/** The same of a project that is open. */
export async function exportOpened(core: CoreApi, project: ProjectHandle, request: ExportRequest, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const { images, strict, overwrite, json } = request;
  const format = (await call(core, 'export.formats', {})).find(({ id }) => id === request.format);
  const snapshot = request.snapshot === undefined ? null : (await snapshotNamed(core, project, request.snapshot)).snapshot;
  const options = format === undefined ? {} : optionValues(format, request.set);
  const out = resolve(request.out);
  // Before the preflight, which takes a while on large projects.
  checkFolderOf(out);
  if (format !== undefined) await (formOf(format, options) === 'file' ? checkTarget : checkFolderTarget)(out, overwrite === true);
  const what = { project, format: request.format, images, snapshot, options };
  const looked = call(core, 'export.preflight', what);
  const write = (): Promise<Job> => followJob(core, console, interrupted, () => call(core, 'export.start', { ...what, out, overwrite: overwrite === true, manifest: request.manifest !== false }));
  // Both read the same moment, each in a process of its own, so that nobody waits for the one to write what the other finds.
  const written = strict === true ? null : write();
  written?.catch(() => undefined);
  const preflight = await looked;
  if (json !== true) reportLosses(preflight, format, console);
  if (strict === true && losesData(preflight)) {
    console.err('maskwright: nothing was written, because something would be lost (--strict).\n');
    if (json === true) printJson(null, null, preflight, console);
    return EXIT.failed;
  }
  const job = await (written ?? write());
  if (json === true) printJson(out, job, preflight, console);
  return reportEnd(job, preflight, json === true, console);
}

/** Throws 'not-found' when there is no folder to write `out` into. */
export function checkFolderOf(out: string): void {
  const folder = dirname(out);
  if (!existsSync(folder)) throw new MaskwrightError('not-found', `"${out}" cannot be written: there is no folder "${folder}". Make it first, or choose another.`, folder);
}

const losesData = ({ lossCount, unlabelled, whole }: ExportPreflight): boolean => lossCount > 0 || unlabelled > 0 || whole.some(({ cosmetic }) => !cosmetic);

function reportLosses({ unlabelled, losses, lossCount, whole }: ExportPreflight, format: FormatRow | undefined, console: Console): void {
  if (unlabelled > 0) console.err(`Left out: ${unlabelled} ${unlabelled === 1 ? 'instance' : 'instances'} without a class, which ${format?.name ?? 'the format'} requires.\n`);
  for (const { text } of whole) console.err(`${text}\n`);
  if (lossCount === 0) return;
  console.err(`In this format ${lossCount === 1 ? '1 instance loses' : `${lossCount} instances lose`} something, worst first (IoU of what is read back):\n`);
  for (const loss of losses.slice(0, MOST_LISTED)) {
    console.err(`  ${loss.iou.toFixed(4)}  ${loss.imagePath}  instance ${loss.instance}${loss.class === null ? '' : ` (${loss.class})`}: ${loss.reasons.join('; ')}\n`);
  }
  if (lossCount > MOST_LISTED) console.err(`  … and ${lossCount - MOST_LISTED} more\n`);
}

/** @param job null when none was started */
function printJson(out: string | null, job: Job | null, preflight: ExportPreflight, console: Console): void {
  const written = job?.state === 'done' ? out : null;
  console.out(`${JSON.stringify({ written, message: job?.message ?? null, leftOut: job?.problemCount ?? 0, problems: job?.problems ?? [], ...preflight }, null, 2)}\n`);
}

function reportEnd(job: Job, { unlabelled }: ExportPreflight, json: boolean, console: Console): ExitCode {
  if (!json) reportProblems(job, console);
  switch (job.state) {
    case 'done':
      if (!json) console.out(`${job.message ?? 'Written.'}\n`);
      return job.problemCount > 0 || unlabelled > 0 ? EXIT.leftOut : EXIT.done;
    case 'cancelled':
      console.err('Cancelled; nothing was written.\n');
      return EXIT.interrupted;
    default:
      console.err(`maskwright: ${job.message ?? 'The export failed.'}\n`);
      return EXIT.failed;
  }
}
