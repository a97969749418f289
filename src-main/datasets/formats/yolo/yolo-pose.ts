import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Extras } from '../../extras.ts';
import { yamlText } from '../codecs/yaml.ts';
import type { YamlValue } from '../codecs/yaml.ts';

const count = z.coerce.number().int().nonnegative().max(10_000);

/** What a data.yaml says of keypoints (https://docs.ultralytics.com/datasets/pose/), as it is kept in `own.yolo` of the data set. */
const Pose = z.object({
  /** How many keypoints an object has, and how many numbers each: x and y, or x, y and visibility. */
  kpt_shape: z.tuple([count.min(1), count.min(1)]),
  /** The places of keypoints when the picture is mirrored. */
  flip_idx: z.array(count).exactOptional(),
  /** By the index of the class. */
  kpt_names: z.record(z.string(), z.array(z.string().max(500))).exactOptional(),
});
export type Pose = z.infer<typeof Pose>;

/** Null for data without keypoints. */
export function poseOf(document: ReadonlyMap<string, YamlValue>): Pose | null {
  const kpt_shape = Pose.shape.kpt_shape.safeParse(document.get('kpt_shape'));
  if (!kpt_shape.success) return null;
  const names = document.get('kpt_names');
  const flip_idx = Pose.shape.flip_idx.safeParse(document.get('flip_idx'));
  const kpt_names = Pose.shape.kpt_names.safeParse(names instanceof Map ? Object.fromEntries(names) : undefined);
  return { kpt_shape: kpt_shape.data, ...(flip_idx.data === undefined ? {} : { flip_idx: flip_idx.data }), ...(kpt_names.data === undefined ? {} : { kpt_names: kpt_names.data }) };
}

/** Of a data set whose keypoints are to be written. Throws 'export-failed' when none are known. */
export function keptPose(extras: Extras): Pose {
  const read = Pose.safeParse(extras.own?.['yolo']);
  if (read.success) return read.data;
  throw new MaskwrightError('export-failed', 'There are no keypoints to write: they come into a project with a YOLO pose data set only. Choose outlines or boxes.');
}

/** Lines of data.yaml. */
export const poseText = ({ kpt_shape, flip_idx, kpt_names }: Pose): string =>
  [
    `kpt_shape: [${kpt_shape.join(', ')}]\n`,
    ...(flip_idx === undefined ? [] : [`flip_idx: [${flip_idx.join(', ')}]\n`]),
    ...(kpt_names === undefined ? [] : ['kpt_names:\n', ...Object.entries(kpt_names).map(([index, names]) => `  ${/^\d+$/.test(index) ? index : yamlText(index)}: [${names.map(yamlText).join(', ')}]\n`)]),
  ].join('');

const Keypoints = z.array(z.number());

/** Numbers behind the box of a row: fractions of the picture, and visibilities. Null for an instance without keypoints. */
const keypointsOf = (extras: Extras): readonly number[] | null => Keypoints.safeParse(extras.own?.['yolo']?.['keypoints']).data ?? null;

/** How many numbers a row has behind its box. */
export const numbersOf = ({ kpt_shape: [points, each] }: Pose): number => points * each;

/** Zeros are what Ultralytics has for keypoints that are not labelled. */
export function keypointsWritten(extras: Extras, pose: Pose): readonly number[] {
  const keypoints = keypointsOf(extras);
  return keypoints?.length === numbersOf(pose) ? keypoints : Array.from({ length: numbersOf(pose) }, () => 0);
}

/** For the preflight. @param pose null where keypoints are not written */
export function keypointLosses(extras: Extras, pose: Pose | null): string[] {
  const keypoints = keypointsOf(extras);
  if (pose === null) return keypoints === null ? [] : ['its keypoints are not kept: they need labels=keypoints'];
  if (keypoints === null) return ['it has no keypoints, and gets some that count as not labelled'];
  return keypoints.length === numbersOf(pose) ? [] : [`its keypoints are not kept: those of the data set have ${numbersOf(pose)} numbers, its own ${keypoints.length}`];
}
