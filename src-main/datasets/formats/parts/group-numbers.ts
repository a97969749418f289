import type { Extras } from '../../extras.ts';
import type { DatasetInstance } from '../../source.ts';

/**
 * For formats whose groups are numbers from 1 on (CVAT, Datumaro): the number of each group of an image. Numbers stay; groups
 * that other formats name by a text get the first that are free.
 */
export function groupNumbers(instances: readonly DatasetInstance[]): Map<number | string, number> {
  const groups = new Map<number | string, number>();
  for (const { extras: { group } } of instances) if (typeof group === 'number' && group > 0) groups.set(group, group);
  let next = 1;
  for (const { extras: { group } } of instances) {
    if (group === undefined || groups.has(group)) continue;
    while (groups.has(next)) next++;
    groups.set(group, next);
    next++;
  }
  return groups;
}

/** For a preflight. */
export const groupLosses = ({ group }: Extras): string[] => (typeof group === 'string' ? [`its group “${group}” becomes a number`] : []);
