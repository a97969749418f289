/** `1 instance`, `1,204 instances`: for what the program says of its work. */
export const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
