/** Where an axis of counts ends: the least of 1, 2, 4, 6, 8, 10, 20, … that all reach at most, whose half is whole. */
export function axisTop(most: number): number {
  const scale = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return scale * ([1, 2, 4, 6, 8].find((step) => step * scale >= most) ?? 10);
}
