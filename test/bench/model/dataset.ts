import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { coco } from '../../../src-main/datasets/formats/coco/coco.ts';
import { namedFile } from '../../../src-main/datasets/formats/codecs/files.ts';
import type { DatasetSink, ReadImage, ReadInstance } from '../../../src-main/datasets/formats/format.ts';
import { readLabelPicture } from '../../../src-main/datasets/formats/codecs/label-picture.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import { masksOfLabels } from '../../../src-shared/geometry/label-map.ts';
import { rleArea } from '../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../src-shared/geometry/shape.ts';

export interface EvaluationPicture {
  /** For a person. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** The masks to be found (chosenSegments), all of the picture's size. Rejects with a problem of this picture. */
  segments(): Promise<readonly Rle[]>;
}

export interface EvaluationData {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'coco' | 'label-maps';
  readonly pictures: readonly EvaluationPicture[];
}

export interface DataOptions {
  /** Label maps: the number of the person whose segments count, or 'all' of them. */
  readonly person: number | 'all';
  readonly signal: AbortSignal;
  problem(item: string, problem: Problem): void;
}

/** Of a picture's pixels: what is smaller is a speck, what is larger the background. */
export const SHARES = [0.001, 0.8] as const;
export const SEGMENTS_PER_PICTURE = 12;

const share = (mask: Rle): number => rleArea(mask) / (mask.size[0] * mask.size[1]);

/** The segments that are looked for: those of a fitting size, of them the first in the data set's order (of one person's labels, by number). */
function chosenSegments(segments: readonly Rle[]): Rle[] {
  return segments.filter((mask) => share(mask) >= SHARES[0] && share(mask) <= SHARES[1]).slice(0, SEGMENTS_PER_PICTURE);
}

/** Names under which COCO's annotations lie beside their pictures. */
const COCO_FILES = ['instances.json', 'annotations.json', '_annotations.coco.json'];
/** As COCO and its exporters place pictures, relative to the annotations' folder and the one above. */
const PICTURE_FOLDERS = ['.', 'images', '..', '../images'];

/**
 * What to evaluate on: COCO's object annotations (a file, a folder with one beside its pictures, or COCO's own layout), or
 * a folder of label maps, NAME.jpg with NAME.K.png for person K. What cannot be read is told, and the rest goes on.
 * Throws 'not-found' and 'dataset-invalid' when there is nothing to evaluate on.
 */
export async function readEvaluationData(argument: string, options: DataOptions): Promise<EvaluationData> {
  const path = resolve(argument);
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) throw new MaskwrightError('not-found', `There is no data set "${path}". Give a COCO file or folder, or a folder of label maps.`, path);
  const file = there.isFile() ? path : COCO_FILES.map((name) => join(path, name)).find((name) => existsSync(name));
  if (file !== undefined || (await coco.recognise(path))) return readCocoData(path, file ?? path, options);
  return labelMaps(path, options);
}

async function readCocoData(path: string, source: string, { signal, problem }: DataOptions): Promise<EvaluationData> {
  const images = new Map<string, { readonly image: ReadImage; readonly instances: ReadInstance[] }>();
  const sink: DatasetSink = {
    class: () => {},
    image: (image) => void images.set(image.key, { image, instances: [] }),
    instance: (instance) => {
      // A crowd is no object, but a region in which objects are not told apart.
      if (instance.extras?.crowd !== true) images.get(instance.image)?.instances.push(instance);
    },
    extras: () => {},
    problem,
    note: () => {},
  };
  await coco.read?.(source, sink, { signal, progress: () => {}, encoding: null, sizeOf: () => Promise.resolve(null) });
  const folder = source === path && statSync(path).isDirectory() ? path : dirname(source);
  const pictures: EvaluationPicture[] = [];
  for (const { image, instances } of images.values()) {
    const file = image.file ?? (await pictureFile(folder, image.path));
    if (file === null) problem(image.path, { code: 'image-missing', message: `The picture "${image.path}" is not beside the annotations, nor in a folder "images". It was left out.`, item: image.path });
    else pictures.push({ name: image.path, file, segments: () => Promise.resolve(chosenSegments(instances.map((instance) => cocoMask(image, instance)))) });
  }
  if (pictures.length === 0) throw new MaskwrightError('dataset-invalid', `"${path}" names no picture that is there. Put the pictures beside the annotations, or in a folder "images".`, path);
  return { path, kind: 'coco', pictures };
}

async function pictureFile(folder: string, path: string): Promise<string | null> {
  for (const relative of PICTURE_FOLDERS) {
    const base = resolve(folder, relative);
    const found = await namedFile(base, base, path);
    if (found !== null && statSync(found.file).isFile()) return found.file;
  }
  return null;
}

function cocoMask({ path, width, height }: ReadImage, { shape }: ReadInstance): Rle {
  if (shape.kind === 'mask') return shapeToRle(shape, ...shape.size);
  if (width === null || height === null) throw new MaskwrightError('dataset-invalid', `"${path}" was left out: its polygons need its width and height, which the file does not give.`, path);
  return shapeToRle(shape, height, width);
}

const LABEL_MAP = /^(?<name>.+)\.(?<person>\d+)\.png$/i;
const PHOTOGRAPH = /\.(jpe?g|png|webp|tiff?|bmp)$/i;

function labelMaps(folder: string, { person, problem }: DataOptions): EvaluationData {
  const names = readdirSync(folder).toSorted();
  const maps = new Map<string, { readonly file: string; readonly person: number }[]>();
  for (const file of names) {
    const found = LABEL_MAP.exec(file)?.groups;
    if (found === undefined) continue;
    const { name = '' } = found;
    maps.set(name, [...(maps.get(name) ?? []), { file, person: Number(found['person']) }]);
  }
  if (maps.size === 0) throw new MaskwrightError('dataset-invalid', `"${folder}" holds neither COCO annotations (instances.json) nor label maps (NAME.0.png beside NAME.jpg). Choose another folder.`, folder);
  const photographs = new Map(names.filter((name) => PHOTOGRAPH.test(name) && !LABEL_MAP.test(name)).map((name) => [name.replace(PHOTOGRAPH, ''), name]));
  const pictures: EvaluationPicture[] = [];
  for (const [name, found] of maps) {
    const photograph = photographs.get(name);
    const files = found.filter((map) => person === 'all' || map.person === person).toSorted((a, b) => a.person - b.person).map(({ file }) => file);
    if (photograph === undefined) problem(name, { code: 'image-missing', message: `There is no photograph "${name}.jpg" beside its label maps. They were left out.`, item: name });
    else if (files.length > 0) pictures.push({ name: photograph, file: join(folder, photograph), segments: () => segmentsOfMaps(folder, files) });
  }
  if (pictures.length === 0) throw new MaskwrightError('dataset-invalid', `"${folder}" holds no photograph with a label map of ${person === 'all' ? 'anybody' : `person ${person}`}.`, folder);
  return { path: folder, kind: 'label-maps', pictures };
}

/** Label 0 is unlabelled. */
async function segmentsOfMaps(folder: string, files: readonly string[]): Promise<Rle[]> {
  const segments: Rle[] = [];
  for (const file of files) {
    const { map, width, height } = await readLabelPicture(folder, file);
    segments.push(...chosenSegments([...masksOfLabels(map, height, width)].toSorted(([a], [b]) => a - b).map(([, mask]) => mask)));
  }
  return segments;
}
