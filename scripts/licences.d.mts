import type { Licence } from '../src-shared/contract/help.ts';

export function isPermissive(expression: string): boolean;
export function licenceOf(folder: string, textsFolder: string): Licence;
export function shippedLicences(root: string, modules: readonly string[]): Licence[];
