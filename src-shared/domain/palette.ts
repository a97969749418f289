/**
 * Colours of label classes, in the order in which new classes get them.
 *
 * The first seven are Okabe and Ito's set, made to be told apart with every common color blindness
 * (https://jfly.uni-koeln.de/color/), without its black: a black mask cannot be seen on a dark image, and hides one.
 * The rest is Paul Tol's "muted" set (https://personal.sron.nl/~pault/), made for the same purpose.
 */
export const PALETTE = [
  '#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7',
  '#cc6677', '#332288', '#ddcc77', '#117733', '#88ccee', '#882255', '#44aa99', '#999933', '#aa4499', '#dddddd',
] as const;

/** The first colour of the palette that is used least among `used`: unused ones in order, then round again. */
export function nextColour(used: Iterable<string>): string {
  const uses = new Map<string, number>(PALETTE.map((colour) => [colour, 0]));
  for (const colour of used) {
    const n = uses.get(colour);
    if (n !== undefined) uses.set(colour, n + 1);
  }
  const least = Math.min(...uses.values());
  return PALETTE.find((colour) => uses.get(colour) === least) ?? PALETTE[0];
}
