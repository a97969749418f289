import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readHead, statOf } from '../codecs/files.ts';
import { splitWord } from '../parts/split-sink.ts';

/** In a folder with more XML files than this, as of Pascal VOC, the rest is not looked into. */
const MOST_LOOKED_INTO = 20;

/** CVAT's XML for images at a path: the file itself, or in a folder annotations.xml or else every XML file of this kind, each with the split that its name says. Absolute paths in order of names. */
export async function cvatFiles(path: string): Promise<{ readonly file: string; readonly split: string | null }[]> {
  if ((await statOf(path))?.isDirectory() !== true) return (await isCvat(path)) ? [{ file: path, split: null }] : [];
  const usual = join(path, 'annotations.xml');
  if (await isCvat(usual)) return [{ file: usual, split: null }];
  const names = (await readdir(path)).filter((name) => name.toLowerCase().endsWith('.xml') && !name.startsWith('.')).sort();
  const files: { file: string; split: string | null }[] = [];
  for (const name of names.slice(0, MOST_LOOKED_INTO)) if (await isCvat(join(path, name))) files.push({ file: join(path, name), split: splitWord(name.replace(/\.xml$/i, '')) });
  return files;
}

async function isCvat(file: string): Promise<boolean> {
  if (!file.toLowerCase().endsWith('.xml') || (await statOf(file))?.isFile() !== true) return false;
  const head = await readHead(file);
  return /<annotations[\s>]/.test(head) && (/<(version|meta|image|track)[\s>]/.test(head) || /<annotations\s*\/>/.test(head));
}
