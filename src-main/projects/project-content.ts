import type { ProjectInfo } from '../../src-shared/contract/types.ts';
import type { Tables } from './tables.ts';

/** What a project holds, in numbers. */
export function contentOf(tables: Tables): Pick<ProjectInfo, 'name' | 'roots' | 'images' | 'instances' | 'classes' | 'undo'> {
  const { roots, classes, instances, images, journal } = tables;
  const counts = instances.countByClass();
  return {
    name: tables.name(),
    roots: roots.list(),
    images: images.counts(),
    instances: [...counts.values()].reduce((sum, n) => sum + n, 0),
    classes: classes.list().map((cls) => ({ ...cls, instances: counts.get(cls.id) ?? 0 })),
    undo: journal.state(),
  };
}
