import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ImportOptions } from '../../src-shared/contract/datasets.ts';
import { knownEncoding } from '../datasets/formats/codecs/text.ts';

/** How a dataset is to be read, as the command line has it. */
export type ReadingWords = { readonly [Key in keyof ImportOptions]?: NonNullable<ImportOptions[Key]> };

const encoding = (name: string): string => {
  const known = knownEncoding(name);
  if (known === null) throw new InvalidArgumentError(`There is no encoding "${name}". Name one as browsers do: gbk, big5, shift_jis, euc-kr, windows-1252, …`);
  return known;
};

/** Adds the options that say how a dataset is read. */
export const withReadingWords = (command: Command): Command =>
  command
    .option('--encoding <name>', 'of text that is not UTF-8 and does not say so itself, such as gbk, shift_jis or windows-1252', encoding)
    .addOption(new Option('--orientation <which>', 'what the labels were drawn on: the upright image, or the image as it is stored, by a program that ignores EXIF').choices(['upright', 'stored']))
    .option('--predictions', 'of Label Studio: read the predictions of tasks that have no annotations')
    .addOption(new Option('--labels <what>', 'what numbers of label images are that no legend explains; decided by what they look like when not given').choices(['classes', 'objects']));

/** Those of a command's options that the import takes. */
export const importOptions = ({ encoding: name, predictions, labels, orientation }: ReadingWords): ReadingWords => ({
  ...(name === undefined ? {} : { encoding: name }),
  ...(predictions === undefined ? {} : { predictions }),
  ...(labels === undefined ? {} : { labels }),
  ...(orientation === undefined ? {} : { orientation }),
});
