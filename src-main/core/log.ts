import { join } from 'node:path';
import log from 'electron-log/node';

const MOST_BYTES = 2 * 1024 * 1024;

/** A rotated log file in the user's data; nothing is ever sent anywhere. */
export function openLog(dataDir: string): (message: string) => void {
  const logger = log.create({ logId: 'main' });
  logger.transports.console.level = false;
  logger.transports.file.resolvePathFn = () => join(dataDir, 'logs', 'main.log');
  logger.transports.file.maxSize = MOST_BYTES;
  return (message) => logger.info(message);
}
