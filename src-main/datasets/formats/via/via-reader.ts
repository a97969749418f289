import { stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Extras } from '../../extras.ts';
import { listFiles, namedFile, readHead, readText } from '../codecs/files.ts';
import { parsePythonJson } from '../codecs/python-json.ts';
import type { DatasetSink, ReadInstance, ReadRun } from '../format.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { ClassesTold } from '../parts/classes-told.ts';
import { counted } from '../parts/counted.ts';
import { fieldsOf, Forgiven } from '../parts/forgiven.ts';
import { shapeFrom, WITHOUT_AREA } from './via-shape.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The region attribute that is the class, best first; without one of these, the only attribute that a project has. */
const CLASS_ATTRIBUTES = ['class', 'label', 'category', 'type', 'name', 'object', 'class_name', 'label_name'];
export const GROUP_ATTRIBUTE = 'group';

/** VIA 1 and 2: a project, or annotations exported as JSON, which are the project's list of images alone. */
export const looksLikeVia = (head: string): boolean =>
  /^\s*\{/.test(head) && (/"_via_(settings|img_metadata|attributes)"\s*:/.test(head) || (/"filename"\s*:\s*"/.test(head) && /"regions"\s*:\s*[[{]/.test(head) && /"(file_attributes|shape_attributes|region_attributes)"\s*:/.test(head)));

/** Reads the VGG Image Annotator's JSON: one file, or all such files of a folder. Images lie beside the file or in a folder of it. */
export async function readVia(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const files = isFolder ? await viaFiles(path, sink, run) : [basename(path)];
  const reader = new ViaReader(folder, sink, run);
  for (const [i, file] of files.entries()) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    await reader.file(file);
    run.progress(i + 1, files.length);
  }
  reader.end();
  if (reader.images === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no VIA annotations: it names no images.`, path);
}

async function viaFiles(folder: string, sink: DatasetSink, run: ReadRun): Promise<string[]> {
  const all = await listFiles(folder, new Set(['.json']), { signal: run.signal, problem: sink.problem.bind(sink) });
  const found: string[] = [];
  for (const file of all) if (looksLikeVia(await readHead(join(folder, ...file.split('/'))))) found.push(file);
  return found;
}

class ViaReader {
  readonly #folder: string;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes: ClassesTold;
  readonly #forgiven = new Forgiven();
  readonly #paths = new Set<string>();
  images = 0;

  constructor(folder: string, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#sink = sink;
    this.#run = run;
    this.#classes = new ClassesTold(sink);
  }

  async file(file: string): Promise<void> {
    const document = fieldsOf(parsed(await readText(join(this.#folder, ...file.split('/')), file, this.#run), file));
    const images = fieldsOf(document?.['_via_img_metadata']) ?? document;
    if (images === null) throw new MaskwrightError('dataset-invalid', `"${file}" is not a VIA file: it is not an object.`, file);
    const rows = Object.values(images).map(fieldsOf).filter((row) => row !== null && typeof row['filename'] === 'string') as Fields[];
    const cls = this.#classAttribute(document, rows, file);
    for (const row of rows) await this.#image(row, file, cls);
    if (document !== images && document !== null) {
      const { _via_img_metadata: _images, _via_image_id_list: _ids, _via_data_format_version: _version, ...rest } = document;
      const kept = this.#forgiven.kept('project', rest);
      this.#sink.extras(Object.keys(kept).length === 0 ? {} : { own: { via: kept } });
    }
  }

  end(): void {
    this.#forgiven.tell(this.#sink);
  }

  /** The attribute of regions that is taken for the class, and tells the classes that the project lists for it. Null for none. */
  #classAttribute(document: Fields | null, rows: readonly Fields[], file: string): string | null {
    const declared = fieldsOf(fieldsOf(document?.['_via_attributes'])?.['region']) ?? {};
    const names = new Set([...Object.keys(declared), ...rows.flatMap((row) => regionsOf(row).flatMap(({ attributes }) => Object.keys(attributes)))]);
    const known = CLASS_ATTRIBUTES.flatMap((wanted) => [...names].find((name) => name.trim().toLowerCase() === wanted) ?? []);
    const others = [...names].filter((name) => name !== GROUP_ATTRIBUTE);
    const chosen = known[0] ?? (others.length === 1 ? (others[0] ?? null) : null);
    if (chosen === null && others.length > 1) this.#sink.problem(file, { code: 'dataset-invalid', message: `"${file}": none of its region attributes (${others.slice(0, 6).join(', ')}) is named like a class, so objects came in without one and the attributes are kept. Rename the one that is the class to "class" and import again.`, item: file });
    else if (chosen !== null && others.length > 1) this.#sink.note(`${file}: the region attribute "${chosen}" was taken for the class; the others are kept as attributes.`);
    for (const option of chosen === null ? [] : Object.keys(fieldsOf(fieldsOf(declared[chosen])?.['options']) ?? {})) this.#classes.key(option);
    return chosen;
  }

  async #image(row: Fields, file: string, cls: string | null): Promise<void> {
    const path = posix.join(posix.dirname(file), String(row['filename']).replaceAll('\\', '/'));
    if (this.#paths.has(path)) return this.#leaveOut(path, 'another entry has the same file name');
    this.#paths.add(path);
    this.images++;
    const found = (await namedFile(this.#folder, this.#folder, path))?.file ?? null;
    const size = found === null ? null : await this.#run.sizeOf(found);
    const { filename: _filename, size: _size, regions: _regions, file_attributes, fileref: _fileref, base64_img_data: _data, ...rest } = row;
    const kept: unknown[] = [];
    const instances = regionsOf(row).flatMap((region, i) => this.#region(region, path, i, cls, kept));
    const more = this.#forgiven.kept('image', { ...rest, ...(kept.length === 0 ? {} : { regions: kept }) });
    const attributes = this.#attributes(fieldsOf(file_attributes) ?? {});
    this.#sink.image({ key: path, path, file: found, width: size?.width ?? null, height: size?.height ?? null, split: null, extras: { ...(Object.keys(attributes).length === 0 ? {} : { attributes }), ...(Object.keys(more).length === 0 ? {} : { own: { via: more } }) } });
    if (kept.length > 0) this.#sink.problem(path, { code: 'dataset-invalid', message: `${counted(kept.length, 'point or line', 'points or lines')} of "${path}" ${kept.length === 1 ? 'has' : 'have'} no area: kept for VIA, not shown.`, item: path });
    for (const instance of instances) this.#sink.instance(instance);
  }

  #region({ shape: said, attributes, region }: Region, image: string, index: number, cls: string | null, kept: unknown[]): ReadInstance[] {
    if (WITHOUT_AREA.has(String(said['name']))) {
      kept.push(region);
      return [];
    }
    try {
      const shape = shapeFrom(said);
      const { [cls ?? '']: name, [GROUP_ATTRIBUTE]: group, ...rest } = attributes;
      const drawn = said['name'] === 'circle' || said['name'] === 'ellipse' ? this.#forgiven.kept('region', { drawn: said }) : {};
      const extras: Extras = {
        ...extrasOf(this.#attributes(rest)), ...(typeof group === 'string' && group.trim() !== '' ? { group: /^(0|[1-9]\d{0,14})$/.test(group) ? Number(group) : group } : {}), ...(Object.keys(drawn).length === 0 ? {} : { own: { via: drawn } }),
      };
      return [{ image, class: cls === null ? null : this.#classes.key(chosenOption(name)), shape, extras }];
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#leaveOut(`${image}, region ${index + 1}`, error.message);
      return [];
    }
  }

  /** Checkboxes are an object of options that are true: their names, in their order. */
  #attributes(fields: Fields): Record<string, Scalar> {
    const out: Record<string, Scalar> = {};
    for (const [name, value] of Object.entries(fields)) {
      if (name === '__proto__') continue;
      if (value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) out[name] = value;
      else if (fieldsOf(value) !== null) out[name] = chosenOptions(value).join(', ');
      else this.#forgiven.ignored('image or region', name.slice(0, 60), 'is neither text nor a number');
    }
    return out;
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${why}.`, item });
  }
}

interface Region {
  readonly shape: Fields;
  readonly attributes: Fields;
  readonly region: unknown;
}

/** A list since VIA 2, before that an object of numbers. */
function regionsOf(row: Fields): Region[] {
  const regions = Array.isArray(row['regions']) ? (row['regions'] as unknown[]) : Object.values(fieldsOf(row['regions']) ?? {});
  return regions.map((region) => ({ shape: fieldsOf(fieldsOf(region)?.['shape_attributes']) ?? {}, attributes: fieldsOf(fieldsOf(region)?.['region_attributes']) ?? {}, region }));
}

const chosenOptions = (value: unknown): string[] => Object.entries(fieldsOf(value) ?? {}).filter(([, chosen]) => chosen === true).map(([name]) => name);

/** The class that is written as text, or the only box that is checked. */
function chosenOption(value: unknown): unknown {
  const options = chosenOptions(value);
  return fieldsOf(value) === null ? value : options.length === 1 ? options[0] : null;
}

function parsed(text: string, item: string): unknown {
  try {
    return parsePythonJson(text);
  } catch (error) {
    throw new MaskwrightError('dataset-invalid', `"${item}" is not valid JSON (${error instanceof Error ? error.message : String(error)}).`, item, { cause: error });
  }
}
