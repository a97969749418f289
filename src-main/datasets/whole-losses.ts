import type { WholeLoss } from '../../src-shared/contract/types.ts';
import type { ClassId } from '../../src-shared/domain/schema.ts';
import type { Extras } from './extras.ts';
import { formatName } from './formats/format-names.ts';
import type { DatasetImage, DatasetSource } from './source.ts';

/**
 * What a data set says beside its instances: colours and supercategories of classes, classes and images without instances,
 * attributes of images; splits, and that an image among others with splits has none (`noSplit`); what only one format says of
 * all these (`own.coco`), and what any does (`own`).
 */
export type Beside = 'splits' | 'noSplit' | 'colours' | 'supercategories' | 'emptyClasses' | 'emptyImages' | 'imageAttributes' | 'own' | `own.${string}`;

/** For formats that are only written: pictures and summaries are made from a data set and do not hold it. */
export const NOT_HELD: readonly Beside[] = ['splits', 'noSplit', 'colours', 'supercategories', 'emptyClasses', 'imageAttributes', 'own'];

/** For formats that tell images of a split from those of another and from those of none. */
export const KEPT_SPLITS: readonly Beside[] = ['splits', 'noSplit'];

/** Fields of Extras.own that only number a thing within a file. */
const NUMBERS = new Set(['id', 'value', 'index']);

/** Counts, image by image, what a format that keeps only `kept` loses of a data set beside its instances. */
export class WholeLosses {
  readonly #source: DatasetSource;
  readonly #kept: ReadonlySet<Beside>;
  readonly #used = new Set<ClassId | null>();
  /** What only one format says, by that format: of what. */
  readonly #foreign = new Map<string, Set<string>>();
  #emptyImages = 0;
  #withAttributes = 0;
  #withSplit = 0;
  #withoutSplit = 0;

  constructor(source: DatasetSource, kept: ReadonlySet<Beside>) {
    this.#source = source;
    this.#kept = kept;
    this.#look(source.extras(), 'the data set');
  }

  /** @param classes of its instances */
  image({ extras, split }: DatasetImage, classes: readonly (ClassId | null)[]): void {
    if (classes.length === 0) this.#emptyImages++;
    if (split === null) this.#withoutSplit++;
    else this.#withSplit++;
    for (const id of classes) this.#used.add(id);
    if (Object.keys(extras.attributes ?? {}).length > 0) this.#withAttributes++;
    this.#look(extras, 'images');
  }

  /** After all images. In sentences for a person; empty when nothing is lost. */
  losses(): WholeLoss[] {
    const classes = this.#source.classes();
    for (const { extras } of classes) this.#look(extras, 'classes');
    const above = classes.filter(({ extras }) => extras.supercategory !== undefined).length;
    const unused = classes.filter(({ id }) => !this.#used.has(id)).length;
    const [empty, described] = [this.#emptyImages, this.#withAttributes];
    // Where no image has a split, formats that know no such images change nothing that anybody has chosen.
    const unsplit = this.#withSplit === 0 || !this.#kept.has('splits') ? 0 : this.#withoutSplit;
    const found: [Beside, number, string][] = [
      ['splits', this.#withSplit, `The splits of ${counted(this.#withSplit, 'image', 'images')} are not kept.`],
      ['noSplit', unsplit, `${counted(unsplit, 'image', 'images')} without a split ${unsplit === 1 ? 'is' : 'are'} written to train.`],
      ['supercategories', above, `The supercategory of ${counted(above, 'class', 'classes')} is not kept.`],
      ['emptyClasses', unused, `${counted(unused, 'class', 'classes')} without instances ${unused === 1 ? 'is' : 'are'} not written.`],
      ['emptyImages', empty, `${counted(empty, 'image', 'images')} without instances ${empty === 1 ? 'is' : 'are'} not written.`],
      ['imageAttributes', described, `The attributes of ${counted(described, 'image', 'images')} are not kept.`],
    ];
    const data = found.filter(([part, count]) => count > 0 && !this.#kept.has(part)).map(([, , text]) => ({ text, cosmetic: false }));
    const foreign = [...this.#foreign].map(([id, things]) => ({ text: `What only ${formatName(id)} says of ${[...things].join(' and ')} is not kept.`, cosmetic: false }));
    const colours = classes.length === 0 || this.#kept.has('colours') ? [] : [{ text: 'The colours of classes are not kept.', cosmetic: true }];
    return [...data, ...foreign, ...colours];
  }

  #look({ own = {} }: Extras, of: string): void {
    for (const [id, fields] of Object.entries(own)) {
      if (this.#kept.has('own') || this.#kept.has(`own.${id}`) || Object.keys(fields).every((field) => NUMBERS.has(field))) continue;
      const things = this.#foreign.get(id) ?? new Set();
      this.#foreign.set(id, things.add(of));
    }
  }
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
