import type { ImageId, RootId } from '../../src-shared/domain/schema.ts';
import type { DatasetSource } from './source.ts';

/**
 * The name each image gets in a data set: its path relative to its root. Where several roots hold the same relative
 * path, those images have the root's folder name put before it, and a number where that is taken too. Names depend on
 * the whole project and not on the filter, so an image has the same name in every export. `pause` is awaited all along.
 */
export async function datasetFileNames(source: DatasetSource, pause: () => Promise<void>): Promise<(image: { id: ImageId; path: string }) => string> {
  const roots = source.roots();
  if (roots.length < 2) return ({ path }) => path;

  const folders = new Map<RootId, string>(roots.map(({ id, path }) => [id, folderName(path)]));
  const uses = new Map<string, number>();
  for (const { path } of source.images('all')) {
    uses.set(path, (uses.get(path) ?? 0) + 1);
    await pause();
  }
  const taken = new Set(uses.keys());
  const renamed = new Map<ImageId, string>();
  for (const { id, root, path } of source.images('all')) {
    await pause();
    if (uses.get(path) === 1) continue;
    const folder = folders.get(root) ?? String(root);
    let name = `${folder}/${path}`;
    for (let n = 2; taken.has(name); n++) name = `${folder}-${n}/${path}`;
    taken.add(name);
    renamed.set(id, name);
  }
  return ({ id, path }) => renamed.get(id) ?? path;
}

/** The last part of a path of any platform; "root" for a bare drive or "/". */
const folderName = (path: string): string => path.split(/[/\\]/).findLast((part) => part !== '' && !part.endsWith(':')) ?? 'root';
