import { Arch } from 'electron-builder';

/**
 * electron-builder's hook before each package. Node, sharp and the like are those that npm installed here, and a package
 * for another system would be made without a word, and not run. A folder for looking at (`dir`) may be.
 */
export default function beforePack({ electronPlatformName, arch, targets }) {
  const wanted = `${electronPlatformName}-${Arch[arch]}`;
  const here = `${process.platform}-${process.arch}`;
  if (wanted === here || targets.every(({ name }) => name === 'dir')) return;
  throw new Error(`Here Maskwright can be packed for ${here} only, not for ${wanted}: the package holds the Node and the native modules that npm installed. Pack it on such a machine.`);
}
