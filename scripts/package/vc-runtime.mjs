import { copyFileSync, existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isNewer, readBinary } from './binaries.mjs';

/** Microsoft's Visual C++ runtime, which Windows lacks until some installer brings it. */
export const isVcRuntime = (library) => /^(?:msvcp140|vcruntime140|concrt140)(?:_\w+)?\.dll$/i.test(library);

/**
 * The folder of the newest runtime that Visual Studio has here for a processor ('x64', 'arm64'), with its version, or null.
 * Its license lets whoever has a Visual Studio pass on the files of its redist folder, unchanged, and nobody else: that is
 * why they come from there and from no package registry. MASKWRIGHT_VC_RUNTIME names another folder of such files.
 */
export function findVcRuntime(arch, env = process.env) {
  const given = env.MASKWRIGHT_VC_RUNTIME;
  if (given) return existsSync(given) ? { folder: given, version: null } : null;
  const redist = [env.VCToolsRedistDir, ...[env.ProgramFiles, env['ProgramFiles(x86)']].flatMap((folder) => (folder ? globSync(join(folder, 'Microsoft Visual Studio/*/*/VC/Redist/MSVC/*')) : []))];
  let newest = null;
  for (const folder of redist) {
    if (!folder) continue;
    const version = /^14\.[\d.]+$/.exec(basename(folder))?.[0];
    const [found] = version === undefined ? [] : globSync(join(folder, arch, 'Microsoft.VC14*.CRT'));
    if (found !== undefined && isNewer(version, newest?.version)) newest = { folder: found, version };
  }
  return newest;
}

/**
 * Puts the runtime beside each module that needs it: a module's libraries are looked for in its own folder and in the
 * system's, not beside the program. Throws where there is none, an older one than a module was linked with, or not all of it.
 * @param missing as of missingIn; @param binaries by path
 */
export function addVcRuntime(missing, binaries, arch, env = process.env) {
  const wanted = missing.filter(({ library }) => isVcRuntime(library));
  if (wanted.length === 0) return;
  const runtime = findVcRuntime(arch, env);
  const names = [...new Set(wanted.map(({ library }) => library.toLowerCase()))].sort().join(', ');
  if (runtime === null) throw new Error(`Maskwright cannot be packed for Windows here: ${names} must come along, and no Visual Studio with them was found. Install the Visual Studio Build Tools (workload “Desktop development with C++”), or name a folder of these files in MASKWRIGHT_VC_RUNTIME.`);
  for (const { path, library } of wanted) {
    const { linker } = binaries.get(path).versions;
    if (runtime.version !== null && isNewer(linker, runtime.version)) throw new Error(`Maskwright cannot be packed for Windows here: ${basename(path)} was made with Visual C++ ${linker}, and the runtime in ${runtime.folder} is an older one (${runtime.version}). Update Visual Studio.`);
    const file = globSync(join(runtime.folder, '*.dll')).find((name) => basename(name).toLowerCase() === library.toLowerCase());
    if (file === undefined || readBinary(readFileSync(file)) === null) throw new Error(`Maskwright cannot be packed for Windows here: ${library} is not in ${runtime.folder}. Repair Visual Studio, or name a folder that has it in MASKWRIGHT_VC_RUNTIME.`);
    copyFileSync(file, join(dirname(path), library));
  }
}
