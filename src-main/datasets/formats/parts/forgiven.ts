import type { z } from 'zod';
import type { DatasetSink } from '../format.ts';

type Json = z.core.util.JSONType;

/**
 * What readers of rows forgive: side fields that are null, text for a number, NaN, or not what the format says. A row is
 * left out only for what it cannot do without; everything else is ignored and counted here, for one note of each kind.
 */
export class Forgiven {
  readonly #counts = new Map<string, { readonly rows: string; readonly what: string; count: number }>();

  /** @param rows what is counted, in the singular @param what the rest of the sentence, without a period */
  add(rows: string, what: string): void {
    const key = `${rows}: ${what}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { rows, what, count: 1 });
    else known.count++;
  }

  /** The field's number, also where it is written as text; undefined and counted where it is none. Null counts as absent. */
  number(rows: string, field: string, value: unknown): number | undefined {
    if (value === undefined || value === null) return undefined;
    const read = numeral(value);
    if (read === undefined) this.ignored(rows, field, 'is not a number');
    else if (typeof value !== 'number') this.add(rows, `“${field}” is text and was read as a number`);
    return read;
  }

  /** The field as the schema takes it; undefined and counted where it does not. Null counts as absent. */
  field<T>(rows: string, field: string, value: unknown, schema: z.ZodType<T>): T | undefined {
    if (value === undefined || value === null) return undefined;
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    this.ignored(rows, field, 'cannot be used');
    return undefined;
  }

  /** A yes or no: true, 1, "1" and "true", and the opposites. */
  flag(rows: string, field: string, value: unknown): boolean | undefined {
    if (value === undefined || value === null) return undefined;
    if (value === true || value === 1 || value === '1' || value === 'true') return true;
    if (value === false || value === 0 || value === '0' || value === 'false') return false;
    this.ignored(rows, field, 'is neither 0 nor 1');
    return undefined;
  }

  /** Fields that are only kept, without what JSON cannot hold: NaN and infinite numbers, and a field “__proto__”. */
  kept(rows: string, fields: Readonly<Record<string, unknown>>): Record<string, Json> {
    const out: Record<string, Json> = {};
    for (const [name, value] of Object.entries(fields)) {
      if (isJson(value) && name !== '__proto__' && name.length <= 500) out[name] = value;
      else {
        const rest = jsonOf(value);
        if (rest !== undefined && name !== '__proto__' && name.length <= 500) out[name] = rest;
        this.add(rows, `“${name.slice(0, 60)}” holds NaN or infinite numbers, which were dropped`);
      }
    }
    return out;
  }

  ignored(rows: string, field: string, why: string): void {
    this.add(rows, `“${field}” ${why} and was ignored`);
  }

  tell(sink: Pick<DatasetSink, 'note'>): void {
    for (const { rows, what, count } of this.#counts.values()) sink.note(`${count.toLocaleString('en-US')} ${count === 1 ? rows : plural(rows)}: ${what}.`);
    this.#counts.clear();
  }
}

/** A finite number, also one written as text; undefined for all else. */
export function numeral(value: unknown): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}

/** Fields of a row by name; null where the value is no object. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> | null => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null);

/** Whole numbers and texts are ids; null for all else. */
export const idOf = (value: unknown): number | string | null => ((typeof value === 'number' && Number.isSafeInteger(value)) || (typeof value === 'string' && value !== '' && value.length <= 500) ? value : null);

const plural = (noun: string): string => (noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`);

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return true;
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === 'object' && Object.entries(value).every(([key, field]) => key !== '__proto__' && isJson(field));
}

/** Without what JSON cannot hold: null in lists, so that the others keep their places; absent elsewhere. */
function jsonOf(value: unknown): Json | undefined {
  if (isJson(value)) return value;
  if (Array.isArray(value)) return value.map((each) => jsonOf(each) ?? null);
  const fields = fieldsOf(value);
  if (fields === null) return undefined;
  return Object.fromEntries(Object.entries(fields).flatMap(([key, field]) => {
    const kept = key === '__proto__' ? undefined : jsonOf(field);
    return kept === undefined ? [] : [[key, kept]];
  }));
}
