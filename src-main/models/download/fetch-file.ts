import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { AttemptFailed, notTheFile } from './attempt-failed.ts';
import type { DownloadFile } from './entry.ts';
import { PartialFile } from './partial-file.ts';
import { pause } from './timers.ts';
import { transfer } from './transfer.ts';
import type { TransferOptions } from './transfer.ts';

/** Attempts at one address without getting on, after which the next mirror is asked. */
const MOST_ATTEMPTS = 5;
/** Bytes in one attempt that count as getting on. */
const GETTING_ON = 1 << 20;
const FIRST_WAIT_MS = 1_000;
/** A server that wants to be left alone for longer is left alone for good. */
const LONGEST_WAIT_MS = 120_000;

/**
 * Downloads a file into a folder that is there, beginning with the mirror of that index and going on to the others when it
 * fails. What has arrived stays when it fails or is cancelled, and is continued the next time, at whichever mirror: the hash
 * decides whether the pieces are one file. Throws 'offline', 'download-failed', 'model-hash', the signal's reason, and the
 * errors of the disk. By hand: what npm has for downloads does not go on at another mirror with what has arrived.
 */
export async function fetchFile(file: DownloadFile, folder: string, mirror: number, options: TransferOptions): Promise<void> {
  await using part = await PartialFile.open(folder, file.name, options.signal);
  const failures: MaskwrightError[] = [];
  for (const url of [...file.urls.slice(mirror), ...file.urls.slice(0, mirror)]) {
    // Mirrors are asked one after the other.
    const failure = await fromMirror(part, file, url, options);
    if (failure === null) return;
    failures.push(failure);
  }
  // That one mirror is there and has another file says more than that a second one is out of reach.
  throw failures.findLast(({ code }) => code !== 'offline') ?? failures.at(-1) ?? new MaskwrightError('download-failed', `There is no address for "${file.name}".`, file.name);
}

/** Null when the file is there. */
async function fromMirror(part: PartialFile, file: DownloadFile, url: string, options: TransferOptions): Promise<MaskwrightError | null> {
  let received = 0;
  for (let attempts = 1; ; attempts++) {
    const before = part.bytes;
    try {
      await transfer(part, file, url, options);
      await checkHash(part, file, url);
      await part.finish();
      return null;
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      received = Math.max(received, part.bytes - before);
      if (part.bytes - before >= GETTING_ON) attempts = 1;
      // A host that was never reached will not be in a second; one that has sent something may be.
      const hopeless = !error.again || (error.problem.code === 'offline' && received <= 0);
      const wait = error.waitMs ?? jittered(FIRST_WAIT_MS * 2 ** (attempts - 1));
      if (hopeless || attempts >= MOST_ATTEMPTS || wait > LONGEST_WAIT_MS) return error.problem;
      await pause(options.timers, wait, options.signal);
    }
  }
}

async function checkHash(part: PartialFile, file: DownloadFile, url: string): Promise<void> {
  if (part.sha256() === file.sha256) return;
  // Of several pieces one may be of another version or damaged on the disk: the whole from here may still be right.
  const again = part.pieces > 1;
  await part.restart();
  throw new AttemptFailed(notTheFile(file.name, url, 'its sha256 is another'), again, 0);
}

/** Between half and all of it, so that many programs do not come back in the same moment. */
const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2);
