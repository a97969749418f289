import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The first releases of distributions that have the glibc named in package.json. */
const NEW_ENOUGH = 'Ubuntu 22.04, Debian 12, RHEL 9, Fedora 35 or newer';

/** The version of glibc that the native modules need, from the package.json in `root`. */
export function neededGlibc(root) {
  return /[\d.]+/.exec(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.glibc)[0];
}

/** What this process runs on. `glibc` is null where the C library is another one, or none. */
export function systemHere() {
  // Looking up the names of open connections takes seconds where there is no network.
  process.report.excludeNetwork = true;
  const glibc = process.platform === 'linux' ? (process.report.getReport().header.glibcVersionRuntime ?? null) : null;
  return { platform: process.platform, glibc };
}

const isOlder = (version, than) => {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
};

/** Why Maskwright cannot run on this system, in a sentence with what to do; null where it can. */
export function unsupportedSystem(root, { platform, glibc } = systemHere()) {
  if (platform !== 'linux') return null;
  const needed = neededGlibc(root);
  if (glibc === null) return `Maskwright does not run on Alpine and other systems with musl: onnxruntime, which runs the models, needs glibc. Use a system such as ${NEW_ENOUGH}, or a container of one.`;
  if (isOlder(glibc, needed)) return `Maskwright needs glibc ${needed}; this system has ${glibc}, so it is too old. Use ${NEW_ENOUGH}, or a container of one.`;
  return null;
}
