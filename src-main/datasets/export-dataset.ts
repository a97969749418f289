import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { formOf } from '../../src-shared/contract/datasets.ts';
import { checkTarget, writeWhole } from './atomic-file.ts';
import { checkFolderTarget, writeFolder } from './atomic-folder.ts';
import type { FolderWriter } from './atomic-folder.ts';
import type { DatasetFormat, WriteRun, WriteSummary } from './formats/format.ts';
import type { DatasetFilter, DatasetSource } from './source.ts';

export interface ExportTarget {
  /** Absolute path of the file or folder. */
  readonly out: string;
  readonly images: DatasetFilter;
  /** Checked (checkedOptions). */
  readonly options: unknown;
  readonly overwrite: boolean;
}

/**
 * Writes a data set as one file or one folder, as a whole or not at all. Throws 'nothing-to-export', 'bad-request' for a format
 * that is only read, 'cancelled', and what writeWhole and writeFolder throw; then there is nothing new and what was there is whole.
 */
export async function exportDataset(source: DatasetSource, format: DatasetFormat, { out, images, options, overwrite }: ExportTarget, run: WriteRun): Promise<WriteSummary> {
  const { write } = format;
  if (write === undefined) throw new MaskwrightError('bad-request', `${format.name} can only be read, not written. Choose another format.`, format.id);
  if (source.counts(images).images === 0) {
    throw new MaskwrightError('nothing-to-export', images === 'done' ? 'No image is marked as done, so there is nothing to export. Mark some as done, or export all.' : 'The project has no images, so there is nothing to export.');
  }
  const produce = (writer: FolderWriter): Promise<WriteSummary> => write(source, images, writer, options, run);
  if (isFolder(format, options)) return writeFolder(out, overwrite, produce);
  return produce(new SingleFile(out, overwrite));
}

/** Whether something may be written at `out`; throws as exportDataset does. */
export function checkExportTarget(format: DatasetFormat, { out, options, overwrite }: ExportTarget): Promise<void> {
  return isFolder(format, options) ? checkFolderTarget(out, overwrite) : checkTarget(out, overwrite);
}

export const isFolder = ({ form, folderIf }: DatasetFormat, options: unknown): boolean => formOf({ form, folderIf: folderIf ?? null }, options as Record<string, unknown>) === 'folder';

/** The one file of a file format, whatever the format calls it. */
class SingleFile implements FolderWriter {
  readonly #path: string;
  readonly #overwrite: boolean;

  constructor(path: string, overwrite: boolean) {
    this.#path = path;
    this.#overwrite = overwrite;
  }

  async write(_path: string, produce: Parameters<FolderWriter['write']>[1]): Promise<void> {
    await writeWhole(this.#path, this.#overwrite, produce);
  }

  copy(path: string): Promise<void> {
    throw new Error(`a format of one file copies "${path}"`);
  }
}
