import { relative } from 'node:path';
import { Arch } from 'electron-builder';
import { binariesIn, missingIn, systemNeeds } from './needs.mjs';
import { addVcRuntime, isVcRuntime } from './vc-runtime.mjs';

/** electron-builder's hook after a package's folder is complete, and before it is signed. */
export default function afterPack({ appOutDir, arch, packager }) {
  complete(packager.getResourcesDir(appOutDir), Arch[arch]);
}

/** Adds what the binaries in a package need and Windows lacks. Throws when one needs what is nowhere. */
export function complete(resources, arch, env = process.env) {
  let binaries = binariesIn(resources);
  // The runtime is made of several libraries that need each other.
  for (let missing = missingIn(binaries); missing.some(({ library }) => isVcRuntime(library)); missing = missingIn(binaries)) {
    addVcRuntime(missing, binaries, arch, env);
    binaries = binariesIn(resources);
  }
  const missing = missingIn(binaries).map(({ path, library }) => `${relative(resources, path)} needs ${library}`);
  if (missing.length > 0) throw new Error(`Maskwright cannot be packed: ${missing.join('; ')}. Put it into the package (electron-builder.yml), or into the list of what systems bring (scripts/package/needs.mjs).`);
  return systemNeeds(binaries);
}
