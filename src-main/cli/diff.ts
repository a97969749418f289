import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { DIFFERENCE_ROW } from '../../src-shared/contract/snapshots.ts';
import type { DifferenceSummary, SnapshotOrNow } from '../../src-shared/contract/snapshots.ts';
import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
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
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-diff-'));
  const listing = join(folder, 'images.jsonl');
  try {
    const { summary, rows } = await call(core, 'snapshots.compare', compared);
    const images = rows.length / 4 / DIFFERENCE_ROW;
    const job = await followJob(core, console, interrupted, () => call(core, 'snapshots.report', { ...compared, listing, pictures: pictures === undefined ? null : resolve(pictures) }));
    reportProblems(job, console);
    if (job.state !== 'done') {
      console.err(job.state === 'cancelled' ? 'Cancelled.\n' : `maskwright: ${job.message ?? 'The comparison failed.'}\n`);
      return job.state === 'cancelled' ? EXIT.interrupted : EXIT.failed;
    }
    if (json) await printJson(summary, listing, console);
    else await printText(summary, images, listing, console);
    return job.problemCount > 0 ? EXIT.leftOut : EXIT.done;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const lines = (path: string): AsyncIterable<string> => createInterface({ input: createReadStream(path), crlfDelay: Infinity });

async function printJson(summary: DifferenceSummary, listing: string, console: Console): Promise<void> {
  console.out(`{\n"summary": ${JSON.stringify(summary)},\n"images": [`);
  let separator = '\n';
  for await (const line of lines(listing)) {
    console.out(separator + line);
    separator = ',\n';
  }
  console.out('\n]\n}\n');
}

/** What is read of a line of the listing for a terminal; it was written a moment ago. */
interface ListedImage {
  readonly path: string;
  readonly change: string;
  readonly aspects: readonly string[];
  readonly instances: readonly { readonly change: string; readonly iou: number | null }[];
}

async function printText({ images, instances, aspects, imageAspects, classes }: DifferenceSummary, different: number, listing: string, console: Console): Promise<void> {
  if (different === 0 && classes.length === 0) {
    console.out('Nothing is different.\n');
    return;
  }
  console.out(`Images:     ${counts(images)}${details(imageAspects)}\n`);
  console.out(`Instances:  ${counts(instances)}${details(aspects)}\n`);
  for (const { change, name, was } of classes) console.out(`Class:      ${change} “${name}”${was === null ? '' : `, before “${was}”`}\n`);
  let shown = 0;
  for await (const line of lines(listing)) {
    if (++shown > MOST_LISTED) break;
    const image = JSON.parse(line) as ListedImage;
    const of = Map.groupBy(image.instances, ({ change }) => change);
    const worst = Math.min(...image.instances.flatMap(({ iou }) => (iou === null ? [] : [iou])));
    const parts = [
      ...['added', 'removed', 'changed'].flatMap((change) => (of.has(change) ? [`${of.get(change)?.length ?? 0} ${change}`] : [])),
      ...(Number.isFinite(worst) ? [`IoU from ${worst.toFixed(3)}`] : []),
      ...image.aspects.map((aspect) => `other ${aspect}`),
    ];
    console.out(`  ${image.change === 'changed' ? '' : `${image.change} `}${image.path}: ${parts.join(', ') || 'no instances'}\n`);
  }
  if (different > MOST_LISTED) console.out(`  … and ${different - MOST_LISTED} more images (--json lists all)\n`);
}

const counts = ({ added, removed, changed }: DifferenceSummary['images']): string => `${added} added, ${removed} removed, ${changed} changed`;

function details(aspects: Readonly<Record<string, number>>): string {
  const parts = Object.entries(aspects).flatMap(([aspect, n]) => (n === 0 ? [] : [`${aspect} of ${n}`]));
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
