import { stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { Colour } from '../../../../src-shared/domain/schema.ts';
import type { Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import { rleDifference, rleIntersection } from '../../../../src-shared/geometry/rle-algebra.ts';
import { maskShape, shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { readText, statOf } from '../codecs/files.ts';
import { parseYaml } from '../codecs/yaml.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { ClassesTold } from '../parts/classes-told.ts';
import { counted } from '../parts/counted.ts';
import { fieldsOf, Forgiven, numeral } from '../parts/forgiven.ts';
import { readJsonFiles } from '../parts/json-files.ts';
import type { ImageDocument } from '../parts/json-files.ts';
import { pointRing } from '../parts/point-ring.ts';

/** Polygons of this class take away from what lies under them. */
export const BACKGROUND = '__background__';

interface Polygon {
  readonly category: string;
  readonly group: number | null;
  readonly layer: number;
  readonly ring: Ring;
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * Reads ISAT's files (https://github.com/yatengLG/ISAT_with_segment_anything), one an image. Polygons of one group and class are
 * the parts of one object; polygons of the class __background__ are cut out of lower layers.
 */
export async function readIsat(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const reader = new IsatReader(sink);
  await reader.config(folder, run);
  await readJsonFiles(path, sink, run, {
    name: 'ISAT',
    takes: ({ info, objects }) => fieldsOf(info) !== null && Array.isArray(objects),
    tell: (entry) => reader.tell(entry),
  });
  reader.end();
}

class IsatReader {
  readonly #sink: DatasetSink;
  readonly #classes: ClassesTold;
  readonly #forgiven = new Forgiven();
  #cut = 0;

  constructor(sink: DatasetSink) {
    this.#sink = sink;
    this.#classes = new ClassesTold(sink);
  }

  /** The classes and colors of isat.yaml, if the folder has one. */
  async config(folder: string, run: ReadRun): Promise<void> {
    const file = join(folder, 'isat.yaml');
    if ((await statOf(file))?.isFile() !== true) return;
    try {
      const document = parseYaml(await readText(file, 'isat.yaml', run), 'isat.yaml');
      const rows: unknown = document instanceof Map ? document.get('label') : null;
      for (const row of Array.isArray(rows) ? rows : []) {
        const { name, color } = row instanceof Map ? (Object.fromEntries(row) as Record<string, unknown>) : {};
        if (name === BACKGROUND) continue;
        const colour = typeof color === 'string' ? this.#forgiven.field('class', 'color', color.toLowerCase(), Colour) : undefined;
        this.#classes.key(name, colour === undefined ? {} : { colour });
      }
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#sink.problem('isat.yaml', { code: 'dataset-invalid', message: `"isat.yaml" was left out with the colors of classes, because it cannot be read (${error.message.replace(/\.$/, '')}).`, item: 'isat.yaml' });
    }
  }

  tell({ file, document }: ImageDocument): void {
    const { name, width, height, description: _program, folder: _folder, depth: _depth, note, ...rest } = fieldsOf(document['info']) ?? {};
    if (typeof name !== 'string' || name.trim() === '') throw new MaskwrightError('dataset-invalid', 'it does not name its image.', file);
    const [h, w] = [numeral(height), numeral(width)];
    if (h === undefined || w === undefined || ![h, w].every((side) => Number.isInteger(side) && side >= 1 && side <= 65_535)) throw new MaskwrightError('dataset-invalid', 'it does not say the size of its image.', file);
    const path = posix.join(posix.dirname(file), name.replaceAll('\\', '/'));
    const kept = this.#forgiven.kept('image', rest);
    this.#sink.image({ key: file, path, file: null, width: w, height: h, split: null, extras: { ...(typeof note === 'string' && note !== '' ? { description: note } : {}), ...(Object.keys(kept).length === 0 ? {} : { own: { isat: kept } }) } });
    const polygons = this.#polygons(document['objects'], path);
    const holes = polygons.filter(({ category }) => category === BACKGROUND);
    for (const [i, parts] of objectsOf(polygons.filter(({ category }) => category !== BACKGROUND)).entries()) {
      const [first] = parts;
      if (first === undefined) continue;
      const above = holes.filter(({ layer }) => layer > first.layer);
      const shape = this.#withoutHoles({ kind: 'polygon', parts: parts.map(({ ring }) => ({ outer: ring, holes: [] })) }, above, h, w);
      if (shape === null) this.#leaveOut(`${path}, object ${i + 1}`, 'background polygons cover all of it');
      else this.#sink.instance({ image: file, class: this.#classes.key(first.category), shape, z: first.layer, extras: this.#extras(first) });
    }
  }

  end(): void {
    if (this.#cut > 0) this.#sink.note(`${counted(this.#cut, 'object')} became ${this.#cut === 1 ? 'a mask' : 'masks'}, because polygons of the class "${BACKGROUND}" are cut out of ${this.#cut === 1 ? 'it' : 'them'}.`);
    this.#forgiven.tell(this.#sink);
  }

  #polygons(objects: unknown, path: string): Polygon[] {
    return (Array.isArray(objects) ? objects : []).flatMap((value: unknown, i) => {
      const row = fieldsOf(value);
      const ring = pointRing(row?.['segmentation']);
      const item = `${path}, polygon ${i + 1}`;
      if (row === null || ring === null) {
        this.#leaveOut(item, 'it has no three corners');
        return [];
      }
      const category = typeof row['category'] === 'string' ? row['category'] : '';
      const group = this.#forgiven.number('polygon', 'group', row['group'] === '' ? null : row['group']) ?? null;
      return [{ category, group, layer: this.#forgiven.number('polygon', 'layer', row['layer']) ?? i + 1, ring, row }];
    });
  }

  /** Null when nothing is left. */
  #withoutHoles(shape: Shape, above: readonly Polygon[], height: number, width: number): Shape | null {
    if (above.length === 0) return shape;
    const whole = shapeToRle(shape, height, width);
    const holes = rasterizeParts(above.map(({ ring }) => ({ outer: ring, holes: [] })), height, width);
    if (rleArea(rleIntersection(whole, holes)) === 0) return shape;
    this.#cut++;
    const rest = rleDifference(whole, holes);
    return rleArea(rest) === 0 ? null : maskShape(rest);
  }

  #extras({ row }: Polygon): Extras {
    const { category: _category, group: _group, segmentation: _segmentation, area: _area, layer: _layer, bbox: _bbox, iscrowd, note, ...rest } = row;
    const kept = this.#forgiven.kept('polygon', rest);
    return {
      ...(this.#forgiven.flag('polygon', 'iscrowd', iscrowd) ? { crowd: true as const } : {}), ...(typeof note === 'string' && note !== '' ? { description: note } : {}), ...(Object.keys(kept).length === 0 ? {} : { own: { isat: kept } }),
    };
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${why}.`, item });
  }
}

/** Polygons of one group and class, in the order of their layers. Those without a group stand alone. */
function objectsOf(polygons: readonly Polygon[]): Polygon[][] {
  const groups = Map.groupBy(polygons.entries(), ([i, { group, category }]) => (group === null ? `alone ${i}` : `${group} ${category}`));
  return [...groups.values()].map((members) => members.map(([, polygon]) => polygon)).toSorted((a, b) => (a[0]?.layer ?? 0) - (b[0]?.layer ?? 0));
}
