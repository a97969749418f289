import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface StaticFile {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** The name holds a hash of the content, so that a browser may keep it for ever. */
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** How Vite names the files it puts into assets/: NAME-HASH.EXT. */
const HASHED = /^\/assets\/.+-[\w-]{8}\.\w+$/;

/**
 * The page's files by address path ("/", "/assets/index-….js"), read once. Requests are looked up in this map as they
 * are, so no path of a request is ever joined, decoded or normalised; files of other kinds than a page has are left out.
 * Held in memory (a few megabytes): a new build meanwhile leaves a running program its own page.
 */
export function readStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map(filesIn(folder, ''));
  const page = files.get('/index.html');
  if (page) files.set('/', page);
  return files;
}

/** Folder by folder: Electron's view into its archive has no recursive listing. */
function* filesIn(folder: string, address: string): Generator<[string, StaticFile]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    const at = `${address}/${encodeURIComponent(entry.name)}`;
    const type = TYPES[extname(entry.name)];
    if (entry.isDirectory()) yield* filesIn(file, at);
    else if (entry.isFile() && type !== undefined) yield [at, { type, bytes: readFileSync(file), immutable: HASHED.test(at) }];
  }
}
