/** Folders that NAS devices, operating systems and archive tools keep for themselves: thumbnails, deleted files, snapshots, resource forks. Lower-case. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set([
  '@eadir', '@tmp', '@recycle', '@recently-snapshot', '@__thumb', '#recycle', '#snapshot', '~snapshot',
  '$recycle.bin', 'system volume information', '__macosx', 'lost+found', 'found.000',
]);

/** Whether a file or folder of this name is never listed: hidden ones, and those a system keeps for itself. */
export const isPassedOver = (name: string): boolean => name.startsWith('.') || SYSTEM_FOLDERS.has(name.toLowerCase());
