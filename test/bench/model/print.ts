import type { Calibration } from './calibration.ts';
import { AFTER } from './report.ts';
import type { Means, Report, Times } from './report.ts';

/** A report for a person: tables in Markdown. */
export function reportText(report: Report): string {
  const { model, data, pictures, partial, iou, boundary, bySize, calibration: of, times, peakMemory, problems } = report;
  const afterClick = AFTER.map((clicks) => `click, after ${clicks}`);
  const afterBox = AFTER.map((clicks) => `box, after ${clicks}`);
  const means = ({ segments, box, selected, best, afterClick: click, afterBox: boxed }: Means): string[] => [String(segments), ...[box, selected, best, ...click, ...boxed].map(share)];
  const person = data.person === null ? '' : data.person === 'all' ? ', all people' : `, person ${data.person}`;
  return [
    `${model.name} (${model.id}) on ${data.path}${person}: ${pictures.evaluated} of ${pictures.all} pictures, ${iou.segments} segments${problems.length > 0 ? `; left out, as named before: ${problems.length}` : ''}`,
    ...(partial ? ['PARTIAL: ended before all pictures were done.'] : []),
    '',
    'Mean IoU at full size; "after" counts corrective clicks.',
    table(['', 'segments', 'box', 'click: selected', 'best of three', ...afterClick, ...afterBox], [['all', ...means(iou)], ...bySize.map((row) => [row.size, ...means(row)])]),
    '',
    `Boundary F-measure, tolerance ${(100 * report.protocol.boundaryTolerance).toFixed(2)} % of the diagonal`,
    table(['box', 'click: selected', `click, after ${AFTER.at(-1)}`, `box, after ${AFTER.at(-1)}`], [[boundary.box, boundary.selected, boundary.afterClick, boundary.afterBox].map(share)]),
    '',
    'Predicted IoU against the actual one',
    table(['', 'masks', 'mean absolute error', 'bias', 'ECE, 10 bins'], [line('click: selected', of.selected), line('click: all candidates', of.candidates), line('box', of.box), line('after corrective clicks', of.corrected)]),
    `The first candidate is the best one: ${of.firstIsBest === null ? 'n/a' : `${(100 * of.firstIsBest).toFixed(1)} %`} of the clicks. Selected by predicted IoU: ${share(of.selectedBy['predicted-iou'])}; by predicted IoU × stability: ${share(of.selectedBy['predicted-iou-times-stability'])}.`,
    '',
    `On ${model.provider ?? 'no provider'}: encoder ${milliseconds(times.encoder)}, decoder ${milliseconds(times.decoder)}; peak memory of the SAM engine ${peakMemory === null ? 'not told by this system' : `${megabytes(peakMemory.firstPicture)} with the first picture, ${megabytes(peakMemory.all)} in all`}.`,
    ...report.refused.map(({ message, count }) => `Refused by the model, ${count} times: ${message}`),
    '',
  ].join('\n');
}

const share = (value: number | null): string => (value === null ? 'n/a' : value.toFixed(3));

const line = (name: string, of: Calibration | null): string[] => (of === null ? [name, '0', 'n/a', 'n/a', 'n/a'] : [name, String(of.count), share(of.meanAbsoluteError), share(of.bias), share(of.expectedCalibrationError)]);

const milliseconds = (of: Times | null): string => (of === null ? 'n/a' : `p50 ${of.p50.toFixed(1)} ms, p95 ${of.p95.toFixed(1)} ms (${of.count} runs)`);

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
