import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ROW_HEAP } from '../../src-main/engines/engine-process.ts';
import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rasterizeParts } from '../../src-shared/geometry/rasterize.ts';
import type { LoopDelay, Row } from './measure.ts';

const WIDTH = 640;
const HEIGHT = 480;
/** As many on each image, as in the goal of 1,000,000 instances on 100,000 images. */
const INSTANCES_PER_IMAGE = 10;
/** The goal and a tenth of it: the rates of both say whether time grows with the size alone. */
const GOAL = [10_000, 100_000] as const;
/** What takes minutes with the goal's size is measured with a tenth and a hundredth of it. */
const PART = [1_000, 10_000] as const;
type Sizes = typeof GOAL | typeof PART;

interface Measured {
  readonly ms: number;
  /** Of a processor at work: less than `ms` on a busy machine. */
  readonly cpuMs: number;
  readonly peakBytes: number | null;
  readonly bytes: number;
}

type Way = 'import' | 'export' | 'statistics' | 'check' | 'split';
type Results = Readonly<Record<Way, Measured | null>>;

/** COCO files in and out, and what came in counted and checked, as the datasets engine does it, in processes of their own. */
export function measureDatasets(folder: string): { rows: Row[]; loopDelay: LoopDelay | null } {
  const results = new Map<number, Results>([
    [PART[0], measure(folder, PART[0], ['check', 'split'])],
    [PART[1], measure(folder, PART[1], ['export', 'statistics', 'check', 'split'])],
    [GOAL[1], measure(folder, GOAL[1], ['export', 'statistics'])],
  ]);
  const of = (way: Way, sizes: Sizes): readonly [few: Measured, many: Measured] => {
    const [few, many] = sizes.map((images) => results.get(images)?.[way] ?? null);
    if (few == null || many == null) throw new Error(`${way} was not measured`);
    return [few, many];
  };
  const rows = [
    ...rowsOf('Import of COCO', GOAL, of('import', GOAL), 120),
    ...rowsOf('Export of COCO', GOAL, of('export', GOAL), 20),
    ...rowsOf('Statistics', GOAL, of('statistics', GOAL), null),
    ...rowsOf('Check', PART, of('check', PART), null),
    splitRow(...of('split', PART)),
  ];
  return { rows, loopDelay: null };
}

/** @param target microseconds an instance */
function rowsOf(name: string, sizes: Sizes, [small, large]: readonly [Measured, Measured], target: number | null): Row[] {
  const [before, instances] = [sizes[0] * INSTANCES_PER_IMAGE, sizes[1] * INSTANCES_PER_IMAGE];
  const [few, many] = [(small.ms * 1000) / before, (large.ms * 1000) / instances];
  const size = `${sizes[1].toLocaleString('en')} images, ${instances.toLocaleString('en')} instances`;
  const cpu = ((large.cpuMs * 1000) / instances).toFixed(1);
  return [
    { what: `${name}, ${size}, an instance`, value: many, unit: 'µs', baseline: `${few.toFixed(1)} µs with a tenth of them: ${(many / few).toFixed(2)} times; ${(large.ms / 1000).toFixed(1)} s, ${(1e6 / many).toFixed(0)} instances a second; ${cpu} µs of a processor`, target },
    { what: `${name}, ${size}: peak memory`, value: large.peakBytes === null ? null : large.peakBytes / 1e6, unit: 'MB', baseline: small.peakBytes === null ? 'only Linux tells' : `${(small.peakBytes / 1e6).toFixed(0)} MB with a tenth of them`, target: 500 },
  ];
}

function splitRow(small: Measured, large: Measured): Row {
  const [few, many] = [(small.ms * 1000) / PART[0], (large.ms * 1000) / PART[1]];
  return { what: `Split of ${PART[1].toLocaleString('en')} images by class, planned and written, an image`, value: many, unit: 'µs', baseline: `${few.toFixed(0)} µs with a tenth of them: ${(many / few).toFixed(2)} times; ${((large.cpuMs * 1000) / PART[1]).toFixed(0)} µs of a processor; 100,000 would take ${(many / 10).toFixed(1)} s`, target: null };
}

/** An import, and what else is asked for of what came in. */
function measure(folder: string, images: number, ways: readonly Exclude<Way, 'import'>[]): Results {
  const dataset = join(folder, `coco-${images}.json`);
  const project = join(folder, `coco-${images}.mwproj`);
  const out = join(folder, `coco-${images}-out.json`);
  writeCocoFile(dataset, images);
  const of = (way: Exclude<Way, 'import'>): Measured | null => (ways.includes(way) ? run(way, project, ...(way === 'export' ? [out] : [])) : null);
  const measured = { import: run('import', dataset, project), export: of('export'), statistics: of('statistics'), check: of('check'), split: of('split') };
  for (const path of [dataset, project, out]) rmSync(path, { force: true });
  return measured;
}

function run(...args: string[]): Measured {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...ROW_HEAP, join(import.meta.dirname, 'dataset-process.ts'), ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout) as Measured;
}

/** Nine polygons of 24 corners and one mask in compressed run lengths on each image. */
export function writeCocoFile(path: string, images: number): void {
  const file = openSync(path, 'w');
  const numbers = Array.from({ length: images }, (_, i) => i + 1);
  const list = (key: string, entries: (n: number) => string, last: string): void => {
    writeSync(file, `"${key}":[`);
    for (let from = 0; from < images; from += 500) writeSync(file, (from === 0 ? '' : ',\n') + numbers.slice(from, from + 500).map(entries).join(',\n'));
    writeSync(file, `]${last}`);
  };
  writeSync(file, '{"categories":[{"id":1,"name":"thing","supercategory":""},{"id":2,"name":"stuff","supercategory":""}],\n');
  list('images', (n) => JSON.stringify({ id: n, file_name: `camera_${n % 7}/${n}.jpg`, width: WIDTH, height: HEIGHT, license: 1, date_captured: '2020-01-01 00:00:00' }), ',\n');
  list('annotations', annotations, '}\n');
  closeSync(file);
}

function annotations(image: number): string {
  return Array.from({ length: INSTANCES_PER_IMAGE }, (_, k) => {
    const id = (image - 1) * INSTANCES_PER_IMAGE + k + 1;
    const outer = Array.from({ length: 24 }, (__, i) => {
      const radius = 30 + (id % 40) + 8 * Math.sin(3 * i + id);
      const centre = [100 + ((id * 37) % 440), 90 + ((id * 53) % 300)];
      return [Math.cos((i * Math.PI) / 12), Math.sin((i * Math.PI) / 12)].map((direction, axis) => Math.round(100 * ((centre[axis] ?? 0) + radius * direction)) / 100);
    }).flat();
    const segmentation = k > 0 ? [outer] : { size: [HEIGHT, WIDTH], counts: encodeCocoCounts(rasterizeParts([{ outer, holes: [] }], HEIGHT, WIDTH).counts) };
    return JSON.stringify({ id, image_id: image, category_id: 1 + (k % 2), iscrowd: 0, area: 0, bbox: [0, 0, 1, 1], segmentation });
  }).join(',\n');
}
