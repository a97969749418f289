import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { mayWrite } from '../../files/may-write.ts';
import type { Replacement } from './release.ts';

/** Where updates of a packaged program come from: electron-builder.yml puts it into package.json (docs/updates.md). */
export const Feed = z.strictObject({
  /** Of the folder with the descriptions and files. */
  url: z.url({ protocol: /^https$/ }),
  /** Of the releases' owner: an Ed25519 key as base64 of its SubjectPublicKeyInfo. */
  key: z.base64().length(60),
});
export type Feed = z.infer<typeof Feed>;

export interface Installation {
  /** Folder of package.json. */
  readonly app: string;
  /** Electron's folder `resources`. */
  readonly resources: string;
  readonly program: string;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

/** Where this installation's updates come from and what kind of file replaces it; null for one that cannot update itself. */
export function feedOf(installation: Installation): { readonly feed: Feed; readonly kind: Replacement } | null {
  const kind = replacementOf(installation);
  // electron-updater reads from it where to keep files, and Windows' publisher.
  if (kind === null || !existsSync(join(installation.resources, 'app-update.yml'))) return null;
  const { updates } = JSON.parse(readFileSync(join(installation.app, 'package.json'), 'utf8')) as { updates?: unknown };
  const feed = Feed.safeParse(updates);
  return feed.success ? { feed: feed.data, kind } : null;
}

/**
 * What was installed by a package manager is updated by that, and what was only unpacked has nothing to be installed over: on
 * Windows only nsis leaves an uninstaller beside the program; AppImages know their own file (AppImage
 * specification), which is replaced in its folder.
 */
function replacementOf({ platform, program, resources, env }: Installation): Replacement | null {
  if (platform === 'win32') return existsSync(join(dirname(program), 'Uninstall Maskwright.exe')) ? 'exe' : null;
  if (platform === 'darwin') return 'zip';
  return env['APPIMAGE'] !== undefined && existsSync(env['APPIMAGE']) && mayWrite(dirname(env['APPIMAGE'])) && !existsSync(join(resources, 'package-type')) ? 'AppImage' : null;
}
