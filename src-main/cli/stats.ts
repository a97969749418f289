import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Statistics } from '../../src-shared/contract/statistics.ts';
import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import { statisticsCsv, statisticsReport } from '../../src-shared/statistics/report.ts';
import { cocoSizes, viewOf } from '../../src-shared/statistics/view.ts';
import type { CoreApi } from '../core/core-api.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { onProjectOrDataset, type DatasetOptions } from './dataset-argument.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { ProgressLine } from './progress-line.ts';

export interface StatsOptions extends DatasetOptions {
  readonly json?: true;
  readonly csv?: true;
}

/** `maskwright stats`: counts a project or a data set, for a person, as JSON or as CSV. Ctrl+C ends it. */
export function stats(argument: string, options: StatsOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  return onProjectOrDataset(argument, options, start, console, interrupted, async (core, project) => {
    const statistics = await counted(core, project, console, interrupted);
    if (statistics === null) {
      console.err('Cancelled.\n');
      return EXIT.interrupted;
    }
    console.out(options.json ? `${JSON.stringify(statisticsReport(statistics))}\n` : options.csv ? statisticsCsv(statistics) : asText(statistics));
    for (const { message, item } of statistics.problems) console.err(`  ${item ?? ''}: ${message}\n`);
    return statistics.problemCount > 0 ? EXIT.leftOut : EXIT.done;
  });
}

/** Null when it was interrupted. */
async function counted(core: CoreApi, project: ProjectHandle, console: Console, interrupted: AbortSignal): Promise<Statistics | null> {
  const line = new ProgressLine(console);
  const unsubscribe = core.subscribe((event, data) => {
    if (event !== 'statistics.progress') return;
    const { done, total } = data as { done: number; total: number | null };
    line.show({ title: 'Counting', done, total, etaMs: null });
  });
  const cancel = (): void => void call(core, 'statistics.cancel', {});
  try {
    if (interrupted.aborted) return null;
    interrupted.addEventListener('abort', cancel, { once: true });
    return await call(core, 'statistics.compute', { project });
  } catch (error) {
    if (interrupted.aborted && error instanceof MaskwrightError && error.code === 'cancelled') return null;
    throw error;
  } finally {
    interrupted.removeEventListener('abort', cancel);
    line.end();
    unsubscribe();
  }
}

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);

function asText(statistics: Statistics): string {
  const all = viewOf(statistics, {});
  const { images, instances, pixels, area, counts } = all;
  const sizes = counts === null ? null : cocoSizes(counts);
  const unnamed = viewOf(statistics, { class: null }).instances;
  const lines = [
    `images     ${images.total}: ${images.done} done, ${images.inProgress} in progress, ${images.todo} to do; ${images.empty} without instances`,
    `instances  ${instances}${unnamed > 0 ? `, ${unnamed} of them without a class` : ''}`,
    ...(sizes === null ? [] : [`sizes      ${sizes.small} small (area below 32²), ${sizes.medium} medium, ${sizes.large} large (from 96²)`]),
    `labelled   ${percent(area, pixels)} of the pixels, overlaps counted for each instance`,
  ];
  const splits = statistics.splits.map(({ split }) => split);
  const several = splits.length > 1 || splits.some((split) => split !== null);
  const columns = several ? splits : [];
  const rows = [
    ['', 'images', 'instances', ...columns.map((split) => split ?? 'no split')],
    ...(several ? [['all', images.total, instances, ...columns.map((split) => percent(viewOf(statistics, { split }).images.total, images.total))].map(String)] : []),
    ...[...statistics.classes, ...(unnamed > 0 ? [{ id: null, name: 'no class' }] : [])].map(({ id, name }) => {
      const view = viewOf(statistics, { class: id });
      return [name, view.imagesWith, view.instances, ...columns.map((split) => percent(viewOf(statistics, { class: id, split }).instances, view.instances))].map(String);
    }),
  ];
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return `${[...lines, '', ...rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ').trimEnd())].join('\n')}\n`;
}
