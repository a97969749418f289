import type { z } from 'zod';
import type { LabelNumbers } from '../../../src-shared/contract/datasets.ts';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import type { Colour, Shape } from '../../../src-shared/domain/schema.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import type { FolderWriter } from '../atomic-folder.ts';
import type { Extras } from '../extras.ts';
import type { DatasetFacts, DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../source.ts';
import type { Beside } from '../whole-losses.ts';
import type { FolderSample } from './codecs/folder-sample.ts';
import type { TextRun } from './codecs/text.ts';

/** A class as a data set has it. `key` names it within that data set. */
export interface ReadClass {
  readonly key: string;
  readonly name: string;
  readonly colour?: z.infer<typeof Colour>;
  readonly extras?: Extras;
}

export interface ReadImage {
  readonly key: string;
  /** As the data set names the picture, with forward slashes; may lead out of any folder, so it is never opened unchecked. */
  readonly path: string;
  /** Absolute path of the image where the format has a place of its own for it; null, or a file that is not there, leaves it to the search that all formats share (projects/import/image-finder.ts). */
  readonly file: string | null;
  /** As the dataset says, of the image as it was labeled; null where it does not. */
  readonly width: number | null;
  readonly height: number | null;
  readonly split: string | null;
  readonly extras?: Extras;
}

export interface ReadInstance {
  readonly image: string;
  readonly class: string | null;
  /** In pixels of the image as it was labeled: upright, unless the person says otherwise. A mask's size must be the image's. */
  readonly shape: Shape;
  /** Painting order; the order of reading where the format has none. */
  readonly z?: number;
  readonly extras?: Extras;
}

/** What a reader tells, entry by entry, so that a data set never is in memory as a whole: classes and images before what refers to them. */
export interface DatasetSink {
  class(entry: ReadClass): void;
  image(entry: ReadImage): void;
  instance(entry: ReadInstance): void;
  /** Of the data set itself. */
  extras(extras: Extras): void;
  /** A row that was left out, named for a person, and why. The rest goes on. */
  problem(item: string, problem: Problem): void;
  /** One line about what was chosen, derived or found where the dataset leaves it open, with counts. Nothing was left out because of it. */
  note(text: string): void;
}

export interface FormatRun {
  readonly signal: AbortSignal;
  /** @param total null while not yet known */
  readonly progress: (done: number, total: number | null) => void;
}

export interface ReadRun extends FormatRun, TextRun {
  /** Size in pixels of an image (absolute path) as it was labeled, for formats that give fractions of it; null when it cannot be read. */
  readonly sizeOf: (file: string) => Promise<{ readonly width: number; readonly height: number } | null>;
  /** What a model predicted is read as annotations where there are none, with its score. */
  readonly predictions?: boolean;
  /** What numbers of label images without a legend are; 'auto' or absent to decide by what they look like. */
  readonly labels?: LabelNumbers;
  /** The numbers of a label image (absolute path) that is not a PNG, which readers decode themselves; absent where there is no decoder. Throws a MaskwrightError for what cannot be read as labels. */
  readonly labelsOf?: (file: string) => Promise<LabelSamples>;
}

/** A decoded label image: numbers as they are stored, row-major, interleaved, of its first page. */
export interface LabelSamples {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly samples: Uint8Array | Uint16Array | Uint32Array;
  readonly pages: number;
}

/** 8-bit RGB, row-major. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

export interface WriteRun extends FormatRun {
  readonly problem: (item: string, problem: Problem) => void;
  /** What writers that need pixels ask for: the upright picture at full size, 8-bit RGB, row-major. */
  readonly pixels: (image: SizedImage) => Promise<Uint8Array>;
  /** A JPEG of such pixels, whose colors are not subsampled: thin colored outlines would bleed. @param quality 1 to 100, on the Independent JPEG Group's scale */
  readonly jpeg: (image: RgbImage, quality: number) => Promise<Uint8Array>;
  /** Of a snapshot, to be asked where a picture is copied: told as a problem when it is not the one that was there then. */
  readonly checkPicture?: (image: SizedImage) => Promise<void>;
}

export interface WriteSummary {
  readonly images: number;
  readonly instances: number;
  /** Instances left out for want of a class. */
  readonly unlabelled: number;
  /** Images and instances left out for other reasons. */
  readonly problems: number;
}

/** What a reader of the format gets of an instance. */
export interface ReadBack {
  readonly mask: Rle;
  /** The pixels that the instance covers here, where they were drawn already: the mask itself where nothing is lost of them. */
  readonly own?: Rle;
  /** The mask is the instance's own and covers pixels: it need not be drawn to be compared. */
  readonly unchanged?: true;
  /** What gets lost or changed, in words for a person; empty when nothing is. */
  readonly reasons: readonly string[];
  /** Of one that covers no pixel: its corners are written all the same. Without this it is left out. */
  readonly written?: true;
}

/** A way to read and write data sets, one file each. Options come from outside and are checked with `options`. */
export interface DatasetFormat<Options extends z.ZodType = z.ZodType> {
  /** As the command line and `Extras.own` name it. */
  readonly id: string;
  readonly name: string;
  /** Whether a data set of this form is one file or a folder of files. */
  readonly form: 'file' | 'folder';
  /** For formats of one file: with this option at this value a folder is written after all. */
  readonly folderIf?: { readonly option: string; readonly value: string };
  /** Of the file of a file format, with its point; .json when absent. */
  readonly extension?: string;
  /** Instances without a class are written too; they are left out when absent. */
  readonly takesUnlabelled?: true;
  /** A strict object of choices, switches, numbers and texts, each with a default and a description (describe-options.ts). */
  readonly options: Options;
  /** Whether a file or folder (absolute path) looks like this format: by names and first bytes, without reading it all. */
  recognise(path: string): Promise<boolean>;
  /** Whether a folder looks like this format by its contents, at any depth and under any names. Asked only where no format recognizes it. */
  resembles?(sample: FolderSample): Promise<boolean>;
  /**
   * Reads a file or folder. What is wrong with a row is told to `sink.problem` and the rest goes on; throws
   * 'dataset-invalid' when the whole cannot be read, and what the system throws for files.
   */
  read?(path: string, sink: DatasetSink, run: ReadRun): Promise<void>;
  /** Writes into a new folder (of which a file format makes one file). The same source gives the same bytes. */
  write?(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: z.output<Options>, run: WriteRun): Promise<WriteSummary>;
  /** For the preflight: what has a place in the format beside instances; nothing when absent. */
  keeps?(options: z.output<Options>): ReadonlySet<Beside>;
  /** For the preflight: what would be read back of an instance with these options. */
  readBack?(instance: DatasetInstance, image: SizedImage, options: z.output<Options>, facts: DatasetFacts): ReadBack;
  /** The same where what is read back of an instance depends on the others on its image, as when they hide one another: one of each, in their order. */
  readBackImage?(instances: readonly DatasetInstance[], image: SizedImage, options: z.output<Options>, facts: DatasetFacts): ReadBack[];
}
