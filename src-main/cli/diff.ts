import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { DifferenceSummary, SnapshotOrNow } from '../../src-shared/contract/snapshots.ts';
import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { removeFolderNow } from '../files/move-and-remove.ts';
import { quietly } from '../quietly.ts';
import { temporaryFolderHere } from '../temporary-folder.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { onProjectOrDataset, openBeside, type DatasetOptions } from './dataset-argument.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followJob, MOST_LISTED, reportProblems } from './follow-job.ts';
import { snapshotNamed } from './snapshot.ts';

export interface DiffOptions extends DatasetOptions {
  /** Another project or data set to compare with. */
  readonly with?: string;
  readonly json?: true;
  /** A folder to write pictures to. */
  readonly paintTo?: string;
}

/** `maskwright diff`: what is different between two snapshots, a snapshot and now, or two projects or data sets. */
export function diff(argument: string, names: readonly string[], options: DiffOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  return onProjectOrDataset(argument, options, start, console, interrupted, async (core, project) => {
    if (options.with === undefined) {
      const [a, b] = names;
      if (a === undefined) throw new MaskwrightError('bad-request', 'Say what to compare: the name of a snapshot, or of two; or --with another project or data set.');
      const before = (await snapshotNamed(core, project, a)).snapshot;
      const after = b === undefined ? null : (await snapshotNamed(core, project, b)).snapshot;
      return await report(core, { project, before, after, other: null }, options, console, interrupted);
    }
    if (names.length > 0) throw new MaskwrightError('bad-request', 'Snapshots are compared within one project: leave their names away, or leave --with away.');
    const other = await openBeside(core, options.with, options, console, interrupted);
    try {
      if (other.project === null) return other.imported;
      const code = await report(core, { project, before: null, after: null, other: other.project }, options, console, interrupted);
      return code === EXIT.done ? other.imported : code;
    } finally {
      await other.close();
    }
  });
}

interface Compared {
  readonly project: ProjectHandle;
  readonly before: SnapshotOrNow;
  readonly after: SnapshotOrNow;
  readonly other: ProjectHandle | null;
}

async function report(core: CoreApi, compared: Compared, { json, paintTo: pictures }: DiffOptions, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const folder = temporaryFolderHere('diff');
  const listing = join(folder, 'images.jsonl');
  try {
    const job = await followJob(core, console, interrupted, () => call(core, 'snapshots.report', { ...compared, listing, pictures: pictures === undefined ? null : resolve(pictures) }));
    reportProblems(job, console);
    if (job.state !== 'done') {
      console.err(job.state === 'cancelled' ? 'Cancelled.\n' : `maskwright: ${job.message ?? 'The comparison failed.'}\n`);
      return job.state === 'cancelled' ? EXIT.interrupted : EXIT.failed;
    }
    await (json ? printJson : printText)(listing, console);
    return job.problemCount > 0 ? EXIT.leftOut : EXIT.done;
  } finally {
    quietly(() => removeFolderNow(folder));
  }
}

const lines = (path: string): AsyncIterable<string> => createInterface({ input: createReadStream(path), crlfDelay: Infinity });

/** The summary is the listing's last line. */
const SUMMARY = '{"summary":';

async function printJson(listing: string, console: Console): Promise<void> {
  console.out('{\n"images": [');
  let separator = '\n';
  for await (const line of lines(listing)) {
    console.out(line.startsWith(SUMMARY) ? `\n],\n${line.slice(1)}\n` : separator + line);
    separator = ',\n';
  }
}

/** What is read of a line of the listing for a terminal; it was written a moment ago. */
interface ListedImage {
  readonly path: string;
  readonly change: string;
  readonly aspects: readonly string[];
  readonly instances: readonly { readonly change: string; readonly iou: number | null }[];
}

async function printText(listing: string, console: Console): Promise<void> {
  const shown: string[] = [];
  let images = 0;
  for await (const line of lines(listing)) {
    if (line.startsWith(SUMMARY)) printSummary((JSON.parse(line) as { summary: DifferenceSummary }).summary, images, console);
    else if (++images <= MOST_LISTED) shown.push(asLine(JSON.parse(line) as ListedImage));
  }
  for (const line of shown) console.out(line);
  if (images > MOST_LISTED) console.out(`  … and ${images - MOST_LISTED} more images (--json lists all)\n`);
}

function printSummary({ images, instances, aspects, imageAspects, classes }: DifferenceSummary, different: number, console: Console): void {
  if (different === 0 && classes.length === 0) {
    console.out('Nothing is different.\n');
    return;
  }
  console.out(`Images:     ${counts(images)}${details(imageAspects)}\n`);
  console.out(`Instances:  ${counts(instances)}${details(aspects)}\n`);
  for (const { change, name, was } of classes) console.out(`Class:      ${change} “${name}”${was === null ? '' : `, before “${was}”`}\n`);
}

function asLine({ path, change: came, aspects, instances }: ListedImage): string {
  const of = Map.groupBy(instances, ({ change }) => change);
  const worst = Math.min(...instances.flatMap(({ iou }) => (iou === null ? [] : [iou])));
  const parts = [
    ...['added', 'removed', 'changed'].flatMap((change) => (of.has(change) ? [`${of.get(change)?.length ?? 0} ${change}`] : [])),
    ...(Number.isFinite(worst) ? [`IoU from ${worst.toFixed(3)}`] : []),
    ...aspects.map((aspect) => `other ${aspect}`),
  ];
  return `  ${came === 'changed' ? '' : `${came} `}${path}: ${parts.join(', ') || 'no instances'}\n`;
}

const counts = ({ added, removed, changed }: DifferenceSummary['images']): string => `${added} added, ${removed} removed, ${changed} changed`;

function details(aspects: Readonly<Record<string, number>>): string {
  const parts = Object.entries(aspects).flatMap(([aspect, n]) => (n === 0 ? [] : [`${aspect} of ${n}`]));
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
