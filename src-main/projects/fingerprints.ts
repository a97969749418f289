import type { ImageId } from '../../src-shared/domain/schema.ts';
import { FINGERPRINT_VERSION } from '../datasets/fingerprint.ts';
import type { Connection } from './connection.ts';

/** A picture's fingerprint, and which file it was made of. */
export interface FileFingerprint {
  readonly image: ImageId;
  readonly bytes: number;
  /** Whole milliseconds. */
  readonly mtimeMs: number;
  readonly fingerprint: Uint8Array;
}

/** What pictures look like. No part of what is labeled: made again whenever it is lacking, so it is in no step of undo. */
export class Fingerprints {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** By image, those after an id. */
  after(image: ImageId, limit: number): FileFingerprint[] {
    return this.connection.all<FileFingerprint>(
      'SELECT image, bytes, mtime_ms AS mtimeMs, fingerprint FROM fingerprints WHERE image > ? AND version = ? ORDER BY image LIMIT ?', image, FINGERPRINT_VERSION, limit,
    );
  }

  /** Which file an image's fingerprint was made of; null where it has none. */
  fileOf(image: ImageId): { readonly bytes: number; readonly mtimeMs: number } | null {
    return this.connection.get<{ bytes: number; mtimeMs: number }>('SELECT bytes, mtime_ms AS mtimeMs FROM fingerprints WHERE image = ? AND version = ?', image, FINGERPRINT_VERSION) ?? null;
  }

  count(): number {
    return this.connection.value<number>('SELECT count(*) FROM fingerprints WHERE version = ?', FINGERPRINT_VERSION) ?? 0;
  }

  put({ image, bytes, mtimeMs, fingerprint }: FileFingerprint): void {
    this.connection.run(
      'INSERT INTO fingerprints (image, bytes, mtime_ms, version, fingerprint) VALUES (?, ?, ?, ?, ?) ON CONFLICT (image) DO UPDATE SET bytes = excluded.bytes, mtime_ms = excluded.mtime_ms, version = excluded.version, fingerprint = excluded.fingerprint',
      image, bytes, mtimeMs, FINGERPRINT_VERSION, fingerprint,
    );
  }

  /** Of pictures that cannot be read any more. */
  drop(image: ImageId): void {
    this.connection.run('DELETE FROM fingerprints WHERE image = ?', image);
  }
}
