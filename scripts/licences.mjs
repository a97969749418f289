import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packagedNode } from './setup/node-binary.mjs';

/** Licences that ask for no more than to be named (SPDX identifiers). */
const PERMISSIVE = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'OFL-1.1', 'Python-2.0', 'Unlicense', 'Zlib']);

/** What ships though its licence asks for more, and how what it asks for is done. */
const LIBVIPS = {
  // On Windows libvips lies in the folder of sharp's own binary.
  packages: /^@img\/sharp-(?:libvips|win32)-/,
  licences: ['LGPL-3.0-or-later', 'Apache-2.0 AND LGPL-3.0-or-later'],
  note: 'A library file of its own beside the program, linked dynamically, so that another build of it can take its place. Its sources: https://github.com/lovell/sharp-libvips',
  texts: ['LGPL-3.0.txt', 'GPL-3.0.txt'],
};

/** Not one of SPDX; its own terms let it be passed on with a program. */
const VC_RUNTIME = 'LicenseRef-Microsoft-Visual-Studio-Distributable-Code';

/** Packages that come without a file of their licence, though their repository has one. */
const TEXTS = { 'lazy-val': 'lazy-val.txt', 'onnxruntime-node': 'onnxruntime.txt', 'onnxruntime-common': 'onnxruntime.txt', saxes: 'saxes.txt' };

const NOTES = {
  'better-sqlite3': 'Holds SQLite, which is in the public domain.',
  electron: 'The licences of Chromium lie beside the program as LICENSES.chromium.html.',
  'onnxruntime-node': 'Notices of what onnxruntime is built from: https://github.com/microsoft/onnxruntime/blob/main/ThirdPartyNotices.txt',
};

/** Whether an SPDX expression leaves a choice of permissive licences alone; of one with brackets inside all have to be. */
export function isPermissive(expression) {
  const words = expression.replace(/^\((.*)\)$/, '$1');
  const choices = words.includes('(') ? [words.replaceAll(/[()]/g, ' ').replaceAll(' OR ', ' AND ')] : words.split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((name) => PERMISSIVE.has(name.trim())));
}

/** The folder of the package that a bundled module comes from; null for our own modules and those the bundlers make. */
function packageFolder(module) {
  return /^(?!\0)(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(module)?.[1] ?? null;
}

/** Words of the licence file, or null when the package has none. */
function textIn(folder) {
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying)\b/i.test(name)).sort();
  return files.length === 0 ? null : files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
}

/**
 * Name, version, licence and its text of one package, with a note where there is more to say.
 * Throws when it may not ship: an unknown licence, one that asks for more than naming, or no text.
 */
export function licenceOf(folder, textsFolder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${name} does not say in its package.json which licence it has, so it cannot ship. Find out, or do without it.`);
  const given = (file) => readFileSync(join(textsFolder, file), 'utf8').trim();
  if (LIBVIPS.packages.test(name) && LIBVIPS.licences.includes(license)) {
    // The read-me lists what is built into it, each with its licence.
    const readme = join(folder, 'README.md');
    const own = [existsSync(readme) ? readFileSync(readme, 'utf8').trim() : null, textIn(folder)].filter((text) => text !== null);
    return { name, version, licence: license, note: LIBVIPS.note, text: [...own, ...LIBVIPS.texts.map(given)].join('\n\n') };
  }
  if (!isPermissive(license)) throw new Error(`${name} has the licence ${license}, which is not a permissive one, so it cannot ship. Do without it.`);
  const text = textIn(folder) ?? (TEXTS[name] === undefined ? null : given(TEXTS[name]));
  if (text === null) throw new Error(`${name} comes without the text of its licence (${license}), so it cannot ship. Put the text into assets/licences.`);
  return { name, version, licence: license, note: NOTES[name] ?? null, text };
}

/** Node's binary, which runs the engines. The text names all that is built into it; the packages for Windows lack it. */
function nodeLicence(root) {
  const binary = packagedNode(root);
  const folder = binary === null ? null : join(dirname(binary), '..');
  const version = folder === null ? process.versions.node : JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  const given = join(root, `assets/licences/node-${Number.parseInt(version, 10)}.txt`);
  const text = (folder === null ? null : textIn(folder)) ?? (existsSync(given) ? readFileSync(given, 'utf8').trim() : null);
  if (text === null) throw new Error(`Node ${version} comes without the text of its licence, so it cannot ship. Put the text into ${given}.`);
  return { name: 'Node.js', version, licence: 'MIT', note: 'Runs the engines. The text names all that is built into it.', text };
}

/** Microsoft's Visual C++ runtime, which a package for Windows takes from the Visual Studio that it is made with (scripts/package). */
function vcRuntime(root) {
  const text = readFileSync(join(root, 'assets/licences/vc-runtime.txt'), 'utf8').trim();
  return { name: 'Microsoft Visual C++ runtime', version: null, licence: VC_RUNTIME, note: 'Lies beside onnxruntime in packages for Windows, unchanged.', text };
}

/** What is ours and comes along, under the program's own licence. */
function own(root) {
  const text = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { builtin, models } = JSON.parse(readFileSync(join(root, 'models/catalogue.json'), 'utf8'));
  const model = models.find(({ id }) => id === builtin);
  return [
    { name: 'Maskwright', version, licence: 'Apache-2.0', note: null, text },
    { name: model.name, version: null, licence: model.licence, note: `The model that comes with the program. ${model.source}`, text },
    { name: 'Sample pictures', version: null, licence: 'Apache-2.0', note: 'Computed by the Maskwright authors; no photographs.', text },
  ];
}

/** Packages that ship as they are (electron-builder.yml leaves out what only their installation needs), and those of which files are copied. */
const PACKAGES = ['better-sqlite3', 'detect-libc', 'electron', '@fontsource-variable/inter', 'onnxruntime-common', 'onnxruntime-node', 'semver', 'sharp'];

/** The licences of all that ships from the repository at `root`: ours first, then the others by name. `modules`: ids of all bundled modules. */
export function shippedLicences(root, modules) {
  const images = readdirSync(join(root, 'node_modules/@img')).map((name) => `@img/${name}`);
  const whole = [...PACKAGES, ...images].map((name) => join(root, 'node_modules', name));
  const folders = new Set([...modules.map(packageFolder).filter((folder) => folder !== null), ...whole]);
  const others = [...folders].map((folder) => licenceOf(folder, join(root, 'assets/licences')));
  return [...own(root), ...[...others, nodeLicence(root), ...(process.platform === 'win32' ? [vcRuntime(root)] : [])].sort((a, b) => a.name.localeCompare(b.name, 'en'))];
}
