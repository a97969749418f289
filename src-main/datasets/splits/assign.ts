/** What is assigned as a whole: an image, or a group of them. In the order of the draw. */
export interface Unit {
  /** How many images. */
  readonly size: number;
  /** By label (a number from 0): how many of its images have it. */
  readonly labels: readonly (readonly [label: number, images: number])[];
}

/** How many images each part still lacks; may be negative where locked ones are too many. */
export type Needs = readonly number[];

/**
 * Whole numbers in proportion to `needs` that sum to `total` (largest remainder, the earlier part first). What is not
 * above 0 gets nothing; when nothing is, `shares` decide.
 */
export function quotas(needs: Needs, total: number, shares: readonly number[]): number[] {
  const positive = needs.map((need) => Math.max(0, need));
  const weights = positive.some((need) => need > 0) ? positive : shares;
  const sum = weights.reduce((a, b) => a + b, 0);
  // Needs such as 0.1 × 30 are a hair off whole numbers; rounded, they do not change who has the largest remainder.
  const exact = weights.map((weight) => Math.round((weight / sum) * total * 1e9) / 1e9);
  const whole = exact.map(Math.floor);
  const left = Math.round(total - whole.reduce((a, b) => a + b, 0));
  const byRemainder = exact.map((_, part) => part).sort((a, b) => remainder(exact[b]) - remainder(exact[a]) || a - b);
  for (const part of byRemainder.slice(0, left)) whole[part] = (whole[part] ?? 0) + 1;
  return whole;
}

const remainder = (value = 0): number => value - Math.floor(value);

/**
 * Gives each unit a part so that the parts get what they need, as nearly as the units' sizes allow. Units that are large against
 * the smallest quota go first, the largest to the part that lacks most; the others are cut from the draw in one piece for each
 * part, so that a few more images move few of those that were there. Writes into `assigned`, by the units' numbers.
 */
export function assignByNeed(units: readonly Unit[], numbers: readonly number[], needs: Needs, shares: readonly number[], assigned: Int32Array): void {
  const size = (unit: number): number => units[unit]?.size ?? 0;
  const total = numbers.reduce((sum, unit) => sum + size(unit), 0);
  if (total === 0) return;
  const left = quotas(needs, total, shares);
  const large = Math.max(1, Math.min(...left.filter((quota) => quota > 0)) / 2);
  for (const unit of numbers.filter((n) => size(n) > large).sort((a, b) => size(b) - size(a) || a - b)) {
    const part = argmax(left);
    assigned[unit] = part;
    left[part] = (left[part] ?? 0) - size(unit);
  }
  const small = numbers.filter((unit) => size(unit) <= large);
  const ends = cumulated(quotas(left, small.reduce((sum, unit) => sum + size(unit), 0), shares));
  let from = 0;
  for (const unit of small) {
    const middle = from + size(unit) / 2;
    assigned[unit] = ends.findIndex((end) => middle < end);
    from += size(unit);
  }
}

const cumulated = (values: readonly number[]): number[] => {
  let sum = 0;
  return values.map((value) => (sum += value));
};

/** The first of the largest. */
function argmax(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/**
 * Iterative stratification of multi-label data: Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label Data",
 * ECML PKDD 2011. The label with the fewest images left is dealt out first; each of its units goes to the part that lacks most
 * images of that label, of several to the one that lacks most images. Here it is deterministic: what is equal in the paper and
 * drawn by lot goes by the order of labels, of the draw and of parts. A unit of several images counts as many times, and those
 * with most images of the label go first. Units without any label are dealt out last, by assignByNeed.
 *
 * @param labelNeeds by label × parts: how many images with that label each part lacks
 */
export async function assignStratified(units: readonly Unit[], needs: Needs, labelNeeds: Float64Array, shares: readonly number[], pause: () => Promise<void>): Promise<Int32Array> {
  const parts = shares.length;
  const assigned = new Int32Array(units.length).fill(-1);
  const left = [...needs];
  const having = unitsByLabel(units, labelNeeds.length / parts);
  const images = having.map((list) => list.reduce((sum, { images: n }) => sum + n, 0));
  for (;;) {
    await pause();
    const label = fewest(images);
    if (label < 0) break;
    for (const { unit } of (having[label] ?? []).sort((a, b) => b.images - a.images || a.unit - b.unit)) {
      if (assigned[unit] !== -1) continue;
      const part = neediest(labelNeeds.subarray(label * parts, (label + 1) * parts), left);
      const { size, labels } = units[unit] as Unit;
      assigned[unit] = part;
      left[part] = (left[part] ?? 0) - size;
      for (const [other, n] of labels) {
        labelNeeds[other * parts + part] = (labelNeeds[other * parts + part] ?? 0) - n;
        images[other] = (images[other] ?? 0) - n;
      }
    }
  }
  assignByNeed(units, units.flatMap((_, unit) => (assigned[unit] === -1 ? [unit] : [])), left, shares, assigned);
  return assigned;
}

function unitsByLabel(units: readonly Unit[], labels: number): { unit: number; images: number }[][] {
  const having: { unit: number; images: number }[][] = Array.from({ length: labels }, () => []);
  for (const [unit, { labels: own }] of units.entries()) for (const [label, images] of own) having[label]?.push({ unit, images });
  return having;
}

/** The label with the fewest images left, of those that have any; −1 when none has. */
function fewest(images: readonly number[]): number {
  let best = -1;
  for (const [label, n] of images.entries()) if (n > 0 && (best < 0 || n < (images[best] ?? 0))) best = label;
  return best;
}

/** Sums of shares are off by rounding: what differs by less is equal. */
const SAME = 1e-6;

function neediest(ofLabel: Float64Array, ofAll: readonly number[]): number {
  let best = 0;
  for (let part = 1; part < ofLabel.length; part++) {
    const more = (ofLabel[part] ?? 0) - (ofLabel[best] ?? 0);
    if (more > SAME || (more > -SAME && (ofAll[part] ?? 0) - (ofAll[best] ?? 0) > SAME)) best = part;
  }
  return best;
}
