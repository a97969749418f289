import { join, posix } from 'node:path';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import type { Colour } from '../../../../src-shared/domain/schema.ts';
import type { z } from 'zod';
import { parseCsv } from '../csv/csv-text.ts';
import { labelOfColour } from '../codecs/label-picture.ts';
import { readText } from '../codecs/files.ts';
import type { TextRun } from '../codecs/text.ts';
import { fieldsOf } from '../parts/forgiven.ts';

/** What the values and colors of label images mean. */
export interface Legend {
  /** Relative to the dataset's folder. */
  readonly file: string;
  /** By value; without the background. */
  readonly names: Map<number, string>;
  /** Values by color; BACKGROUND for the background's. */
  readonly values: Map<number, number>;
}

/** No class's value: a class of the value 0 can have a color, though no number. */
export const BACKGROUND = -1;

/** Names under which programs put a legend beside label images, best first; Roboflow's is the first. */
const NAMES = [
  '_classes.csv', 'classes.csv', 'class_dict.csv', 'labelmap.txt', 'label_colors.txt', 'classes.txt', 'labels.txt', 'class_names.txt',
  'classes.json', 'class_dict.json', 'labels.json', 'labelmap.json', 'label_map.json', 'colors.json', 'colormap.json', 'palette.json', 'legend.json',
];

const rank = (file: string): number => NAMES.indexOf(posix.basename(file).toLowerCase());

/** Files that are legends by their name, among these; the best of each folder. */
export function legendFiles(files: readonly string[]): Map<string, string> {
  const out = new Map<string, string>();
  for (const file of files) {
    const folder = posix.dirname(file);
    const known = out.get(folder);
    if (rank(file) !== -1 && (known === undefined || rank(file) < rank(known))) out.set(folder, file);
  }
  return out;
}

/** Reads a legend of a dataset (absolute path of its folder). Rows that say nothing go to `problem`. Null when it has no class. Throws what readText throws. */
export async function readLegend(folder: string, file: string, run: TextRun, problem: (item: string, why: string) => void): Promise<Legend | null> {
  const legend: Legend = { file, names: new Map(), values: new Map() };
  const text = await readText(join(folder, ...file.split('/')), file, run);
  if (file.toLowerCase().endsWith('.csv')) fromCsv(text, legend, (row, why) => problem(`${file}, row ${row}`, why));
  else if (file.toLowerCase().endsWith('.json')) fromJson(text, legend);
  else fromLines(text, legend);
  return legend.names.size === 0 && legend.values.size === 0 ? null : legend;
}

type Rgb = readonly [number, number, number];

/** A class of a legend. Of two with one value or color the first counts. */
function add({ names, values }: Legend, value: number, name: string, colour: Rgb | null): void {
  if (isBackground(name)) {
    if (colour !== null && !values.has(labelOfColour(...colour))) values.set(labelOfColour(...colour), BACKGROUND);
    return;
  }
  if (!names.has(value)) names.set(value, name);
  if (colour !== null && !values.has(labelOfColour(...colour))) values.set(labelOfColour(...colour), value);
}

const isBackground = (name: string): boolean => /^_*background_*$/i.test(name);
const rgbOf = (parts: readonly number[]): Rgb | null => {
  const [red, green, blue] = parts;
  return red !== undefined && green !== undefined && blue !== undefined && [red, green, blue].every((part) => Number.isInteger(part) && part >= 0 && part <= 255) ? [red, green, blue] : null;
};

/** "#rrggbb", "r,g,b", [r, g, b] or {r, g, b}; null for all else. */
function colourOf(value: unknown): Rgb | null {
  if (Array.isArray(value)) return rgbOf(value.slice(0, 3).map(Number));
  const fields = fieldsOf(value);
  if (fields !== null) return rgbOf([fields['r'], fields['g'], fields['b']].map(Number));
  if (typeof value !== 'string') return null;
  const hex = /^#?([0-9a-f]{6})$/i.exec(value.trim())?.[1];
  if (hex !== undefined) return rgbOf([...Buffer.from(hex, 'hex')]);
  const [, red, green, blue] = /^[([]?\s*(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})\s*[)\]]?$/.exec(value.trim()) ?? [];
  return red === undefined ? null : rgbOf([red, green, blue].map(Number));
}

/** A column "name" or "class"; the value in "value", "pixel value", "index" or "id", else the number of the row from 0; colors as "r", "g", "b" or "#rrggbb". */
function fromCsv(text: string, legend: Legend, problem: (row: number, why: string) => void): void {
  const [head = [], ...rows] = parseCsv(text);
  const column = (...wanted: string[]): number => head.findIndex((cell) => wanted.includes(cell.trim().toLowerCase()));
  const [name, value, colour] = [column('name', 'class', 'label', 'class_name', 'class name'), column('value', 'pixel value', 'pixel_value', 'index', 'id', 'class_id'), column('colour', 'color', 'rgb', 'hex')];
  const channels = [column('r', 'red'), column('g', 'green'), column('b', 'blue')];
  const taken = new Set<number>();
  for (const [i, row] of rows.entries()) {
    // What csvRow puts before text that looks like a formula.
    const label = ClassName.safeParse((row[name] ?? '').trim().replace(/^'(?=[=+\-@])/, ''));
    const cell = row[value]?.trim() ?? '';
    const number = value === -1 ? i : cell === '' ? Number.NaN : Number(cell);
    if (!label.success || !Number.isInteger(number) || number < 0 || taken.has(number)) {
      if (row.some((text) => text.trim() !== '')) problem(i + 2, label.success ? 'its value is no whole number, or another row’s' : 'it has no name');
      continue;
    }
    taken.add(number);
    add(legend, number, label.data, colour === -1 ? rgbOf(channels.map((channel) => Number(row[channel]?.trim() || Number.NaN))) : colourOf(row[colour]));
  }
}

/**
 * A name a line, numbered from 0, or from −1 where the first is "__ignore__" (labelme's scripts); with a color before or behind it
 * (CamVid), as `name:r,g,b:parts:actions` (CVAT, Datumaro), or each with its number before it.
 */
function fromLines(text: string, legend: Legend): void {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const numbered = lines.length > 0 && lines.every((line) => /^\d+\s*[:=,;\s]\s*\D/.test(line));
  const from = lines[0] === '__ignore__' ? -1 : 0;
  for (const [i, line] of lines.entries()) {
    const [, r, g, b, behind] = /^(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})[\s,:]+(\D.*)$/.exec(line) ?? [];
    const [, before, r2, g2, b2] = /^(.*?\D)[\s,:]+(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?::[^:]*){0,2}$/.exec(line) ?? [];
    const [, number, plain] = numbered ? (/^(\d+)\s*[:=,;\s]\s*(.*)$/.exec(line) ?? []) : [];
    const name = ClassName.safeParse((behind ?? before ?? plain ?? line).trim());
    const value = number === undefined ? i + from : Number(number);
    if (name.success && value >= 0) add(legend, value, name.data, behind !== undefined ? rgbOf([r, g, b].map(Number)) : before !== undefined ? rgbOf([r2, g2, b2].map(Number)) : null);
  }
}

/** A list of objects with a name and a value or color, alone or under "classes" and the like; or an object by value, color or name. */
function fromJson(text: string, legend: Legend): void {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return;
  }
  const fields = fieldsOf(document);
  const inner = fields === null ? undefined : ['classes', 'labels', 'categories', 'legend'].map((key) => fields[key]).find((value) => typeof value === 'object' && value !== null);
  const rows = inner ?? document;
  if (Array.isArray(rows)) for (const [i, row] of rows.entries()) addRow(legend, i, null, row);
  else for (const [i, [key, row]] of Object.entries(fieldsOf(rows) ?? {}).entries()) addRow(legend, i, key, row);
}

function addRow(legend: Legend, index: number, key: string | null, row: unknown): void {
  const fields = fieldsOf(row) ?? {};
  const keyNumber = key !== null && /^\d{1,9}$/.test(key) ? Number(key) : null;
  const keyColour = key === null ? null : colourOf(key);
  const wanted = (...names: string[]): unknown => names.map((name) => fields[name]).find((value) => value !== undefined && value !== null);
  const named = typeof row === 'string' && (key === null || keyNumber !== null || keyColour !== null) ? row : (wanted('name', 'title', 'label', 'class', 'class_name') ?? (keyNumber === null && keyColour === null ? key : null));
  const name = ClassName.safeParse(named);
  if (!name.success) return;
  const given = typeof row === 'number' ? row : (wanted('value', 'pixel_value', 'id', 'index', 'class_id') ?? keyNumber);
  const value = Number(given ?? index);
  if (Number.isInteger(value) && value >= 0) add(legend, value, name.data, keyColour ?? colourOf(wanted('color', 'colour', 'rgb', 'hex') ?? (typeof row === 'number' ? null : row)));
}

/** "#rrggbb" of a color by its number. */
export const hexOf = (colour: number): z.infer<typeof Colour> => `#${colour.toString(16).padStart(6, '0')}`;
