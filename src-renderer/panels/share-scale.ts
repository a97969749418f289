import i18next from 'i18next';

/** The smallest share of an image's pixels, 0 apart, that the size slider can mean: 10 pixels of a megapixel. */
const LEAST = 1e-5;
const PER_DECADE = 20;

/** Places of the slider; the first means 0, the last 1, and the others divide each power of ten evenly. */
export const SHARE_PLACES = Math.round(-Math.log10(LEAST)) * PER_DECADE + 1;

export function shareAt(place: number): number {
  return place <= 0 ? 0 : Math.min(1, LEAST * 10 ** ((place - 1) / PER_DECADE));
}

/** The place nearest to a share. */
export function placeOf(share: number): number {
  return share < LEAST ? 0 : Math.min(SHARE_PLACES, Math.round(Math.log10(share / LEAST) * PER_DECADE) + 1);
}

/** A share in per cent, with two digits that count. */
export function formatShare(share: number): string {
  return new Intl.NumberFormat(i18next.language, { style: 'percent', maximumSignificantDigits: 2 }).format(share);
}
