import { posix } from 'node:path';
import { withoutExtension } from '../../safe-names.ts';

/** Words of folder names that say that images, or what labels them, lie there; as datasets on the web and their tools have them. */
const IMAGE_WORDS: ReadonlySet<string> = new Set(['images', 'image', 'imgs', 'img', 'pictures', 'picture', 'photos', 'photo', 'jpegimages', 'rgb']);
const LABEL_WORDS: ReadonlySet<string> = new Set([
  'masks', 'mask', 'labels', 'label', 'annotations', 'annotation', 'annots', 'annot', 'anns', 'ann', 'gt', 'groundtruth', 'ground', 'truth', 'segmentations', 'segmentation', 'seg', 'targets', 'target',
  'segmentationclass', 'segmentationobject', 'segmentationclasspng', 'segmentationobjectpng', 'txt', 'txts', 'xml', 'xmls', 'json', 'jsons',
]);
/** Words that mean nothing beside one of those. */
const NEUTRAL_WORDS: ReadonlySet<string> = new Set(['dir', 'png', 'jpg', 'semantic', 'instance', 'instances', 'binary', 'raw', 'set', 'data', 'yolo', 'voc']);
const SPLIT_WORDS: Readonly<Record<string, string>> = { train: 'train', training: 'train', val: 'val', valid: 'val', validation: 'val', test: 'test', testing: 'test' };

/** What the folders of a path say of a file. */
export interface Layout {
  /** What lies there by the folders' names; null where they say nothing. */
  readonly kind: 'image' | 'label' | null;
  readonly split: string | null;
  /** The path without extension and without the folders that are only layout: the same for an image and what labels it. */
  readonly key: string;
}

/** Reads the layout off a path (relative to the dataset, forward slashes): `images/train/a.jpg` and `train_masks/a.png` both have the key `train/a`. */
export function layoutOf(path: string): Layout {
  let kind: Layout['kind'] = null;
  let split: string | null = null;
  const folders: string[] = [];
  for (const folder of path.split('/').slice(0, -1)) {
    const words = wordsIn(folder);
    const splitWord = words.find((word) => word in SPLIT_WORDS);
    const marks = words.filter((word) => IMAGE_WORDS.has(word) || LABEL_WORDS.has(word));
    const isLayout = words.every((word) => word in SPLIT_WORDS || NEUTRAL_WORDS.has(word) || marks.includes(word));
    if (isLayout && marks.length > 0) kind = kind === 'label' || marks.some((word) => LABEL_WORDS.has(word)) ? 'label' : 'image';
    if (isLayout && splitWord !== undefined && (marks.length > 0 || words.length === 1)) {
      const canonical = SPLIT_WORDS[splitWord] ?? splitWord;
      split ??= canonical;
      folders.push(canonical);
    } else if (!isLayout || marks.length === 0) folders.push(folder);
  }
  return { kind, split, key: [...folders, withoutExtension(posix.basename(path))].join('/').normalize('NFC') };
}

/** `train_masks`, `trainannot` (CamVid), `val2017` and `img_dir` as words in lower case. */
const wordsIn = (folder: string): string[] =>
  folder.toLowerCase().replace(/^(train|val|valid|validation|test)(annot|masks?|labels?|images?)$/, '$1 $2').replace(/^(train|val|valid|validation|test)(20\d\d)$/, '$1').split(/[\s_\-.]+/).filter((word) => word !== '');
