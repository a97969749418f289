import type { Problem } from '../../src-shared/contract/errors.ts';
import type { InstanceId } from '../../src-shared/domain/schema.ts';

/** Objects that a warning names; of the others it says the number. */
const MOST_NAMED = 5;

export interface Unreadable {
  readonly id: InstanceId;
  /** Continues "object 7 is damaged: …". */
  readonly why: string;
}

/** What the person should know of an open project that can be used. One warning tells of all damaged objects. */
export class Warnings {
  readonly #told: Problem[];
  readonly #onChange: (warnings: readonly Problem[]) => void;
  readonly #damaged = new Map<InstanceId, { readonly path: string; readonly why: string }>();

  constructor(told: readonly Problem[], onChange: (warnings: readonly Problem[]) => void) {
    this.#told = [...told];
    this.#onChange = onChange;
  }

  list(): Problem[] {
    return this.#damaged.size === 0 ? [...this.#told] : [...this.#told, this.#ofDamaged()];
  }

  /** One that was told already is not told again. */
  add(warning: Problem): void {
    if (this.#told.some(({ message }) => message === warning.message)) return;
    this.#told.push(warning);
    this.#onChange(this.list());
  }

  /** @param path of the image that they are on */
  unreadable(path: string, found: readonly Unreadable[]): void {
    const fresh = found.filter(({ id }) => !this.#damaged.has(id));
    for (const { id, why } of fresh) this.#damaged.set(id, { path, why });
    if (fresh.length > 0) this.#onChange(this.list());
  }

  #ofDamaged(): Problem {
    const all = [...this.#damaged];
    const named = all.slice(0, MOST_NAMED).map(([id, { path, why }]) => `object ${id} on ${path} (${why})`).join(', ');
    const others = all.length - MOST_NAMED;
    return {
      code: 'project-damaged',
      message: `Damaged in the project’s file and therefore not shown: ${named}${others > 0 ? ` and ${others.toLocaleString('en')} more` : ''}. They are left as they are, and all else can be worked on. A check of the dataset lists all damaged masks; to get one back, open an older copy of the project.`,
      item: all[0]?.[1].path ?? null,
    };
  }
}
