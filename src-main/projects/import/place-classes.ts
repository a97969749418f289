import type { Extras } from '../../datasets/extras.ts';
import { foldedName, nameKey } from '../../../src-shared/domain/class-names.ts';
import { decodeExtras } from '../codec.ts';
import type { StagedClass } from './staging.ts';

export interface ProjectClass {
  readonly name: string;
  readonly extras: Extras;
}

const MOST_NAME = 200;

/**
 * Gives each class of a dataset the name that it has in the project, so that no two of them become one: of several with one
 * name, that with the supercategory of the project's class, else the first, keeps it, and the others get their
 * supercategory or a number behind it. Names that differ in case are different. What was decided is noted.
 */
export function placeClasses(staged: readonly StagedClass[], project: readonly ProjectClass[], note: (text: string) => void): StagedClass[] {
  const known = new Map(project.map((cls) => [nameKey(cls.name), cls]));
  const folded = new Map(project.map((cls) => [foldedName(cls.name), cls]));
  const groups = Map.groupBy(staged, ({ name }) => nameKey(name));
  const taken = new Set(groups.keys());
  const names = new Map<number, string>();
  for (const [key, group] of groups) {
    const there = known.get(key);
    const above = there?.extras.supercategory;
    const keeper = (above === undefined ? undefined : group.find((cls) => supercategoryOf(cls) === above)) ?? group[0];
    for (const cls of group) if (cls !== keeper) names.set(cls.n, freeName(cls, taken));
    if (group.length > 1) {
      const others = group.filter((cls) => cls !== keeper).map(({ n }) => `"${names.get(n)}"`);
      note(`${group.length} classes of the dataset are named "${group[0]?.name}". They stay apart: ${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} named anew.`);
    }
    const here = keeper === undefined ? undefined : supercategoryOf(keeper);
    if (here !== undefined && above !== undefined && here !== above) note(`The class "${keeper?.name}" is the project's class of that name, though its supercategory is "${here}" here and "${above}" there.`);
    const alike = there === undefined ? folded.get(foldedName(key)) : undefined;
    if (alike !== undefined) note(`The class "${keeper?.name}" is another than the project's "${alike.name}": class names that differ in case are kept apart.`);
  }
  for (const alike of Map.groupBy(groups.keys(), foldedName).values()) {
    if (alike.length > 1) note(`Class names of the dataset differ only in case and are kept apart: ${alike.map((name) => `"${name}"`).join(', ')}.`);
  }
  return staged.map((cls) => ({ ...cls, name: names.get(cls.n) ?? cls.name }));
}

function freeName(cls: StagedClass, taken: Set<string>): string {
  const above = supercategoryOf(cls);
  for (let n = above === undefined ? 2 : 1; ; n++) {
    const words = n === 1 ? above : above === undefined ? n : `${above} ${n}`;
    const behind = ` (${String(words).slice(-MOST_NAME / 2)})`;
    const name = cls.name.trim().slice(0, MOST_NAME - behind.length) + behind;
    if (taken.has(nameKey(name))) continue;
    taken.add(nameKey(name));
    return name;
  }
}

const supercategoryOf = ({ extras, name }: StagedClass): string | undefined => decodeExtras(extras, name).supercategory;
