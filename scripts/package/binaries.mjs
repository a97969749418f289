/**
 * What programs and libraries ask the system's loader for. No library on npm reads all three formats and is looked after;
 * what is wanted of each is a handful of numbers at known places.
 *
 * PE: https://learn.microsoft.com/windows/win32/debug/pe-format. ELF: elf(5), and its symbol versions in
 * https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html. Mach-O: <mach-o/loader.h>.
 */

/** Null for anything that is no 64-bit, little-endian program or library. */
export function readBinary(bytes) {
  if (bytes.length < 64) return null;
  if (bytes.readUInt16LE(0) === 0x5a4d) return readPe(bytes);
  if (bytes.readUInt32BE(0) === 0x7f454c46) return readElf(bytes);
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return readMachO(bytes);
  // Several of them in one file, one for each processor.
  if (bytes.readUInt32BE(0) === 0xcafebabe) {
    const parts = Array.from({ length: bytes.readUInt32BE(4) }, (_, i) => readMachO(bytes.subarray(bytes.readUInt32BE(8 + 20 * i + 8))));
    return { format: 'mach-o', needs: [...new Set(parts.flatMap(({ needs }) => needs))], versions: highest(parts.map(({ versions }) => versions)) };
  }
  return null;
}

function text(bytes, at) {
  return bytes.toString('latin1', at, bytes.indexOf(0, at));
}

function readPe(bytes) {
  const header = bytes.readUInt32LE(0x3c);
  if (header + 24 > bytes.length || bytes.readUInt32BE(header) !== 0x50450000 || bytes.readUInt16LE(header + 24) !== 0x20b) return null;
  const optional = header + 24;
  const sections = Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, i) => {
    const at = optional + bytes.readUInt16LE(header + 20) + 40 * i;
    return { from: bytes.readUInt32LE(at + 12), length: Math.max(bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 16)), file: bytes.readUInt32LE(at + 20) };
  });
  const place = (address) => {
    const section = sections.find(({ from, length }) => address >= from && address < from + length);
    if (section === undefined) throw new RangeError(`no section holds the address ${address}`);
    return address - section.from + section.file;
  };
  const needs = [];
  // Imports, and those that are loaded when they are first called. Both lists end with an entry of zeros.
  for (const [directory, size, nameAt] of [[1, 20, 12], [13, 32, 4]]) {
    const address = directory < bytes.readUInt32LE(optional + 108) ? bytes.readUInt32LE(optional + 112 + 8 * directory) : 0;
    if (address === 0) continue;
    for (let at = place(address); bytes.readUInt32LE(at + nameAt) !== 0; at += size) needs.push(text(bytes, place(bytes.readUInt32LE(at + nameAt))));
  }
  // The runtime of Visual C++ must not be older than what linked the file.
  return { format: 'pe', needs, versions: { linker: `${bytes[optional + 2]}.${bytes[optional + 3]}` } };
}

function readElf(bytes) {
  if (bytes[4] !== 2 || bytes[5] !== 1) return null;
  const number = (at) => Number(bytes.readBigUInt64LE(at));
  const segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, i) => {
    const at = number(32) + bytes.readUInt16LE(54) * i;
    return { type: bytes.readUInt32LE(at), file: number(at + 8), address: number(at + 16), length: number(at + 32) };
  });
  const dynamic = segments.find(({ type }) => type === 2);
  const needs = [];
  const versions = {};
  if (dynamic === undefined) return { format: 'elf', needs, versions };
  const place = (address) => {
    const segment = segments.find((one) => one.type === 1 && address >= one.address && address < one.address + one.length);
    if (segment === undefined) throw new RangeError(`no segment holds the address ${address}`);
    return address - segment.address + segment.file;
  };
  const entries = [];
  for (let at = dynamic.file; bytes.readBigUInt64LE(at) !== 0n; at += 16) entries.push([number(at), number(at + 8)]);
  const value = (tag) => entries.find(([one]) => one === tag)?.[1];
  const strings = place(value(5));
  for (const [tag, name] of entries) if (tag === 1) needs.push(text(bytes, strings + name));
  // Versions of symbols that are asked of other libraries: a list of libraries, each with a list of versions.
  for (let left = value(0x6fffffff) ?? 0, at = left === 0 ? 0 : place(value(0x6ffffffe)); left > 0; left--, at += bytes.readUInt32LE(at + 12)) {
    for (let count = bytes.readUInt16LE(at + 2), one = at + bytes.readUInt32LE(at + 8); count > 0; count--, one += bytes.readUInt32LE(one + 12)) {
      const [, name, version] = /^([A-Z]+)_([\d.]+)$/.exec(text(bytes, strings + bytes.readUInt32LE(one + 8))) ?? [];
      if (name !== undefined && isNewer(version, versions[name])) versions[name] = version;
    }
  }
  return { format: 'elf', needs, versions };
}

const MACH_O_LIBRARIES = new Set([0xc, 0x80000018, 0x8000001f, 0x80000023]);

function readMachO(bytes) {
  const needs = [];
  const versions = {};
  for (let left = bytes.readUInt32LE(16), at = 32; left > 0; left--, at += bytes.readUInt32LE(at + 4)) {
    const command = bytes.readUInt32LE(at);
    if (MACH_O_LIBRARIES.has(command)) needs.push(text(bytes, at + bytes.readUInt32LE(at + 8)));
    // The oldest macOS that it runs on: LC_BUILD_VERSION, and what came before that.
    if (command === 0x32 || command === 0x24) {
      const packed = bytes.readUInt32LE(at + (command === 0x32 ? 12 : 8));
      versions.macOS = `${packed >>> 16}.${(packed >>> 8) & 0xff}`;
    }
  }
  return { format: 'mach-o', needs, versions };
}

/** Whether a version (“2.34”) is newer than another, or there is no other. */
export function isNewer(version, than) {
  return than === undefined || version.localeCompare(than, 'en', { numeric: true }) > 0;
}

/** The newest of each version that is asked for. */
export function highest(all) {
  const most = {};
  for (const versions of all) for (const [name, version] of Object.entries(versions)) if (isNewer(version, most[name])) most[name] = version;
  return most;
}
