import type { Problem } from '../../../src-shared/contract/errors.ts';
import { WAYS } from './name-index.ts';
import type { Way } from './name-index.ts';

/** Names given as examples. */
const NAMED = 3;

const WORDS: Readonly<Record<Way, string>> = {
  end: 'by the end of their path',
  name: 'by file name only',
  decoded: 'by file name, with %20 and the like decoded',
  case: 'by file name, in another case',
  stem: 'by file name without its extension',
  upload: 'by file name without what an upload added to it',
};

/** Gathers how the images of a dataset were found, and tells it in a few lines with counts and examples. */
export class FindReport {
  readonly #total: number;
  readonly #ways = new Map<Way, string[]>();
  readonly #missing: string[] = [];
  /** By what became of them: the paths that the dataset gives. */
  readonly #rows = new Map<string, string[]>();

  /** @param total images of the dataset */
  constructor(total: number) {
    this.#total = total;
  }

  /** @param place equal for two images that became one */
  placed(path: string, place: string, way: Way | null): void {
    const same = this.#rows.get(place);
    if (same === undefined) this.#rows.set(place, [path]);
    else same.push(path);
    if (way !== null) {
      const found = this.#ways.get(way);
      if (found === undefined) this.#ways.set(way, [path]);
      else found.push(path);
    }
  }

  notFound(path: string): void {
    this.#missing.push(path);
  }

  tell({ problem, note }: { problem(item: string, problem: Problem): void; note(text: string): void }): void {
    const say = (item: string, code: Problem['code'], message: string): void => problem(item, { code, message, item });
    for (const way of WAYS) {
      const paths = this.#ways.get(way);
      if (paths !== undefined) note(`${images(paths.length)} found ${WORDS[way]}: ${examples(paths)}.`);
    }
    const [missing] = this.#missing;
    if (missing !== undefined) {
      say(missing, 'image-missing', `${this.#missing.length.toLocaleString('en')} of ${images(this.#total)} not found: ${examples(this.#missing)}. The annotations are kept on missing images. Add the folder that holds the images to the project, or undo and import again with that folder (--pictures FOLDER on the command line, “Image folder” in the window).`);
    }
    const joined = [...this.#rows.values()].filter((paths) => paths.length > 1);
    const [first] = joined;
    if (first?.[0] === undefined) return;
    const rows = joined.reduce((sum, paths) => sum + paths.length, 0);
    const which = joined.slice(0, NAMED).map((paths) => `"${paths[0]}" (${paths.length} times${paths.some((path) => path !== paths[0]) ? `, also as "${paths.find((path) => path !== paths[0])}"` : ''})`);
    say(first[0], 'conflict', `${rows.toLocaleString('en')} images of the dataset are ${joined.length === 1 ? 'one image' : `${joined.length.toLocaleString('en')} images`}, which got the annotations of all of them: ${which.join(', ')}${joined.length > NAMED ? ', …' : ''}.`);
  }
}

const images = (count: number): string => (count === 1 ? '1 image' : `${count.toLocaleString('en')} images`);

const examples = (paths: readonly string[]): string => `${paths.slice(0, NAMED).map((path) => `"${path}"`).join(', ')}${paths.length > NAMED ? ` and ${(paths.length - NAMED).toLocaleString('en')} more` : ''}`;
