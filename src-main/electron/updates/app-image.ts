import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, copyFileSync, fsyncSync, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppImageUpdater } from 'electron-updater';
import type { InstallOptions } from 'electron-updater/out/BaseUpdater.js';
import { removeFileNow, renameNow } from '../../files/move-and-remove.ts';
import { quietly } from '../../quietly.ts';

/**
 * As electron-updater's own, which removes the old program and then moves the new one there, maybe from another disk: where
 * that is full, or the power fails, the person has neither.
 */
export class SafeAppImageUpdater extends AppImageUpdater {
  protected override doInstall({ isForceRunAfter }: InstallOptions): boolean {
    const old = process.env['APPIMAGE'];
    if (this.installerPath === null || old === undefined) throw new Error('there is no downloaded AppImage, or none that it could replace');
    const there = replaceAppImage(this.installerPath, old);
    if (there !== old) this.emit('appimage-filename-updated', there);
    // How the new one is started is up to electron-updater.
    const env = { ...process.env, APPIMAGE_SILENT_INSTALL: 'true' };
    if (isForceRunAfter) void this.spawnLog(there, [], env);
    else execFileSync(there, [], { env: { ...env, APPIMAGE_EXIT_AFTER_INSTALL: 'true' } });
    return true;
  }
}

/**
 * Puts a downloaded AppImage in place of the old one: the old is there as a whole or the new one is. A name with a version becomes
 * the new file's; one that the person has chosen stays. Gives the path where it is now. Throws the system's errors.
 */
export function replaceAppImage(downloaded: string, old: string): string {
  const there = /\d+\.\d+\.\d+/.test(basename(old)) ? join(dirname(old), basename(downloaded)) : old;
  const copy = join(dirname(old), `.${basename(there)}.part`);
  try {
    copyFileSync(downloaded, copy);
    chmodSync(copy, 0o755);
    flush(copy);
    renameNow(copy, there);
  } catch (error) {
    quietly(() => removeFileNow(copy));
    throw error;
  }
  for (const done of [downloaded, ...(there === old ? [] : [old])]) quietly(() => removeFileNow(done));
  return there;
}

function flush(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
