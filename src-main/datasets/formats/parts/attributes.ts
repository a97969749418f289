import type { Extras } from '../../extras.ts';
import { writableText } from '../codecs/xml.ts';

/** A value of an attribute. */
export type Scalar = string | number | boolean | null;
type Attributes = Readonly<Record<string, Scalar>>;

/**
 * What formats that have only attributes call the fields that Extras has of its own: the names under which Datumaro and
 * CVAT keep them when they convert from COCO and Pascal VOC.
 */
const FLAGS = { occluded: 'occluded', truncated: 'truncated', difficult: 'difficult', crowd: 'is_crowd' } as const;
type Flag = keyof typeof FLAGS;
type Field = Flag | 'score' | 'description';
const NAMED_FLAGS = Object.entries(FLAGS) as [Flag, string][];

/** All that Extras says by a name and a value, as attributes; without `except`, for which a format has a place of its own. */
export function attributesOf(extras: Extras, except: readonly Field[] = []): Record<string, Scalar> {
  const out: Record<string, Scalar> = { ...extras.attributes };
  for (const [field, name] of NAMED_FLAGS) if (extras[field] === true && !except.includes(field)) out[name] = true;
  if (extras.score !== undefined && !except.includes('score')) out['score'] = extras.score;
  if (extras.description !== undefined && !except.includes('description')) out['description'] = extras.description;
  return out;
}

/** The inverse of attributesOf, with the same exceptions. A flag that is not set stays an attribute, so that it is written back. */
export function extrasOf(attributes: Attributes, except: readonly Field[] = []): Extras {
  const rest: Record<string, Scalar> = { ...attributes };
  const out: Extras = {};
  for (const [field, name] of NAMED_FLAGS) {
    if (rest[name] !== true || except.includes(field)) continue;
    out[field] = true;
    delete rest[name];
  }
  const score = typeof rest['score'] === 'string' && String(Number(rest['score'])) === rest['score'] ? Number(rest['score']) : rest['score'];
  if (typeof score === 'number' && Number.isFinite(score) && !except.includes('score')) {
    out.score = score;
    delete rest['score'];
  }
  if (typeof rest['description'] === 'string' && !except.includes('description')) {
    out.description = rest['description'];
    delete rest['description'];
  }
  if (Object.keys(rest).length > 0) out.attributes = rest;
  return out;
}

/**
 * For the preflight of a format that writes attributes as text of XML: those that come back otherwise.
 * @param isKept whether what is no text comes back as it is
 */
export function textLosses({ attributes = {} }: Extras, isKept: (name: string, value: Scalar) => boolean): string[] {
  const changed = Object.entries(attributes).filter(([name, value]) => writableText(name) !== name || !(typeof value === 'string' ? writableText(value) === value : isKept(name, value)));
  return changed.length === 0 ? [] : [`${changed.map(([name]) => `“${name}”`).join(', ')} of its attributes ${changed.length === 1 ? 'becomes' : 'become'} plain text, without space around it`];
}
