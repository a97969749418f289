import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { basename } from 'node:path';
import { formOf } from '../../src-shared/contract/datasets.ts';
import { removeFile } from '../files/move-and-remove.ts';
import { checkTarget, writeWhole } from './atomic-file.ts';
import { checkFolderTarget, writeFolder } from './atomic-folder.ts';
import type { FolderWriter } from './atomic-folder.ts';
import type { DatasetFormat, WriteRun, WriteSummary } from './formats/format.ts';
import { manifestBeside, MANIFEST_IN_FOLDER, manifestText, splitCounts } from './manifest.ts';
import type { Origin, WrittenFile } from './manifest.ts';
import { pauses } from './pauses.ts';
import type { DatasetFilter, DatasetSource } from './source.ts';

export interface ExportTarget {
  /** Absolute path of the file or folder. */
  readonly out: string;
  readonly images: DatasetFilter;
  /** Checked (checkedOptions). */
  readonly options: unknown;
  readonly overwrite: boolean;
  /** For the manifest, which says what was written; absent for none. */
  readonly origin?: Origin;
}

/**
 * Writes a data set as one file or one folder, as a whole or not at all. Throws 'nothing-to-export', 'bad-request' for a format
 * that is only read, 'cancelled', and what writeWhole and writeFolder throw; then there is nothing new and what was there is whole.
 */
export async function exportDataset(source: DatasetSource, format: DatasetFormat, { out, images, options, overwrite, origin }: ExportTarget, run: WriteRun): Promise<WriteSummary> {
  const { write } = format;
  if (write === undefined) throw new MaskwrightError('bad-request', `${format.name} can only be read, not written. Choose another format.`, format.id);
  if (source.counts(images).images === 0) {
    throw new MaskwrightError('nothing-to-export', images === 'done' ? 'No image is marked as done, so there is nothing to export. Mark some as done, or export all.' : 'The project has no images, so there is nothing to export.');
  }
  const files: WrittenFile[] = [];
  const note = (file: WrittenFile): void => void files.push(file);
  const produce = (writer: FolderWriter): Promise<WriteSummary> => write(source, images, writer, options, run);
  const manifest = async (of: Origin, summary: WriteSummary): Promise<string> =>
    manifestText({ origin: of, format: format.id, images, options, summary, splits: await splitCounts(source, images, pauses(run.signal)), files });
  if (isFolder(format, options)) {
    if (origin === undefined) return writeFolder(out, overwrite, produce);
    const withManifest = async (writer: FolderWriter): Promise<WriteSummary> => {
      const summary = await produce(writer);
      const text = await manifest(origin, summary);
      await writer.write(MANIFEST_IN_FOLDER, (sink) => sink.write(text));
      return summary;
    };
    return writeFolder(out, overwrite, withManifest, note);
  }
  const beside = manifestBeside(out);
  if (origin !== undefined) await checkTarget(beside, overwrite);
  const summary = await produce(new SingleFile(out, overwrite, note));
  if (origin === undefined) {
    // That of an export that was replaced would say what is no longer true.
    if (overwrite) await removeManifest(beside);
  } else {
    const text = await manifest(origin, summary);
    await writeWhole(beside, overwrite, (sink) => sink.write(text));
  }
  return summary;
}

async function removeManifest(beside: string): Promise<void> {
  try {
    await removeFile(beside);
  } catch (cause) {
    throw new MaskwrightError('io', `The export is complete, but "${beside}" describes the one before it and could not be removed. Delete it.`, beside, { cause });
  }
}

/** Whether something may be written at `out`; throws as exportDataset does. */
export async function checkExportTarget(format: DatasetFormat, { out, options, overwrite }: ExportTarget, withManifest: boolean): Promise<void> {
  if (isFolder(format, options)) {
    await checkFolderTarget(out, overwrite);
    return;
  }
  await checkTarget(out, overwrite);
  if (withManifest) await checkTarget(manifestBeside(out), overwrite);
}

export const isFolder = ({ form, folderIf }: DatasetFormat, options: unknown): boolean => formOf({ form, folderIf: folderIf ?? null }, options as Record<string, unknown>) === 'folder';

/** The one file of a file format, whatever the format calls it. */
class SingleFile implements FolderWriter {
  readonly #path: string;
  readonly #overwrite: boolean;
  readonly #note: (file: WrittenFile) => void;

  constructor(path: string, overwrite: boolean, note: (file: WrittenFile) => void) {
    this.#path = path;
    this.#overwrite = overwrite;
    this.#note = note;
  }

  async write(_path: string, produce: Parameters<FolderWriter['write']>[1]): Promise<void> {
    this.#note({ path: basename(this.#path), ...(await writeWhole(this.#path, this.#overwrite, produce)) });
  }

  copy(path: string): Promise<void> {
    throw new Error(`a format of one file copies "${path}"`);
  }
}
