/** Formats that the images engine reads. The file's first bytes decide, never its name. */
export const IMAGE_FORMATS = ['jpeg', 'png', 'webp', 'tiff', 'gif', 'bmp', 'avif'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** Bytes that `sniffFormat` needs at most. */
export const SNIFF_BYTES = 1024;

/** Either the format, or what the file is instead, ready to follow "is" in a sentence. */
export type Sniffed = { readonly format: ImageFormat } | { readonly refused: string };

/** Signatures at the start of a file: the format's own specification, or its registration at IANA. */
const SIGNATURES: readonly (readonly [string, Sniffed])[] = [
  ['\xff\xd8\xff', { format: 'jpeg' }],
  ['\x89PNG\r\n\x1a\n', { format: 'png' }],
  ['GIF87a', { format: 'gif' }],
  ['GIF89a', { format: 'gif' }],
  ['II*\0', { format: 'tiff' }],
  ['MM\0*', { format: 'tiff' }],
  ['II+\0', { format: 'tiff' }],
  ['MM\0+', { format: 'tiff' }],
  ['BM', { format: 'bmp' }],
  ['%PDF', { refused: 'a PDF document' }],
  ['8BPS', { refused: 'a Photoshop document' }],
  ['\xb6\xa6\xf2\x08', { refused: 'a VIPS image' }],
  ['\x08\xf2\xa6\xb6', { refused: 'a VIPS image' }],
  ['\xff\x0a', { refused: 'a JPEG XL image' }],
  ['\0\0\0\x0cJXL ', { refused: 'a JPEG XL image' }],
  ['\0\0\0\x0cjP  ', { refused: 'a JPEG 2000 image' }],
  ['\xff\x4f\xff\x51', { refused: 'a JPEG 2000 image' }],
  ['v/1\x01', { refused: 'an OpenEXR image' }],
  ['PK\x03\x04', { refused: 'a ZIP archive' }],
  ['\0\0\x01\0', { refused: 'a Windows icon' }],
  ['version https://git-lfs', { refused: 'a Git LFS pointer, not the picture itself (run "git lfs pull")' }],
];

/**
 * What a file is, by its first bytes.
 * @param head the first SNIFF_BYTES of the file, or all of a shorter one
 */
export function sniffFormat(head: Buffer): Sniffed {
  if (head.length === 0) return { refused: 'an empty file' };
  const text = head.toString('latin1', 0, SNIFF_BYTES);
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return { format: 'webp' };
  if (text.slice(4, 8) === 'ftyp') return sniffIsoMedia(text, head);
  for (const [signature, sniffed] of SIGNATURES) if (text.startsWith(signature)) return sniffed;
  return { refused: sniffMarkup(text) ?? 'no picture that Maskwright knows' };
}

/** ISO base media file format (ISO/IEC 14496-12): the brands in the `ftyp` box tell AVIF from HEIC and from video. */
function sniffIsoMedia(text: string, head: Buffer): Sniffed {
  const boxEnd = Math.min(head.readUInt32BE(0), text.length);
  const brands = new Set([text.slice(8, 12)]);
  for (let at = 16; at + 4 <= boxEnd; at += 4) brands.add(text.slice(at, at + 4));
  if (brands.has('avif') || brands.has('avis')) return { format: 'avif' };
  if (['heic', 'heix', 'heim', 'heis', 'hevc', 'mif1', 'msf1'].some((brand) => brands.has(brand))) return { refused: 'an HEIC picture' };
  return { refused: 'a video' };
}

function sniffMarkup(text: string): string | null {
  const start = text.replace(/^(?:\xef\xbb\xbf)?\s*/, '').toLowerCase();
  if (!start.startsWith('<')) return null;
  if (start.includes('<svg')) return 'an SVG drawing';
  if (start.includes('<html') || start.startsWith('<!doctype html')) return 'an HTML page';
  return 'an XML or HTML text';
}
