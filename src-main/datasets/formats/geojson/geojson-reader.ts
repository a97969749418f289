import { stat } from 'node:fs/promises';
import { dirname, extname, posix } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { PolygonPart, Ring } from '../../../../src-shared/domain/schema.ts';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';
import type { Extras } from '../../extras.ts';
import { withoutExtension } from '../../safe-names.ts';
import { listFiles, namedFile } from '../codecs/files.ts';
import type { DatasetSink, ReadInstance, ReadRun } from '../format.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { ClassesTold } from '../parts/classes-told.ts';
import { counted } from '../parts/counted.ts';
import { fieldsOf, Forgiven, numeral } from '../parts/forgiven.ts';
import { readJsonFiles } from '../parts/json-files.ts';
import type { ImageDocument } from '../parts/json-files.ts';
import { pointRing } from '../parts/point-ring.ts';

const WITHOUT_AREA: ReadonlySet<unknown> = new Set(['Point', 'MultiPoint', 'LineString', 'MultiLineString']);
const invalid = (why: string): MaskwrightError => new MaskwrightError('dataset-invalid', why);

/** Reads GeoJSON in pixels, a file for each image: a collection of features, one feature, or a list of features as older QuPath exports it. */
export async function readGeojson(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const images = await listFiles(folder, IMAGE_EXTENSIONS, { signal: run.signal, problem: () => undefined });
  const reader = new GeojsonReader(folder, Map.groupBy(images, withoutExtension), sink, run);
  await readJsonFiles(path, sink, run, {
    name: 'GeoJSON',
    extensions: new Set(['.geojson', '.json']),
    listed: (features) => ({ type: 'FeatureCollection', features }),
    takes: ({ type, features }) => type === 'Feature' || (type === 'FeatureCollection' && Array.isArray(features)),
    tell: (entry) => reader.tell(entry),
  });
  reader.end();
}

class GeojsonReader {
  readonly #folder: string;
  /** By path without extension. */
  readonly #images: ReadonlyMap<string, readonly string[]>;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes: ClassesTold;
  readonly #forgiven = new Forgiven();

  constructor(folder: string, images: ReadonlyMap<string, readonly string[]>, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#images = images;
    this.#sink = sink;
    this.#run = run;
    this.#classes = new ClassesTold(sink);
  }

  async tell({ file, document }: ImageDocument): Promise<void> {
    if (document['crs'] !== undefined) throw invalid('its coordinates are geographic ("crs"). Export it in pixels of the image.');
    const features = document['type'] === 'Feature' ? [document] : document['features'];
    const { features: _features, type: _type, image: said, properties, ...rest } = document['type'] === 'Feature' ? { features: [], type: '', image: undefined, properties: undefined } : document;
    const image = await this.#image(file, fieldsOf(said));
    const kept: unknown[] = [];
    const instances = (Array.isArray(features) ? features : []).flatMap((feature: unknown, i) => this.#feature(feature, file, `${image.path}, feature ${i + 1}`, kept));
    const attributes = this.#attributes(fieldsOf(properties) ?? {});
    const more = this.#forgiven.kept('file', { ...rest, ...(kept.length === 0 ? {} : { features: kept }) });
    this.#sink.image({ key: file, ...image, split: null, extras: { ...(Object.keys(attributes).length === 0 ? {} : { attributes }), ...own(more) } });
    for (const instance of instances) this.#sink.instance(instance);
    if (kept.length > 0) this.#sink.problem(image.path, { code: 'dataset-invalid', message: `${counted(kept.length, 'point or line', 'points or lines')} of "${image.path}" ${kept.length === 1 ? 'has' : 'have'} no area: kept for GeoJSON, not shown.`, item: image.path });
  }

  end(): void {
    this.#forgiven.tell(this.#sink);
  }

  /** The image that the file names (as ours do), else the one beside it with its name. */
  async #image(file: string, said: Readonly<Record<string, unknown>> | null): Promise<{ path: string; file: string | null; width: number | null; height: number | null }> {
    const name = typeof said?.['file_name'] === 'string' ? posix.join(posix.dirname(file), said['file_name'].replaceAll('\\', '/')) : this.#beside(file);
    const found = (await namedFile(this.#folder, this.#folder, name))?.file ?? null;
    const [width, height] = [numeral(said?.['width']), numeral(said?.['height'])];
    if (width !== undefined && height !== undefined && [width, height].every((side) => Number.isInteger(side) && side >= 1 && side <= 65_535)) return { path: name, file: found, width, height };
    const size = found === null ? null : await this.#run.sizeOf(found);
    return { path: name, file: found, width: size?.width ?? null, height: size?.height ?? null };
  }

  #beside(file: string): string {
    const stem = file.replace(/\.(geojson|json)$/i, '');
    if (IMAGE_EXTENSIONS.has(extname(stem).toLowerCase())) return stem;
    const images = this.#images.get(stem) ?? [];
    if (images.length > 1) throw new MaskwrightError('conflict', `several images could be meant: ${images.join(', ')}.`, file);
    return images[0] ?? stem;
  }

  /** Nothing for what cannot be used, which has been reported, and for what has no area, which goes to `kept`. */
  #feature(value: unknown, image: string, item: string, kept: unknown[]): ReadInstance[] {
    try {
      const feature = fieldsOf(value);
      const geometry = fieldsOf(feature?.['geometry']);
      if (feature === null || geometry === null) throw invalid('it has no geometry');
      if (WITHOUT_AREA.has(geometry['type'])) {
        kept.push(value);
        return [];
      }
      const { type: _type, geometry: _geometry, properties, ...rest } = feature;
      const { classification, metadata, description, group, ...others } = fieldsOf(properties) ?? {};
      const cls = this.#class(classification);
      const more = this.#forgiven.kept('feature', { ...rest, ...(Object.keys(others).length === 0 ? {} : { properties: others }) });
      return [{
        image, class: cls, shape: { kind: 'polygon', parts: partsOf(geometry) },
        extras: {
          ...extrasOf(this.#attributes(fieldsOf(metadata) ?? {}), ['description']), ...(typeof description === 'string' && description !== '' ? { description } : {}),
          ...((typeof group === 'number' && Number.isSafeInteger(group)) || (typeof group === 'string' && group !== '' && group.length <= 500) ? { group } : {}), ...own(more),
        },
      }];
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${error.message}.`.replace(/\.\.$/, '.'), item });
      return [];
    }
  }

  /** QuPath's classification: a name and a color, as three numbers since 0.4, as one before. */
  #class(value: unknown): string | null {
    if (typeof value === 'string') return this.#classes.key(value);
    const { name, names, color, colorRGB } = fieldsOf(value) ?? {};
    const said = name ?? (Array.isArray(names) ? names.join(': ') : undefined);
    const packed = numeral(colorRGB);
    const channels = Array.isArray(color) && color.length === 3 && color.every((of) => Number.isInteger(of) && Number(of) >= 0 && Number(of) <= 255) ? (color as number[]) : packed === undefined ? null : [(packed >> 16) & 255, (packed >> 8) & 255, packed & 255];
    return this.#classes.key(said, channels === null ? {} : { colour: `#${Buffer.from(channels).toString('hex')}` });
  }

  #attributes(fields: Readonly<Record<string, unknown>>): Record<string, Scalar> {
    const out: Record<string, Scalar> = {};
    for (const [name, value] of Object.entries(fields)) {
      if (name === '__proto__') continue;
      if (value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) out[name] = value;
      else this.#forgiven.ignored('feature', name.slice(0, 60), 'is neither text nor a number');
    }
    return out;
  }
}

/** RFC 7946: the first ring is the outline, the others are holes; a ring ends where it begins. */
function partsOf(geometry: Readonly<Record<string, unknown>>): PolygonPart[] {
  const { type, coordinates } = geometry;
  if (type !== 'Polygon' && type !== 'MultiPolygon') throw invalid(`geometries of the type "${String(type).slice(0, 40)}" are unknown`);
  const polygons = type === 'Polygon' ? [coordinates] : coordinates;
  const parts = (Array.isArray(polygons) ? polygons : []).flatMap((polygon: unknown) => {
    const [outer, ...holes] = (Array.isArray(polygon) ? polygon : []).map(ringOf);
    return outer == null ? [] : [{ outer, holes: holes.filter((hole) => hole !== null) }];
  });
  if (parts.length === 0) throw invalid('it has no three corners');
  return parts;
}

function ringOf(value: unknown): Ring | null {
  const ring = pointRing(value);
  if (ring === null) return null;
  const isClosed = ring[0] === ring.at(-2) && ring[1] === ring.at(-1);
  const open = isClosed ? ring.slice(0, -2) : ring;
  return open.length >= 6 ? open : null;
}

const own = (fields: NonNullable<Extras['own']>[string]): Extras => (Object.keys(fields).length === 0 ? {} : { own: { geojson: fields } });

