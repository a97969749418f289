import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import type { Beside } from '../../whole-losses.ts';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';
import { readHead } from '../codecs/files.ts';
import { sampleFolder, someOf } from '../codecs/folder-sample.ts';
import type { FolderSample } from '../codecs/folder-sample.ts';
import { looksLikeMasks } from '../masks/masks-loose.ts';
import { copyPicture } from '../parts/copy-picture.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, WriteRun, WriteSummary } from '../format.ts';
import { forEachImage, inPaintingOrder, WriteTally } from '../parts/writing.ts';
import { labelPath } from './yolo-labels.ts';
import { readYolo, YOLO_ROW } from './yolo-reader.ts';
import { ANY_TEXT } from '../codecs/text.ts';
import { yoloDescription } from './yolo-layout.ts';
import { keptPose, keypointsWritten, poseText } from './yolo-pose.ts';
import type { Pose } from './yolo-pose.ts';
import { yoloExtension } from './yolo-picture.ts';
import { readBackImage } from './yolo-read-back.ts';
import { yoloBox, yoloRing, yoloRotatedBox } from './yolo-shape.ts';
import { yamlText } from '../codecs/yaml.ts';

const Options = z.strictObject({
  labels: z.enum(['polygons', 'boxes', 'rotated-boxes', 'keypoints']).default('polygons').describe('Outlines for segmentation, boxes for detection, the smallest rotated boxes (OBB), or boxes with the keypoints that were imported for pose'),
  copyImages: z.boolean().default(true).describe('Copy the pictures into the data set'),
});
type Options = z.output<typeof Options>;

/** Ultralytics' YOLO layout (https://docs.ultralytics.com/datasets/segment/ and /detect/). */
export const yolo: DatasetFormat<typeof Options> = {
  id: 'yolo',
  name: FORMAT_NAMES.yolo,
  form: 'folder',
  options: Options,
  recognise,
  resembles: hasLabels,
  read: readYolo,
  write: writeYolo,
  keeps: () => new Set<Beside>(['emptyClasses', 'emptyImages', 'own.yolo', 'splits']),
  readBackImage,
};

async function recognise(path: string): Promise<boolean> {
  const isFolder = (await stat(path)).isDirectory();
  if (!isFolder && !/\.ya?ml$/i.test(path)) return false;
  const description = await yoloDescription(path, ANY_TEXT).catch(() => null);
  if (description === null || !isFolder || description.splits !== null) return description !== null;
  // A list of names is found beside label images too.
  const sample = await sampleFolder(path);
  return (await hasLabels(sample)) || !looksLikeMasks(sample.files);
}

/** Whether there are images, and text files with rows of labels. */
async function hasLabels(sample: FolderSample): Promise<boolean> {
  if (!sample.files.some((file) => IMAGE_EXTENSIONS.has(extname(file).toLowerCase()))) return false;
  for (const file of someOf(sample, '.txt', 16)) if (YOLO_ROW.test(await readHead(join(sample.folder, file)))) return true;
  return false;
}

/** data.yaml, images/SPLIT and labels/SPLIT; what has no split is in train. */
async function writeYolo(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = source.classes();
  const indices = new Map(classes.map(({ id }, index) => [id, index]));
  const names = new SafeNames();
  const folders = new SplitFolders();
  const pose = options.labels === 'keypoints' ? keptPose(source.extras()) : null;
  await forEachImage(source, filter, tally, async (image, name, instances) => {
    const split = folders.of(image.split);
    // The labels' name is unique, so the picture's is. The layout has a folder "images" already.
    const inner = withoutExtension(name).replace(/^images\//, '');
    const picture = `images/${withoutExtension(names.take(`${split}/${inner}`, '.txt'))}${yoloExtension(name)}`;
    const rows = inPaintingOrder(instances).flatMap((instance) => rowOf(instance, image, instance.class === null ? undefined : indices.get(instance.class), pose, options, tally));
    await out.write(labelPath(picture), (sink) => sink.write(rows.join('')));
    if (options.copyImages) await copyPicture(out, picture, image, tally);
    tally.images++;
    tally.instances += rows.length;
  });
  await out.write('data.yaml', (sink) => sink.write(description(folders.used, pose, classes.map(({ name }) => name))));
  return tally.summary();
}

/** Nothing when there is nothing to write, which has then been counted or told. */
function rowOf({ id, shape, extras }: DatasetInstance, image: SizedImage, index: number | undefined, pose: Pose | null, { labels }: Options, tally: WriteTally): string[] {
  if (index === undefined) {
    tally.unlabelled++;
    return [];
  }
  const item = `${image.path}, instance ${id}`;
  try {
    const row = labels === 'polygons' ? yoloRing(shape, image.width, image.height)?.text : labels === 'rotated-boxes' ? yoloRotatedBox(shape, image.width, image.height)?.text : yoloBox(shape, image.width, image.height)?.text;
    if (row !== undefined) return [`${[index, ...row, ...(pose === null ? [] : keypointsWritten(extras, pose))].join(' ')}\n`];
    throw new MaskwrightError('export-failed', `Instance ${id} on "${image.path}" was left out: it covers no pixel.`, item);
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    tally.leaveOut(item, error);
    return [];
  }
}

const WORDS: Readonly<Record<string, string>> = { training: 'train', valid: 'val', validation: 'val', testing: 'test' };

/** Names that data.yaml uses for something else. */
const RESERVED = new Set(['path', 'names', 'nc', 'download', 'channels', 'images', 'labels']);

/** A folder for each split, no two that differ only by case. */
class SplitFolders {
  readonly used = new Set<string>();
  readonly #names = new SafeNames();
  /** What is usual keeps its name, whatever comes first. */
  readonly #folders = new Map(['train', 'val', 'test'].map((split) => [split, this.#names.take(split, '')]));

  of(split: string | null): string {
    const plain = split === null ? 'train' : (WORDS[split.toLowerCase()] ?? split);
    const folder = this.#folders.get(plain) ?? this.#names.take(`${plain.replaceAll('/', '_')}${RESERVED.has(plain.toLowerCase()) ? '_' : ''}`, '');
    this.#folders.set(plain, folder);
    this.used.add(folder);
    return folder;
  }
}

/** Ultralytics asks for `train` and `val`: where one of them is missing, the other stands in. Without `path`, folders are relative to data.yaml. */
function description(splits: ReadonlySet<string>, pose: Pose | null, names: readonly string[]): string {
  const [first = 'train'] = splits;
  const standIn = (wanted: string): string => (splits.has(wanted) ? wanted : ['train', 'val'].find((other) => splits.has(other)) ?? first);
  const folders: [string, string][] = [['train', standIn('train')], ['val', standIn('val')], ...[...splits].filter((split) => split !== 'train' && split !== 'val').toSorted().map((split): [string, string] => [split, split])];
  return `${folders.map(([key, folder]) => `${/^[a-z]+$/.test(key) ? key : yamlText(key)}: ${yamlText(`images/${folder}`)}\n`).join('')}${pose === null ? '' : poseText(pose)}names:\n${names.map((name, i) => `  ${i}: ${yamlText(name)}\n`).join('')}`;
}
