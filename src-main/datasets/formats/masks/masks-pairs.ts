import { posix } from 'node:path';
import { layoutOf } from '../parts/layout.ts';
import type { Layout } from '../parts/layout.ts';

/** Label images of each image of a folder, as names and folders show them. */
export interface Pairs {
  /** By image; both relative with forward slashes. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** Label images without an image, and those that fit several, with these. */
  readonly alone: readonly string[];
  readonly ambiguous: ReadonlyMap<string, readonly string[]>;
  /** How many were paired by their bare name, their folders being different. */
  readonly byNameOnly: number;
}

const IMAGES: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.bmp', '.gif', '.avif']);
/** Formats that label images are stored in. JPEG is reported, because it changes values. */
const LABELS: ReadonlySet<string> = new Set(['.png', '.tif', '.tiff', '.bmp', '.gif', '.jpg', '.jpeg']);
/** What programs put behind or before the image's name: `a_mask`, `a_mask_1`, `a_cp_masks`, `gt_a`. */
const SUFFIX = /[_\- .](?:cp_masks?|masks?|labels?|label_?ids?|segs?|segmentation|gt|ground_?truth|annotation|instances?|instance_?ids?)(?:[_\- ]?\d{1,4})?$/i;
/** CamVid's, which means something else outside of a folder of label images. */
const CAMVID = /_L$/;
const PREFIX = /^(?:masks?|labels?|gt|segs?)[_\- ]/i;
const IMAGE_SUFFIX = /[_\- ](?:image|img|im|sat|rgb)$/i;
const IMAGE_PREFIX = /^(?:image|img|im)[_\- ]/i;

interface File {
  readonly file: string;
  readonly layout: Layout;
}

/**
 * Pairs label images with images among these files. A label image is in a folder named for it (masks, labels, annotations, …),
 * or beside its image with `_mask` or the like added to the name. It belongs to the image of the same path but for folders that
 * are only layout and for such additions; else to the only image of its folder (one folder per image, a file per object), or to the
 * only image of its bare name.
 */
export function pairLabels(files: readonly string[]): Pairs {
  const all = files.filter((file) => IMAGES.has(extensionOf(file))).map((file): File => ({ file, layout: layoutOf(file) }));
  const others = all.filter(({ layout }) => layout.kind !== 'label');
  const stems = new Set(others.flatMap(({ layout }) => [layout.key, ...withoutAffix(layout.key, IMAGE_SUFFIX, IMAGE_PREFIX)]));
  const beside = new Set(others.filter(({ file, layout }) => LABELS.has(extensionOf(file)) && stripped(layout.key).some((key) => stems.has(key))));
  const labels = all.filter((one) => (one.layout.kind === 'label' ? LABELS.has(extensionOf(one.file)) : beside.has(one)));
  return pair(labels, others.filter((one) => !beside.has(one)));
}

function pair(labels: readonly File[], images: readonly File[]): Pairs {
  const byKey = grouped(images, ({ layout }) => [layout.key]);
  const byBareKey = grouped(images, ({ layout }) => [layout.key, ...withoutAffix(layout.key, IMAGE_SUFFIX, IMAGE_PREFIX)]);
  const byFolder = grouped(images, ({ layout }) => [posix.dirname(layout.key)]);
  const byName = grouped(images, ({ layout }) => [posix.basename(layout.key)]);
  const out = new Map<string, string[]>();
  const alone: string[] = [];
  const ambiguous = new Map<string, readonly string[]>();
  let byNameOnly = 0;
  for (const { file, layout } of labels) {
    const keys = [layout.key, ...stripped(layout.key), ...(layout.kind === 'label' ? withoutAffix(layout.key, CAMVID, CAMVID) : [])];
    const near = first(keys, byKey) ?? first(keys, byBareKey) ?? (layout.kind === 'label' && layout.key.includes('/') ? onlyOf(byFolder.get(posix.dirname(layout.key))) : undefined);
    const found = near ?? (layout.kind === 'label' ? first(keys.map((key) => posix.basename(key)), byName) : undefined);
    const [image, ...more] = found ?? [];
    if (image === undefined) alone.push(file);
    else if (more.length > 0) ambiguous.set(file, [image, ...more]);
    else {
      if (near === undefined) byNameOnly++;
      const same = out.get(image);
      if (same === undefined) out.set(image, [file]);
      else same.push(file);
    }
  }
  return { labels: out, alone, ambiguous, byNameOnly };
}

const extensionOf = (file: string): string => posix.extname(file).toLowerCase();

/** Keys without what is added to the name of a label image. */
const stripped = (key: string): string[] => withoutAffix(key, SUFFIX, PREFIX);

/** A key without what is added to the name of a label image; null when nothing is. */
export const withoutAdditions = (key: string): string | null => stripped(key)[0] ?? null;

function withoutAffix(key: string, suffix: RegExp, prefix: RegExp): string[] {
  const [folder, name] = [posix.dirname(key), posix.basename(key)];
  return [name.replace(suffix, ''), name.replace(prefix, '')].filter((bare) => bare !== '' && bare !== name).map((bare) => (folder === '.' ? bare : `${folder}/${bare}`));
}

function grouped(files: readonly File[], keysOf: (file: File) => readonly string[]): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const one of files) {
    for (const key of keysOf(one)) {
      const same = out.get(key);
      if (same === undefined) out.set(key, [one.file]);
      else same.push(one.file);
    }
  }
  return out;
}

function first(keys: readonly string[], groups: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  for (const key of keys) {
    const found = groups.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

const onlyOf = (files: readonly string[] | undefined): readonly string[] | undefined => (files?.length === 1 ? files : undefined);
