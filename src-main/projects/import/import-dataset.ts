import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ImportOptions } from '../../../src-shared/contract/datasets.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import type { DatasetFormat, ReadRun } from '../../datasets/formats/format.ts';
import { removeFolderNow } from '../../files/move-and-remove.ts';
import { quietly } from '../../quietly.ts';
import { temporaryFolderHere } from '../../temporary-folder.ts';
import { Connection } from '../connection.ts';
import type { ImageRecord } from '../images.ts';
import { explainSqlite } from '../sqlite-errors.ts';
import { Tables } from '../tables.ts';
import { moveUnpacked, settleUnpacked } from './keep-unpacked.ts';
import type { Unpacked } from './keep-unpacked.ts';
import type { FinderFolders } from './image-finder.ts';
import { Orienting } from './orienting.ts';
import { placeClasses } from './place-classes.ts';
import type { ProjectClass } from './place-classes.ts';
import { placeImages } from './place-images.ts';
import type { Look, PlacedImage } from './place-images.ts';
import { Staging } from './staging.ts';
import { writeImport } from './write-import.ts';
import type { ImportToWrite, WrittenImport } from './write-import.ts';

export interface ImportRun {
  readonly signal: AbortSignal;
  /** Reading tells bytes or files, then placing tells images. */
  progress(done: number, total: number | null): void;
  /** A row that was left out. */
  problem(item: string, problem: Problem): void;
  /** What was chosen, derived or found where the dataset leaves it open, in one line. */
  note(text: string): void;
  look(file: string): Promise<Look>;
  readonly labelsOf?: NonNullable<ReadRun['labelsOf']>;
}

/** A data set that was read and only needs to be written into its project. */
export interface PreparedImport {
  readonly images: number;
  readonly instances: number;
  /**
   * All or nothing, as one step of undo. Nobody else may write to the project meanwhile. Throws what a project's file throws.
   * @param work see writeFromOutside
   */
  write(work: string): WrittenImport;
  /** To be called in the end, written or not. */
  close(): void;
}

/**
 * Reads a data set (absolute path of a file or folder) for a project's file, which is only read here. It is made to run in a
 * process of its own, beside the one that has the project open. Throws what the format's reader throws, 'dataset-invalid'
 * when nothing in it can be used, 'cancelled', and what a project's file throws.
 * @param pictures folders (absolute paths) to look for pictures in, before those that data sets usually lie beside
 * @param unpacked where `dataset` lies in what came of an archive
 */
export async function prepareImport(projectFile: string, dataset: string, format: DatasetFormat, pictures: readonly string[], run: ImportRun, unpacked: Unpacked | null = null, options: ImportOptions = ImportOptions.parse({})): Promise<PreparedImport> {
  if (format.read === undefined) throw new MaskwrightError('bad-request', `${format.name} can only be written, not read.`, dataset);
  const temporary = temporaryFolderHere('import');
  const close = (): void => quietly(() => removeFolderNow(temporary));
  const stagingFile = join(temporary, 'staging.sqlite');
  const staging = new Staging(stagingFile, run.problem, run.note);
  try {
    const look = lookOnce(run);
    const orienting = new Orienting(options.orientation, look);
    await format.read(dataset, staging, { signal: run.signal, progress: (done, total) => run.progress(done, total), encoding: options.encoding, predictions: options.predictions, sizeOf: orienting.sizeOf, labels: options.labels, ...(run.labelsOf === undefined ? {} : { labelsOf: run.labelsOf }) });
    const folder = statSync(dataset).isDirectory() ? dataset : dirname(dataset);
    const around = unpacked === null ? [] : [unpacked.content, dirname(unpacked.archive)];
    const name = basename(unpacked?.archive ?? dataset);
    const images = await placeImages(staging, {
      project: projectImages(projectFile),
      folders: foldersAround(folder, pictures, around),
      orienting,
      signal: run.signal,
      look,
      problem: run.problem,
      note: run.note,
      progress: (done, total) => run.progress(done, total),
    });
    if (images.length === 0) throw new MaskwrightError('dataset-invalid', `Nothing of "${name}" could be imported: ${staging.images === 0 ? 'it names no images' : 'none of its images could be used'}.`, dataset);
    const request = { projectFile, stagingFile, classes: placeClasses(staging.allClasses(), projectClasses(projectFile), run.note), extras: staging.datasetExtras, label: `Import ${name}`.slice(0, 500) };
    staging.seal();
    return { images: images.length, instances: staging.instances, write: (work) => kept(images, unpacked, (placed, unpackedTo) => written({ ...request, work, images: placed, unpackedTo })), close };
  } catch (error) {
    staging.discard();
    close();
    throw error;
  }
}

/** Datasets keep their files in such a folder, and images beside it. */
const FILES_FOLDER = /^(?:annotations?|labels?|ann|json|xml)$/i;

/** @param around further folders that images may lie in: that of an archive, and its content */
function foldersAround(dataset: string, named: readonly string[], around: readonly string[]): FinderFolders {
  const outer = dirname(dataset);
  const beside = [dataset, outer, ...around].flatMap((place) => [place, join(place, 'images')]);
  return { dataset, named, beside, below: [dataset, ...(FILES_FOLDER.test(basename(dataset)) ? [outer] : [join(outer, 'images')]), ...around.slice(0, 1)] };
}

/** Writes with the unpacked content where it stays, or leaves both as they were. */
function kept(images: readonly PlacedImage[], unpacked: Unpacked | null, write: (images: readonly PlacedImage[], unpackedTo: string | null) => WrittenImport): WrittenImport {
  if (unpacked === null) return write(images, null);
  const settled = settleUnpacked(images, unpacked);
  const back = moveUnpacked(unpacked.content, settled.folder);
  try {
    const done = write(settled.images, settled.folder);
    // Done before, by a process that has put the content elsewhere.
    if (done.unpackedTo !== settled.folder) quietly(back);
    return done;
  } catch (error) {
    quietly(back);
    throw error;
  }
}

/** A reader may want to know a picture's size, and then its place is looked for: each picture is read once. */
function lookOnce({ look }: ImportRun): ImportRun['look'] {
  const looks = new Map<string, Promise<Look>>();
  return (file) => {
    const known = looks.get(file) ?? look(file);
    looks.set(file, known);
    return known;
  };
}

function projectClasses(projectFile: string): ProjectClass[] {
  const connection = Connection.readOnly(projectFile);
  try {
    const { classes } = new Tables(connection, projectFile);
    const extras = classes.extras();
    return classes.list().map(({ id, name }) => ({ name, extras: extras.get(id) ?? {} }));
  } finally {
    connection.close();
  }
}

function projectImages(projectFile: string): ImageRecord[] {
  const connection = Connection.readOnly(projectFile);
  try {
    return new Tables(connection, projectFile).images.after(0, Number.MAX_SAFE_INTEGER, false);
  } finally {
    connection.close();
  }
}

function written(request: Omit<ImportToWrite, 'connection'>): WrittenImport {
  try {
    const connection = Connection.writable(request.projectFile);
    try {
      return writeImport({ ...request, connection });
    } finally {
      connection.close();
    }
  } catch (error) {
    throw explainSqlite(error, request.projectFile);
  }
}
