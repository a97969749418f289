import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/*
 * NumPy's file format, version 1.0 and, for reading, 2.0 (numpy/lib/format.py): magic, version, length of the header, a
 * Python dictionary as text padded to 64 bytes, the numbers.
 */
const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const ALIGNMENT = 64;

/** f32 numbers, little-endian and row-major. */
export function writeNpy(shape: readonly number[], values: Uint8Array): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const before = MAGIC.length + 4;
  const padded = `${dictionary.padEnd(Math.ceil((before + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - before - 1)}\n`;
  const head = Buffer.concat([MAGIC, Buffer.from([1, 0, padded.length & 0xff, padded.length >> 8]), Buffer.from(padded, 'latin1')]);
  return Buffer.concat([head, values]);
}

/** Throws 'bad-request' naming `item` when the file is no array of f32 in row-major order, or not all there. */
export function readNpy(file: Uint8Array, item: string): { readonly shape: readonly number[]; readonly values: Uint8Array } {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const refuse = (why: string): never => {
    throw new MaskwrightError('bad-request', `"${item}" cannot be used as logits: ${why}. Give a .npy file as --logits writes it.`, item);
  };
  const version = bytes[MAGIC.length];
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || (version !== 1 && version !== 2) || bytes.length < 12) return refuse('it is no NumPy file');
  const start = MAGIC.length + 2 + (version === 1 ? 2 : 4);
  const length = version === 1 ? bytes.readUInt16LE(start - 2) : bytes.readUInt32LE(start - 4);
  const header = bytes.toString('latin1', start, start + length);
  if (/'descr':\s*'([^']*)'/.exec(header)?.[1] !== '<f4') return refuse('its numbers are not 32-bit floats');
  if (!/'fortran_order':\s*False/.test(header)) return refuse('it is in column-major order');
  const sides = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1] ?? refuse('its header is damaged');
  const shape = sides.split(',').map((side) => side.trim()).filter((side) => side !== '').map(Number);
  const values = bytes.subarray(start + length);
  if (values.length !== shape.reduce((a, b) => a * b, 4)) return refuse('it is cut off');
  return { shape, values };
}
