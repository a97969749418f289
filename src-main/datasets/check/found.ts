import type { Rules, Finding, RuleId } from '../../../src-shared/contract/check.ts';
import type { ImageFile } from '../../images/image-file.ts';
import type { DatasetImage, DatasetInstance, DatasetSource } from '../source.ts';

/** An image with what is known of its file. */
export type CheckedImage = DatasetImage & ImageFile;

export interface CheckSource extends DatasetSource {
  images(filter: 'all'): Iterable<CheckedImage>;
}

/** What a rule tells of; the rest of a Finding follows from the image it is on. */
export type Found = Partial<Pick<Finding, 'box' | 'other' | 'measures'>> & { readonly instances?: readonly DatasetInstance[] };

/** Where the rules of one image tell what they found, and what was too much for them. */
export interface ImageReport {
  found(rule: RuleId, found: Found): void;
  /** @param item of the image: an instance, or the image itself */
  notLookedAt(item: string, why: string): void;
}

export type { Rules };

/** Of a mask, and of all masks of an image in one rule: more runs than any real outline has, and about a tenth of a second's work. */
export const MOST_RUNS = 1_000_000;
/** Runs of all the masks of one image that are held in memory together: 80 MB. */
export const MOST_KEPT_RUNS = 20_000_000;
/** Runs that comparing the instances of one image may walk through: about a second's work. */
export const MOST_STEPS = 200_000_000;
/** Pairs of instances of one image whose boxes may be compared. */
export const MOST_PAIRS = 50_000_000;

export const instanceName = ({ id }: DatasetInstance, image: DatasetImage): string => `${image.path}, instance ${id}`;
export const tooManyRuns = (runs: number): string => `its outline has ${runs.toLocaleString('en')} runs, more than the ${MOST_RUNS.toLocaleString('en')} that are looked at: it is noise rather than an object`;
