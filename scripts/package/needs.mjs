import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { highest, readBinary } from './binaries.mjs';

/** Libraries that every desktop system that we run on brings along: Windows 10, macOS, a Linux with glibc. */
const SYSTEM = {
  pe: /^(?:api-ms-win-[\w-]+|advapi32|bcrypt|bcryptprimitives|crypt32|d3d12|dbghelp|dnsapi|dxgi|iphlpapi|kernel32|ntdll|ole32|oleaut32|psapi|setupapi|shell32|shlwapi|user32|userenv|winmm|ws2_32)\.dll$/i,
  elf: /^(?:ld-linux-[\w-]+\.so\.\d|lib(?:c|dl|m|pthread|resolv|rt)\.so\.\d|libgcc_s\.so\.1|libstdc\+\+\.so\.6)$/,
  'mach-o': /^\/(?:usr\/lib|System\/Library\/Frameworks)\//,
};

/** The program that loads a native module is Node itself, whatever its path. */
const HOST = /^node\.exe$/i;

/** All programs and libraries under a folder, by path. */
export function binariesIn(folder) {
  const found = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // Everything else that is packed has an ending of its own.
    if (!/\.(?:node|dll|exe|dylib|so[\d.]*)$|^node$/.test(entry.name)) continue;
    const binary = readBinary(readFileSync(path));
    if (binary !== null) found.set(path, binary);
  }
  return found;
}

/** What no loader would find: neither in the package nor part of the system. */
export function missingIn(binaries) {
  const missing = [];
  for (const [path, { format, needs }] of binaries) {
    // Windows looks beside the module that is loaded, the others wherever the module says.
    const packed = new Set([...binaries.keys()].filter((other) => format !== 'pe' || dirname(other) === dirname(path)).map((other) => basename(other).toLowerCase()));
    for (const library of needs) {
      if (SYSTEM[format].test(library) || (format === 'pe' && HOST.test(library)) || packed.has(basename(library).toLowerCase())) continue;
      missing.push({ path, library });
    }
  }
  return missing;
}

/** The newest versions that any of them asks of the system: GLIBC, GLIBCXX, macOS. */
export const systemNeeds = (binaries) => highest([...binaries.values()].map(({ versions }) => versions));
