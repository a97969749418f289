import { expect, test } from 'vitest';
import { sniffFormat } from './images-sniff.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
/** An `ftyp` box with these brands, then another box. */
function isoMedia(major: string, ...compatible: string[]): Buffer {
  const box = bytes(`\0\0\0\0ftyp${major}\0\0\0\0${compatible.join('')}`);
  box.writeUInt32BE(box.length);
  return Buffer.concat([box, bytes('\0\0\0\x20metaavifheic')]);
}

test.each([
  ['\xff\xd8\xff\xe1\0\x10Exif', 'jpeg'],
  ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'png'],
  ['RIFF\x10\0\0\0WEBPVP8L', 'webp'],
  ['II*\0\x08\0\0\0', 'tiff'],
  ['MM\0*\0\0\0\x08', 'tiff'],
  ['II+\0\x08\0\0\0', 'tiff'],
  ['GIF89a', 'gif'],
  ['GIF87a', 'gif'],
  ['BM\x46\0', 'bmp'],
])('%j is %s', (head, format) => {
  expect(sniffFormat(bytes(head))).toEqual({ format });
});

test('AVIF is known by any of its brands, HEIC and video are refused by name', () => {
  expect(sniffFormat(isoMedia('avif', 'mif1', 'miaf'))).toEqual({ format: 'avif' });
  expect(sniffFormat(isoMedia('mif1', 'avif'))).toEqual({ format: 'avif' });
  expect(sniffFormat(isoMedia('avis'))).toEqual({ format: 'avif' });
  expect(sniffFormat(isoMedia('heic', 'mif1'))).toEqual({ refused: 'an HEIC picture' });
  expect(sniffFormat(isoMedia('isom', 'mp42'))).toEqual({ refused: 'a video' });
});

test.each([
  ['<svg xmlns="http://www.w3.org/2000/svg"/>', /SVG/],
  ['<?xml version="1.0"?>\n<!DOCTYPE svg><svg/>', /SVG/],
  ['\xef\xbb\xbf  <SVG/>', /SVG/],
  ['<!DOCTYPE html><html>', /HTML page/],
  ['  <html lang="en">', /HTML page/],
  ['<?xml version="1.0"?><annotation/>', /XML/],
  ['\xb6\xa6\xf2\x08\0\0', /VIPS/],
  ['\x08\xf2\xa6\xb6\0\0', /VIPS/],
  ['%PDF-1.7', /PDF/],
  ['version https://git-lfs.github.com/spec/v1\n', /git lfs pull/],
  ['', /empty file/],
  ['RIFF\x10\0\0\0WAVE', /no picture/],
  ['hello', /no picture/],
])('%j is refused by what it is', (head, refused) => {
  expect(sniffFormat(bytes(head))).toEqual({ refused: expect.stringMatching(refused) as string });
});
