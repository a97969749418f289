/** "1 file", "12 files", "2,000 classes": for notes and problems. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
