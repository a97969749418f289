import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether links can be made: Windows lets administrators and developers alone. */
export const mayLink = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-links-'));
  try {
    symlinkSync(folder, join(folder, 'link'));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
})();
