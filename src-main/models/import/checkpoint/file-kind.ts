import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { cannotRead } from '../../../zip/zip-file.ts';

/** How a checkpoint keeps its tensors. */
export type FileKind = 'torch' | 'safetensors';

/** Enough for the text of a Git LFS pointer, and for the first words of a web page. */
const HEAD = 1024;
const SAFETENSORS_LENGTH = 8;
/** A safetensors header is at most so long; its length in the first eight bytes tells the format from others. */
const LONGEST_HEADER = 100_000_000;
const AGAIN = 'Get the file again, or choose another checkpoint';
const IN_BROWSER = 'Open its address in a browser and use the download button there; a site may ask you to sign in or to accept a licence first';

/** Signatures of what people have in place of a checkpoint, as it follows "it is", and what to do. */
const OTHERS: readonly (readonly [signature: string, what: string, whatToDo: string])[] = [
  ['\x89HDF\r\n', 'an HDF5 file, as Keras writes them', 'Choose a checkpoint of PyTorch'],
  ['\x1f\x8b', 'packed with gzip', 'Unpack it first'],
  ['7z\xbc\xaf', 'a 7-Zip archive', 'Unpack it first'],
  ['Rar!', 'a RAR archive', 'Unpack it first'],
  ['\x93NUMPY', 'a NumPy array', 'Choose a checkpoint of PyTorch'],
  ['GGUF', 'a GGUF file', 'Choose a checkpoint of PyTorch'],
];

/**
 * What a file is by its first bytes, whatever its name. Throws 'not-found', 'no-access' or 'io' when it cannot be read, and
 * 'model-invalid' saying what it is instead of a checkpoint and how to get one.
 */
export async function fileKind(path: string): Promise<FileKind> {
  const { head, size } = await headOf(path);
  const no = (what: string, whatToDo = AGAIN): MaskwrightError => new MaskwrightError('model-invalid', `"${basename(path)}" is ${what}. ${whatToDo}.`, path);
  const text = head.toString('latin1');
  if (size === 0) throw no('empty: nothing of the file has arrived', 'Download it again');
  if (text.startsWith('version https://git-lfs.github.com/')) {
    const promised = /\nsize (\d+)/.exec(text)?.[1];
    throw no(`a Git LFS pointer, a note of ${size} bytes that stands for the file itself${promised === undefined ? '' : `, which has ${Number(promised).toLocaleString('en')} bytes`}`, 'Run “git lfs pull” in its folder, or download the file itself');
  }
  if (isPage(text)) throw no('a web page, not the file that was to be downloaded', IN_BROWSER);
  if (text.startsWith('PK')) return 'torch';
  if (head[0] === 0x80 && (head[1] ?? 0xff) <= 5) throw no('a checkpoint in the format that PyTorch had before 1.6', 'Load it and save it once with a newer PyTorch');
  const header = size < SAFETENSORS_LENGTH ? 0n : head.readBigUInt64LE(0);
  if (text[SAFETENSORS_LENGTH] === '{' && header <= LONGEST_HEADER) return 'safetensors';
  const other = OTHERS.find(([signature]) => text.startsWith(signature));
  if (other !== undefined) throw no(other[1], other[2]);
  if (text.slice(257, 262) === 'ustar') throw no('a tar archive', 'Unpack it first');
  if (/^[\t\n\r\x20-\x7e]+$/.test(text)) throw no(`a text (“${text.trim().slice(0, 80)}”), not the file that was to be downloaded`, IN_BROWSER);
  if (!/[^\0]/.test(text)) throw no('filled with zeros where it should begin, as after an interrupted download or on a damaged disk', 'Download it again');
  throw no('neither a checkpoint of PyTorch (.pth, .pt) nor a safetensors file: it does not begin as one does');
}

/** HTML and XML, after a byte order mark and spaces. */
const isPage = (text: string): boolean => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|script|\?xml|!--)/i.test(text);

async function headOf(path: string): Promise<{ head: Buffer; size: number }> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return { head: buffer.subarray(0, bytesRead), size };
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}
