import { create } from 'zustand';
import type { SplitPlan } from '../../src-shared/contract/splits.ts';
import { MOST_SEED } from '../../src-shared/contract/splits.ts';

/** One part as the form has it. */
export interface FormPart {
  /** For React, while names are being typed. */
  readonly key: number;
  readonly name: string;
  /** Whole per cent; all parts make 100. */
  readonly percent: number;
}

export interface SplitForm {
  readonly parts: readonly FormPart[];
  readonly seed: number;
  readonly stratify: boolean;
  readonly folder: boolean;
  readonly duplicates: boolean;
  readonly byName: boolean;
  readonly pattern: string;
  readonly again: boolean;
}

/** What a person chose last; the dialog may be closed and opened meanwhile. */
export const useSplitForm = create<SplitForm>(() => ({
  parts: [{ key: 0, name: 'train', percent: 80 }, { key: 1, name: 'val', percent: 10 }, { key: 2, name: 'test', percent: 10 }],
  seed: 0, stratify: true, folder: false, duplicates: false, byName: false, pattern: '', again: false,
}));

export const MOST_FORM_PARTS = 8;
const WHOLE = 100;

/** Gives one part a percentage (1 to what the others can spare); the others share the rest as they did among themselves, each at least 1. */
export function withPercent(parts: readonly FormPart[], index: number, percent: number): FormPart[] {
  const others = parts.length - 1;
  if (others === 0) return parts.map((part) => ({ ...part, percent: WHOLE }));
  const own = Math.max(1, Math.min(WHOLE - others, Math.round(percent)));
  const rest = WHOLE - own;
  const before = parts.reduce((sum, part, i) => (i === index ? sum : sum + part.percent), 0);
  const exact = parts.map((part) => (before === 0 ? rest / others : (part.percent / before) * rest));
  const whole = parts.map((_, i) => (i === index ? own : Math.max(1, Math.floor(exact[i] ?? 0))));
  // What rounding left over, or took too much of, goes to those that are furthest from their share.
  for (let left = WHOLE - whole.reduce((a, b) => a + b, 0); left !== 0; left -= Math.sign(left)) {
    const candidates = parts.map((_, i) => i).filter((i) => i !== index && (left > 0 || (whole[i] ?? 0) > 1));
    const [furthest = -1] = candidates.sort((a, b) => Math.sign(left) * ((exact[b] ?? 0) - (whole[b] ?? 0) - (exact[a] ?? 0) + (whole[a] ?? 0)) || a - b);
    whole[furthest] = (whole[furthest] ?? 0) + Math.sign(left);
  }
  return parts.map((part, i) => ({ ...part, percent: whole[i] ?? 1 }));
}

/** Another part, with a tenth of what the others have. */
export function addPart(parts: readonly FormPart[], name: string): FormPart[] {
  const key = 1 + Math.max(-1, ...parts.map((part) => part.key));
  return withPercent([...parts, { key, name, percent: 0 }], parts.length, 10);
}

export function removePart(parts: readonly FormPart[], index: number): FormPart[] {
  const left = parts.filter((_, i) => i !== index);
  return withPercent(left, 0, ((left[0]?.percent ?? 0) / Math.max(1, WHOLE - (parts[index]?.percent ?? 0))) * WHOLE);
}

/** Why the form is no plan yet, as a key of the words; null when it is one. */
export function problemOf({ parts, byName, pattern }: SplitForm): 'noName' | 'sameName' | 'noGroup' | null {
  const names = parts.map(({ name }) => name.trim());
  if (names.includes('')) return 'noName';
  if (new Set(names).size < names.length) return 'sameName';
  return byName && pattern.split('{group}').length !== 2 ? 'noGroup' : null;
}

export function planOf({ parts, seed, stratify, folder, duplicates, byName, pattern, again }: SplitForm): SplitPlan {
  return { parts: parts.map(({ name, percent }) => ({ name: name.trim(), share: percent })), seed, stratify, groups: { folder, duplicates, pattern: byName ? pattern : null }, again };
}

export const anotherSeed = (seed: number): number => (seed + 1) % (MOST_SEED + 1);
