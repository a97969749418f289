import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { quietly } from '../../quietly.ts';

/**
 * The header of a project's file, read while SQLite has the file open. One descriptor as long as that lasts: closing any drops
 * this process's POSIX locks on the file (header.ts).
 */
export class OpenHeader {
  readonly #descriptor: number;
  #stamp = '';

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Null when the file cannot be opened. */
  static of(file: string): OpenHeader | null {
    try {
      return new OpenHeader(openSync(file, 'r'));
    } catch {
      return null;
    }
  }

  /** The schema cookie, if the file was written to since this last gave one; else null. It is 0 in a file that is too short. */
  changedCookie(): number | null {
    try {
      const { mtimeNs, size } = fstatSync(this.#descriptor, { bigint: true });
      const stamp = `${mtimeNs} ${size}`;
      if (stamp === this.#stamp) return null;
      const header = Buffer.alloc(100);
      readSync(this.#descriptor, header, 0, 100, 0);
      this.#stamp = stamp;
      return header.readInt32BE(40);
    } catch {
      return null;
    }
  }

  /** Once SQLite has closed the file. */
  close(): void {
    quietly(() => closeSync(this.#descriptor));
  }
}
