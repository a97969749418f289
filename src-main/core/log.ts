import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import log from 'electron-log/node';
import { AT_ONCE, removeFileNow, renameNow } from '../files/move-and-remove.ts';
import { logsFolder } from './places.ts';

/** A file is put away when it is larger than this, and this many of those are kept. */
const MOST_BYTES = 2 * 1024 ** 2;
const MOST_OLD = 4;

/** The file that is written to: number 0. Older ones have higher numbers. */
const fileOf = (dataDir: string, number = 0): string => join(logsFolder(dataDir), number === 0 ? 'main.log' : `main.${number}.log`);

/**
 * A rotated log in the user's data, at most 10 MB in five files; nothing is ever sent anywhere.
 * @param mostBytes size above which a file is put away
 */
export function openLog(dataDir: string, mostBytes = MOST_BYTES): (message: string) => void {
  const logger = log.create({ logId: 'main' });
  logger.transports.console.level = false;
  // electron-log looks for a name in the package.json of the working folder, and writes nothing where it finds none.
  logger.transports.file.setAppName('Maskwright');
  logger.transports.file.resolvePathFn = () => fileOf(dataDir);
  logger.transports.file.maxSize = mostBytes;
  logger.transports.file.archiveLogFn = () => rotate(dataDir);
  return (message) => logger.info(message);
}

/** A log that cannot be put away grows on: no reason to stop working. */
function rotate(dataDir: string): void {
  try {
    removeFileNow(fileOf(dataDir, MOST_OLD), AT_ONCE);
    for (let number = MOST_OLD - 1; number >= 0; number--) {
      if (existsSync(fileOf(dataDir, number))) renameNow(fileOf(dataDir, number), fileOf(dataDir, number + 1), AT_ONCE);
    }
  } catch (error) {
    console.error(`The log in ${logsFolder(dataDir)} could not be put away: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The last lines of the log, oldest first; fewer when there are no more. */
export function lastLogLines(dataDir: string, most: number): string[] {
  const lines: string[] = [];
  for (let number = 0; number <= MOST_OLD && lines.length < most; number++) {
    if (!existsSync(fileOf(dataDir, number))) break;
    const older = readFileSync(fileOf(dataDir, number), 'utf8').split(/\r?\n/);
    if (older.at(-1) === '') older.pop();
    lines.unshift(...older.slice(-(most - lines.length)));
  }
  return lines;
}
