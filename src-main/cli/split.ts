import type { SplitPart, SplitPlan, SplitReport } from '../../src-shared/contract/splits.ts';
import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followJob, MOST_LISTED, reportProblems } from './follow-job.ts';
import { existingProject } from './project-file.ts';

export interface SplitOptions {
  /** Of parts, by name. */
  readonly ratio: readonly SplitPart[];
  readonly seed: number;
  readonly stratify?: true;
  /** folder, duplicates, or a pattern of names. */
  readonly group: readonly string[];
  readonly again?: true;
  readonly clear?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `maskwright split`: divides the images of a project into parts. The report goes to stdout, progress and what could not be compared to stderr. */
export async function split(argument: string, options: SplitOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const path = existingProject(argument);
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const { project } = await call(core, 'project.open', { path });
    if (options.clear === true) return await clear(core, project, options, console);
    const plan = planOf(options);
    const looked = plan.groups.duplicates ? await fingerprint(core, project, console, interrupted) : EXIT.done;
    if (looked === EXIT.failed || looked === EXIT.interrupted) return looked;
    const report = options.dryRun === true
      ? await call(core, 'splits.preview', { project, plan })
      : (await call(core, 'splits.apply', { project, plan, label: 'Split images' })).report;
    console.out(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : asText(report, options.dryRun === true));
    return looked;
  } finally {
    await core.close();
  }
}

function planOf({ ratio, seed, stratify, group, again }: SplitOptions): SplitPlan {
  const pattern = group.find((word) => word !== 'folder' && word !== 'duplicates') ?? null;
  return { parts: [...ratio], seed, stratify: stratify === true, groups: { folder: group.includes('folder'), duplicates: group.includes('duplicates'), pattern }, again: again === true };
}

async function clear(core: CoreApi, project: ProjectHandle, { json, dryRun }: SplitOptions, console: Console): Promise<ExitCode> {
  const cleared = (await call(core, 'splits.counts', { project })).reduce((sum, { name, images }) => sum + (name === null ? 0 : images), 0);
  if (dryRun !== true) await call(core, 'splits.set', { project, images: { filter: { name: '', status: 'all' } }, split: null, label: 'Clear splits' });
  console.out(json === true ? `${JSON.stringify({ cleared })}\n` : `${counted(cleared, 'image')} ${dryRun === true ? 'would have' : 'have'} no split any more.\n`);
  return EXIT.done;
}

async function fingerprint(core: CoreApi, project: ProjectHandle, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const job = await followJob(core, console, interrupted, () => call(core, 'splits.fingerprint', { project }));
  reportProblems(job, console);
  if (job.state === 'cancelled') {
    console.err('Cancelled; no split was changed.\n');
    return EXIT.interrupted;
  }
  if (job.state === 'failed') {
    console.err(`maskwright: ${job.message ?? 'The pictures could not be compared.'}\n`);
    return EXIT.failed;
  }
  return job.problemCount > 0 ? EXIT.leftOut : EXIT.done;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const counted = (n: number, what: string): string => (n === 1 ? `1 ${what}` : `${n.toLocaleString('en')} ${what}s`);

function asText({ images, changed, locked, parts: rows, classes, groups, unseen }: SplitReport, dryRun: boolean): string {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length), 4);
  const wanted = rows.filter((row) => row.wanted !== null);
  const lines = [
    `${counted(changed, 'image')} of ${images.toLocaleString('en')} ${dryRun ? 'would get' : changed === 1 ? 'got' : 'got'} another split${locked === 0 ? '' : `; ${counted(locked, 'image')} kept theirs`}.`,
    ...rows.map(({ name, images: n, before, instances, wanted: share, reached }) =>
      `  ${name.padEnd(nameWidth)}  ${counted(n, 'image').padStart(14)} (before ${before.toLocaleString('en')}), ${counted(instances, 'instance')}${share === null || reached === null ? '' : `: ${percent(reached)}, wanted ${percent(share)}`}`),
  ];
  if (groups !== null) {
    lines.push(groups.count === 0 ? 'No images had to be kept together.' : `${counted(groups.count, 'group')} of ${counted(groups.images, 'image')} kept together, the largest of ${groups.largest.toLocaleString('en')}.`);
    if (groups.unmatched !== null && groups.unmatched > 0) lines.push(`${counted(groups.unmatched, 'image')} ${groups.unmatched === 1 ? 'does' : 'do'} not fit the pattern.`);
    if (groups.straddling > 0) lines.push(`${counted(groups.straddling, 'group')} had been in several splits before, which ${groups.straddling === 1 ? 'it keeps' : 'they keep'} (--again divides them anew):`, ...groups.examples.map(({ path, splits }) => `  ${path}: ${splits.join(', ')}`));
  }
  if (unseen !== null && unseen > 0) lines.push(`${counted(unseen, 'image')} could not be compared with the others.`);
  if (classes.length > 0) {
    const classWidth = Math.max(...classes.slice(0, MOST_LISTED).map(({ name }) => name.length), 5);
    lines.push('Images by class, those with most first:', `  ${'class'.padEnd(classWidth)}  ${wanted.map(({ name }) => name.padStart(10)).join('')}  deviation`);
    for (const { name, images: own, deviation } of classes.slice(0, MOST_LISTED)) lines.push(`  ${name.padEnd(classWidth)}  ${own.map((n) => n.toLocaleString('en').padStart(10)).join('')}  ${percent(deviation).padStart(9)}`);
    if (classes.length > MOST_LISTED) lines.push(`  … and ${classes.length - MOST_LISTED} more (--json has all)`);
  }
  return `${lines.join('\n')}\n`;
}
