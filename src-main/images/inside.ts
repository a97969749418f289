import { isAbsolute, relative, sep } from 'node:path';

/** Whether `path` lies in `folder` or is it. Both are absolute and resolved; a sibling that shares a prefix lies outside. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(sep)[0] !== '..';
}
