/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\b(?:true|false|null)\b|[[\]{}:,<>/=]/g;
/** What programs, databases and hands put in the place of a value. */
const VALUES = ['null', 'NaN', 'Infinity', '-Infinity', '1e300', '-1e300', '1e999', '-1', '0', '1', '2', '0.5', '65536', '4294967296', '9007199254740993', 'true', '[]', '[[]]', '{}', '[null]', '""', '"640"', '"NaN"', '"../../x"', '"\\u0000"', '"__proto__"', '"constructor"', '"é"', `"${'x'.repeat(600)}"`];
const TEXTS = ['1e300', 'NaN', 'Infinity', '-1', '', ' ', '0', '1.5', '99999999999', '../../x', '&amp;', '&#0;', '__proto__', 'x'.repeat(600), '1;2', '1,2;3', '0,0;1,0;1,1'];

/** A text with one to three places of it changed: a value for another, pieces cut out, doubled, swapped, or the end cut off. */
export function mutated(text: string, random: () => number): string {
  let out = text;
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) out = once(out, random);
  return out;
}

function once(text: string, random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const tokens = [...text.matchAll(TOKEN)];
  if (tokens.length === 0) return text;
  const { 0: token, index } = pick(tokens);
  const end = index + token.length;
  const way = random();
  if (way < 0.6) {
    const isXml = text.trimStart().startsWith('<');
    const value = isXml ? (token.startsWith('"') ? `"${pick(TEXTS)}"` : pick(TEXTS)) : pick(VALUES);
    return text.slice(0, index) + value + text.slice(end);
  }
  const other = pick(tokens);
  const [from, to] = index < other.index ? [index, other.index] : [other.index, index];
  if (way < 0.7) return text.slice(0, from) + text.slice(to);
  if (way < 0.8) return text.slice(0, to) + text.slice(from);
  if (way < 0.9) return text.slice(0, index) + other[0] + text.slice(end);
  if (way < 0.95) return text.slice(0, index) + String.fromCodePoint(Math.floor(random() * 0x2ff)) + text.slice(index + 1);
  return text.slice(0, index);
}

/** What lengths, counts and offsets are replaced by: none, one, the ends of signed and unsigned ranges. */
const NUMBERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** Bytes with one to three places of them changed: single bytes, numbers of 16 or 32 bits, pieces cut out, doubled or zeroed; or their end cut off. */
export function mutatedBytes(bytes: Uint8Array, random: () => number): Uint8Array {
  if (random() < 0.15) return bytes.slice(0, Math.floor(random() * bytes.length));
  let out = Uint8Array.from(bytes);
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) out = changed(out, random);
  return out;
}

/** May change `bytes` in place. */
function changed(bytes: Uint8Array<ArrayBuffer>, random: () => number): Uint8Array<ArrayBuffer> {
  if (bytes.length < 4) return bytes;
  const at = Math.floor(random() * (bytes.length - 3));
  const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 40));
  const way = random();
  if (way < 0.6) bytes[at] = Math.floor(random() * 256);
  else if (way < 0.85) writeNumber(bytes, at, random);
  else if (way < 0.9) bytes.fill(0, at, end);
  else {
    const [head, piece, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
    return Uint8Array.from(way < 0.95 ? [...head, ...tail] : [...head, ...piece, ...piece, ...tail]);
  }
  return bytes;
}

function writeNumber(bytes: Uint8Array<ArrayBuffer>, at: number, random: () => number): void {
  const view = new DataView(bytes.buffer, at, 4);
  const value = NUMBERS[Math.floor(random() * NUMBERS.length)] ?? 0;
  const isLittle = random() < 0.5;
  if (random() < 0.5) view.setUint16(0, value & 0xffff, isLittle);
  else view.setUint32(0, value, isLittle);
}
