import { join } from 'node:path';
import log from 'electron-log/node';

const MOST_BYTES = 2 * 1024 * 1024;

/** A rotated log file in the user's data; nothing is ever sent anywhere. */
export function openLog(dataDir: string): (message: string) => void {
  const logger = log.create({ logId: 'main' });
  logger.transports.console.level = false;
  // electron-log looks for a name in the package.json of the working folder, and writes nothing where it finds none.
  logger.transports.file.setAppName('Maskwright');
  logger.transports.file.resolvePathFn = () => join(dataDir, 'logs', 'main.log');
  logger.transports.file.maxSize = MOST_BYTES;
  return (message) => logger.info(message);
}
