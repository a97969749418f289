import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { arch, release, type } from 'node:os';
import { join } from 'node:path';
import type { Versions } from '../../src-shared/contract/help.ts';
import { sqliteVersion } from '../projects/sqlite-version.ts';
import { appRoot, logsFolder } from './places.ts';

/** Of what runs in this host, and of the packages that the engines load. */
export function versions(program: string, dataDir: string): Versions {
  const packages = join(appRoot(), 'node_modules');
  const { electron, chrome, node } = process.versions;
  return {
    program,
    electron: electron ?? null,
    chromium: chrome ?? null,
    node,
    onnxruntime: stringIn(join(packages, 'onnxruntime-node', 'package.json'), 'version') ?? '–',
    sharp: stringIn(join(packages, 'sharp', 'package.json'), 'version') ?? '–',
    libvips: libvipsVersion(join(packages, '@img')),
    sqlite: sqliteVersion(),
    system: `${type()} ${release()} ${arch()}`,
    logs: logsFolder(dataDir),
  };
}

/** Of the library that is installed beside sharp; null where sharp uses the system's. */
function libvipsVersion(images: string): string | null {
  const library = existsSync(images) ? readdirSync(images).find((name) => name.startsWith('sharp-libvips-')) : undefined;
  return library === undefined ? null : stringIn(join(images, library, 'versions.json'), 'vips');
}

function stringIn(file: string, key: string): string | null {
  try {
    const value: unknown = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)[key];
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
