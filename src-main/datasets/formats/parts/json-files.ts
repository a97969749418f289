import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { listFiles, readHead, readText } from '../codecs/files.ts';
import { someOf } from '../codecs/folder-sample.ts';
import type { FolderSample } from '../codecs/folder-sample.ts';
import { parsePythonJson } from '../codecs/python-json.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { counted } from './counted.ts';
import { fieldsOf } from './forgiven.ts';

export type JsonFields = Readonly<Record<string, unknown>>;

/** A file of a dataset that has a JSON file for each image. */
export interface ImageDocument {
  /** Relative to the dataset's folder, with forward slashes. */
  readonly file: string;
  readonly document: JsonFields;
}

interface JsonFilesReader {
  /** The format, for a person. */
  readonly name: string;
  /** Lower case, with the dot; .json alone when absent. */
  readonly extensions?: ReadonlySet<string>;
  /** A document that is a list, as an object. Without it lists are of no format. */
  readonly listed?: (list: readonly unknown[]) => JsonFields;
  /** Whether a document is of the format; others are passed over with a note. */
  takes(document: JsonFields): boolean;
  /** What it throws as MaskwrightError leaves this file out. */
  tell(entry: ImageDocument): void | Promise<void>;
}

/**
 * Reads a dataset of a JSON file for each image: all such files of a folder and the folders below it, or one file alone. What is
 * wrong with one is reported and the rest goes on; alone, it is thrown. Throws 'dataset-invalid' when no file is of the format.
 */
export async function readJsonFiles(path: string, sink: DatasetSink, run: ReadRun, { name, extensions = JSON_FILES, listed, takes, tell }: JsonFilesReader): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const files = isFolder ? await listFiles(path, extensions, { signal: run.signal, problem: sink.problem.bind(sink) }) : [basename(path)];
  const others: string[] = [];
  let taken = 0;
  for (const [i, file] of files.entries()) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    try {
      const value = parsed(await readText(join(folder, ...file.split('/')), file, run), file);
      const document = Array.isArray(value) ? (listed?.(value) ?? null) : fieldsOf(value);
      if (document === null || !takes(document)) others.push(file);
      else {
        await tell({ file, document });
        taken++;
      }
    } catch (error) {
      if (!isFolder || !(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
      sink.problem(file, { ...toProblem(error), message: `"${file}" was left out: ${error.message}`, item: file });
    }
    run.progress(i + 1, files.length);
  }
  if (taken === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no ${name} annotations.`, path);
  if (others.length > 0) sink.note(`${counted(others.length, 'JSON file')} ${others.length === 1 ? 'is' : 'are'} not ${name} annotations and ${others.length === 1 ? 'was' : 'were'} passed over: ${others.slice(0, 5).join(', ')}${others.length > 5 ? ' and more' : ''}.`);
}

const JSON_FILES: ReadonlySet<string> = new Set(['.json']);

function parsed(text: string, item: string): unknown {
  try {
    return parsePythonJson(text);
  } catch (error) {
    throw new MaskwrightError('dataset-invalid', `it is not valid JSON (${error instanceof Error ? error.message : String(error)}).`, item, { cause: error });
  }
}

/** Whether a .json file, or the first one of a folder, begins as `looks` says. @param path absolute */
export async function anyHeadLooks(path: string, looks: (head: string) => boolean): Promise<boolean> {
  if (!(await stat(path)).isDirectory()) return path.toLowerCase().endsWith('.json') && looks(await readHead(path));
  const [first] = (await readdir(path)).filter((name) => name.toLowerCase().endsWith('.json')).toSorted();
  return first !== undefined && looks(await readHead(join(path, first)));
}

/** The same for some files of a sample of a folder and the folders below it. */
export async function anySampleLooks(sample: FolderSample, looks: (head: string) => boolean): Promise<boolean> {
  for (const file of someOf(sample, '.json')) if (looks(await readHead(join(sample.folder, file)))) return true;
  return false;
}
