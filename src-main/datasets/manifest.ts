import type { WriteSummary } from './formats/format.ts';
import type { DatasetFilter, DatasetSource } from './source.ts';

/** Of a data set that is a folder: in it. No loader takes it for one of its own files, whatever endings it looks for. */
export const MANIFEST_IN_FOLDER = 'maskwright.manifest';
/** Of a data set that is one file: beside it. */
export const manifestBeside = (file: string): string => `${file}.manifest`;

/** A file that was written, and what went into it. */
export interface WrittenFile {
  /** Relative to the data set's folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Where a data set comes from. */
export interface Origin {
  /** Name and version of the program. */
  readonly program: string;
  /** Its name, not its path. */
  readonly project: string;
  /** Null when the project was exported as it was at that moment. `at` in milliseconds since 1970. */
  readonly snapshot: { readonly name: string; readonly at: number } | null;
  /** sha256 (hex) of all that the snapshot holds, as it is listed; null without a snapshot, when only the files' own hashes tell what was written. */
  readonly content: string | null;
}

export interface Manifest {
  readonly origin: Origin;
  /** The format's id. */
  readonly format: string;
  readonly images: DatasetFilter;
  /** All of the format's, those that were not given with their defaults. */
  readonly options: unknown;
  readonly summary: WriteSummary;
  readonly splits: readonly { readonly split: string | null; readonly images: number }[];
  readonly files: readonly WrittenFile[];
}

/** The manifest as it is written: the same for the same content, without the time or place of the export (docs/snapshots.md). */
export function manifestText({ origin, format, images, options, summary, splits, files }: Manifest): string {
  const { program, project, snapshot, content } = origin;
  return `${JSON.stringify(
    {
      manifest: 1,
      program,
      project,
      snapshot: snapshot === null ? null : { name: snapshot.name, taken: new Date(snapshot.at).toISOString() },
      content: content === null ? null : `sha256:${content}`,
      format,
      images,
      options,
      counts: { images: summary.images, instances: summary.instances, withoutClassLeftOut: summary.unlabelled, otherwiseLeftOut: summary.problems },
      splits,
      files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    },
    null,
    2,
  )}\n`;
}

/** How many of the images each split has, by name; those without one last. `pause` is awaited between images. */
export async function splitCounts(source: DatasetSource, filter: DatasetFilter, pause: () => Promise<void>): Promise<Manifest['splits']> {
  const counts = new Map<string | null, number>();
  for (const { split } of source.images(filter)) {
    counts.set(split, (counts.get(split) ?? 0) + 1);
    await pause();
  }
  return [...counts].map(([split, images]) => ({ split, images })).sort((a, b) => Number(a.split === null) - Number(b.split === null) || ((a.split ?? '') < (b.split ?? '') ? -1 : 1));
}
