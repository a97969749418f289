import { describe, expect, it } from 'vitest';
import { fileName, joinPath, parentPath } from './paths.ts';

describe('paths of the program’s machine', () => {
  it.each([
    ['/home/ana/photos.mwproj', '/home/ana', 'photos.mwproj'],
    ['/photos.mwproj', '/', 'photos.mwproj'],
    ['C:\\Users\\Ana\\photos.mwproj', 'C:\\Users\\Ana', 'photos.mwproj'],
    ['C:\\photos.mwproj', 'C:\\', 'photos.mwproj'],
  ])('%s lies in %s', (path, parent, name) => {
    expect(parentPath(path)).toBe(parent);
    expect(fileName(path)).toBe(name);
    expect(joinPath(parent, name)).toBe(path);
  });
});
