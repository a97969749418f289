import { z } from 'zod';

/** Which images of a project an export takes. */
export const ExportImages = z.enum(['all', 'done']);
export type ExportImages = z.infer<typeof ExportImages>;

/** A format's options by name, as a form or a command line gives them; the format's own schema has the last word. */
export const ExportOptions = z.record(z.string().max(60), z.union([z.boolean(), z.number(), z.string().max(4096)])).refine((options) => Object.keys(options).length <= 50, 'at most 50 options');
export type ExportOptions = z.infer<typeof ExportOptions>;

const described = { name: z.string(), description: z.string().nullable() };

/** One option of a format, as a form shows it. The default is what holds when it is not given; null for nothing. */
export const FormatOption = z.discriminatedUnion('kind', [
  z.strictObject({ ...described, kind: z.literal('choice'), choices: z.array(z.string()), default: z.string().nullable() }),
  z.strictObject({ ...described, kind: z.literal('switch'), default: z.boolean() }),
  z.strictObject({ ...described, kind: z.literal('number'), whole: z.boolean(), least: z.number().nullable(), most: z.number().nullable(), default: z.number().nullable() }),
  z.strictObject({ ...described, kind: z.literal('text'), default: z.string().nullable() }),
]);
export type FormatOption = z.infer<typeof FormatOption>;

export const FormatRow = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** What is written: one file or a folder. */
  form: z.enum(['file', 'folder']),
  /** For formats of one file: with this option at this value a folder is written after all. */
  folderIf: z.strictObject({ option: z.string(), value: z.string() }).nullable(),
  /** Of the file, with its point. */
  extension: z.string().nullable(),
  readable: z.boolean(),
  writable: z.boolean(),
  options: z.array(FormatOption),
});
export type FormatRow = z.infer<typeof FormatRow>;

/** Whether an export with these options makes a file or a folder. */
export function formOf({ form, folderIf }: Pick<FormatRow, 'form' | 'folderIf'>, options: Readonly<Record<string, unknown>>): 'file' | 'folder' {
  return folderIf !== null && options[folderIf.option] === folderIf.value ? 'folder' : form;
}

/** Encodings that a person chooses from; others can be named on the command line. */
export const TEXT_ENCODINGS: readonly string[] = ['gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr', 'windows-1252', 'windows-1250', 'windows-1251', 'windows-1253', 'windows-1254', 'windows-1255', 'windows-1256', 'windows-874', 'koi8-r', 'utf-16le'];

/** Numbers of label images: values of classes, or numbers of objects; 'auto' decides by what they look like. */
export const LabelNumbers = z.enum(['auto', 'classes', 'objects']);
export type LabelNumbers = z.infer<typeof LabelNumbers>;

/** How a dataset is read where it does not say so itself. */
export const ImportOptions = z.strictObject({
  /** Encoding of text without a byte-order mark, as TextDecoder knows it; null: as the file declares, else UTF-8. */
  encoding: z.string().min(1).max(40).nullable().default(null),
  /** What a model predicted becomes annotations, with its score, where there are none (Label Studio). */
  predictions: z.boolean().default(false),
  /** What the labels were drawn on: the image as it is shown, or as it is stored, without regard to its EXIF orientation. */
  orientation: z.enum(['upright', 'stored']).default('upright'),
  /** What numbers of label images are that no legend explains. */
  labels: LabelNumbers.default('auto'),
});
export type ImportOptions = z.infer<typeof ImportOptions>;

/** Of files that data sets come in, beside folders; lower case. */
export const DATASET_EXTENSIONS: readonly string[] = ['.json', '.xml', '.yaml', '.yml', '.zip'];

/** Of archives, which are unpacked before they are read. */
export const isArchive = (path: string): boolean => path.toLowerCase().endsWith('.zip');
