import { mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelInput } from '../../src-main/engines/images-model-input.ts';
import { base, thumbnail, tile } from '../../src-main/engines/images-pictures.ts';
import { fullPixels, pixelHash } from '../../src-main/engines/images-pixels.ts';
import { probe } from '../../src-main/engines/images-probe.ts';
import type { ProbeResult } from '../../src-main/engines/images-api.ts';
import { bmpOf, gradient, photograph, pngOf, sharpOf, storedTurned, tiffOf } from '../fixtures/pictures.ts';
import { mayLink } from '../helpers/links.ts';

const { signal } = new AbortController();
let folder = '';
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwright-images-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(content: Uint8Array | Sharp, name = 'picture.bin'): Promise<string> {
  const path = join(folder, `${files++}-${name}`);
  await writeFile(path, content instanceof Uint8Array ? content : await content.toBuffer());
  return path;
}
const look = (path: string): Promise<ProbeResult> => probe(path, signal);
const problemOf = async (path: string): Promise<string | undefined> => (await look(path)).problem?.code;

const tiff = (samples: number, bits: number, format: 1 | 2 | 3) => fileOf(tiffOf({ width: 4, height: 4, samples, bits, format, pixels: Buffer.alloc((4 * 4 * samples * bits) / 8) }), 'a.tif');

async function thumbnailSize(path: string): Promise<unknown[]> {
  const { type, bytes } = await thumbnail(path);
  const { width, height } = await sharp(bytes).metadata();
  return [type, width, height];
}

/** Largest difference of two pictures' samples. */
function difference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);
}

const [W, H] = [48, 32];
const picture = gradient(W, H);
const upright = (): Sharp => sharpOf(picture, W, H);

/** The picture as a camera stores it with this orientation. */
const stored = (orientation: number): Sharp => storedTurned(orientation, picture, W, H);

test('of an .mpo, two JPEGs in one file, the first is read', async () => {
  const jpeg = await upright().jpeg().toBuffer();
  const other = await sharpOf(gradient(8, 8), 8, 8).jpeg().toBuffer();
  const found = await look(await fileOf(Buffer.concat([jpeg, other]), 'a.mpo'));
  expect(found).toMatchObject({ problem: null, image: { width: W, height: H, format: 'jpeg' } });
});

describe('orientation', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('%i gives the same upright pixels in every lossless format', async (orientation) => {
    for (const encode of [(s: Sharp) => s.png(), (s: Sharp) => s.tiff({ compression: 'lzw' }), (s: Sharp) => s.webp({ lossless: true })]) {
      const path = await fileOf(encode(stored(orientation)));
      expect((await look(path)).image).toMatchObject({ width: W, height: H, orientation });
      expect((await fullPixels(path)).rgb.equals(picture)).toBe(true);
    }
  });

  test('makes no difference to base, tile, thumbnail and model input', async () => {
    const plain = await fileOf(upright().png());
    const turned = await fileOf(stored(6).png());
    expect((await base(turned)).bytes).toEqual((await base(plain)).bytes);
    expect((await tile(turned, 0, 0, 0)).bytes).toEqual((await tile(plain, 0, 0, 0)).bytes);
    expect(await modelInput(turned, 64, signal)).toEqual(await modelInput(plain, 64, signal));
    const small = await sharp((await thumbnail(turned)).bytes).metadata();
    expect([small.width, small.height, small.orientation]).toEqual([W, H, undefined]);
  });

  test('of a JPEG is applied once', async () => {
    const path = await fileOf(stored(8).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }));
    const pixels = await fullPixels(path);
    expect([pixels.width, pixels.height]).toEqual([W, H]);
    expect(difference(pixels.rgb.subarray(0, 300), picture.subarray(0, 300))).toBeLessThan(30);
    const served = await sharp((await base(path)).bytes).metadata();
    expect([served.width, served.height, served.orientation]).toEqual([W, H, undefined]);
  });
});

const flat = (r: number, g: number, b: number): Sharp => sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g, b } } });
const first = async (path: string): Promise<number[]> => [...(await fullPixels(path)).rgb.subarray(0, 3)];

describe('kinds of pixels', () => {
  test.each<[string, () => Sharp, number[]]>([
    ['grey', () => flat(90, 90, 90).toColourspace('b-w').png(), [90, 90, 90]],
    ['16-bit grey', () => flat(90, 90, 90).toColourspace('grey16').png(), [90, 90, 90]],
    ['16-bit RGB', () => flat(200, 100, 50).toColourspace('rgb16').png(), [200, 100, 50]],
    ['a palette', () => flat(200, 100, 50).png({ palette: true }), [200, 100, 50]],
    ['GIF', () => flat(200, 100, 50).gif(), [200, 100, 50]],
    ['half transparent, flattened on white', () => flat(200, 100, 50).ensureAlpha(0.5).png(), [227, 177, 152]],
    ['transparent 16-bit, flattened on white', () => flat(200, 100, 50).ensureAlpha(0).toColourspace('rgb16').png(), [255, 255, 255]],
    ['grey with alpha', () => flat(90, 90, 90).toColourspace('b-w').ensureAlpha(0).png(), [255, 255, 255]],
    ['bilevel TIFF', () => flat(255, 255, 255).toColourspace('b-w').tiff({ bitdepth: 1 }), [255, 255, 255]],
    ['AVIF', () => flat(128, 128, 128).avif({ lossless: true }), [128, 128, 128]],
  ])('%s', async (_, make, rgb) => {
    const path = await fileOf(make());
    expect((await look(path)).problem).toBeNull();
    expect(difference(Uint8Array.from(await first(path)), Uint8Array.from(rgb))).toBeLessThanOrEqual(1);
  });

  test('a bitmap, which libvips does not read, is served like the others', async () => {
    const file = bmpOf(picture, W, H);
    const path = await fileOf(file);
    expect(await look(path)).toMatchObject({ image: { format: 'bmp', width: W, height: H, orientation: 1, pages: 1 }, problem: null });
    expect((await fullPixels(path)).rgb.equals(picture)).toBe(true);
    expect((await sharp((await base(path)).bytes).raw().toBuffer()).equals(picture)).toBe(true);
    expect(await thumbnailSize(path)).toEqual(['image/webp', W, H]);
    const cut = await fileOf(file.subarray(0, file.length - 10));
    expect(await look(cut)).toMatchObject({ image: { width: W, height: H }, problem: { code: 'image-truncated' } });
    const lie = Buffer.from(file);
    lie.writeInt32LE(14_000, 18);
    lie.writeInt32LE(-14_000, 22);
    expect(await problemOf(await fileOf(lie))).toBe('image-truncated');
    lie.writeInt32LE(0x7fffffff, 18);
    expect(await problemOf(await fileOf(lie))).toBe('image-too-large');
  });

  test('CMYK is converted to RGB', async () => {
    const path = await fileOf(flat(200, 100, 50).toColourspace('cmyk').jpeg({ quality: 100 }));
    expect((await look(path)).problem).toBeNull();
    const [r = 0, g = 0, b = 0] = await first(path);
    expect(r).toBeGreaterThan(g);
    expect(g).toBeGreaterThan(b);
  });

  test('six channels, floating point and signed samples are refused by name, before decoding', async () => {
    for (const [path, name] of [[await tiff(6, 8, 1), /6 channels/], [await tiff(5, 8, 1), /5 channels/], [await tiff(1, 32, 3), /floating-point/], [await tiff(1, 16, 2), /signed 16-bit/]] as const) {
      expect(await look(path)).toMatchObject({ image: null, problem: { code: 'image-format', message: expect.stringMatching(name) as string } });
      await expect(fullPixels(path)).rejects.toMatchObject({ code: 'image-format' });
      await expect(thumbnail(path)).rejects.toMatchObject({ code: 'image-format' });
    }
    expect((await look(await tiff(3, 8, 1))).problem).toBeNull();
  });
});

describe('a damaged file', () => {
  const big = sharpOf(gradient(300, 200), 300, 200);
  test.each<[string, (s: Sharp) => Sharp]>([
    ['JPEG', (s) => s.jpeg()],
    ['progressive JPEG', (s) => s.jpeg({ progressive: true })],
    ['PNG', (s) => s.png()],
    ['WebP', (s) => s.webp()],
    ['TIFF', (s) => s.tiff({ compression: 'none' })],
    ['AVIF', (s) => s.avif()],
    ['GIF', (s) => s.gif()],
  ])('%s: cut anywhere, it is truncated, still described by size and hash, and never shown in part', async (_, encode) => {
    const whole = await encode(big.clone()).toBuffer();
    expect((await look(await fileOf(whole))).problem).toBeNull();
    for (const part of [0.3, 0.6, 0.95]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      const path = await fileOf(cut);
      expect(await look(path), `cut at ${part}`).toMatchObject({ file: { bytes: cut.length }, problem: { code: 'image-truncated', message: expect.stringContaining('cut off') as string, item: path } });
      await expect(fullPixels(path)).rejects.toMatchObject({ code: 'image-truncated' });
      await expect(base(path)).rejects.toMatchObject({ code: 'image-truncated' });
    }
  });

  test('a truncated JPEG keeps the size that its header tells', async () => {
    const whole = await photograph(400, 300);
    const path = await fileOf(whole.subarray(0, whole.length / 2));
    expect(await look(path)).toMatchObject({ image: { width: 400, height: 300, format: 'jpeg' }, problem: { code: 'image-truncated' } });
  });

  test('bytes after the end of a JPEG and between its segments do no harm', async () => {
    const whole = await photograph(64, 64);
    const withTail = Buffer.concat([whole, Buffer.alloc(5000, 0x5a)]);
    const secondSegment = 4 + whole.readUInt16BE(4);
    const stray = Buffer.concat([whole.subarray(0, secondSegment), Buffer.from([0, 0, 0]), whole.subarray(secondSegment)]);
    for (const content of [withTail, stray]) {
      const path = await fileOf(content);
      expect((await look(path)).problem).toBeNull();
      expect((await fullPixels(path)).width).toBe(64);
    }
  });

  test('whose pixels are garbage is unreadable', async () => {
    const path = await fileOf(pngOf(64, 64, Buffer.from('these are no compressed pixels')));
    await expect(fullPixels(path)).rejects.toMatchObject({ code: 'image-unreadable', item: path });
  });

  test('random bytes behind each signature never pass and never crash', async () => {
    const noise = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#888888', noise: { type: 'gaussian', mean: 128, sigma: 90 } } }).raw().toBuffer();
    for (const signature of ['\xff\xd8\xff\xe0', '\x89PNG\r\n\x1a\n', 'RIFF\xc0\x12\0\0WEBPVP8 ', 'II*\0\x08\0\0\0', 'II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0', 'GIF89a', 'BM', '\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf']) {
      const path = await fileOf(Buffer.concat([Buffer.from(signature, 'latin1'), noise]));
      expect((await look(path)).problem, signature).not.toBeNull();
    }
  });
});

describe('what is no picture', () => {
  test.each([
    ['drawing.png', '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>', /SVG/],
    ['page.png', '<!DOCTYPE html><html></html>', /HTML/],
    ['vips.png', '\xb6\xa6\xf2\x08', /VIPS/],
  ])('%s is refused by its first bytes', async (name, content, what) => {
    const path = await fileOf(Buffer.from(content, 'latin1'), name);
    expect(await look(path)).toMatchObject({ image: null, problem: { code: 'image-format', message: expect.stringMatching(what) as string } });
    await expect(thumbnail(path)).rejects.toMatchObject({ code: 'image-format' });
  });

  test('an empty file is called empty', async () => {
    const path = await fileOf(Buffer.alloc(0), 'empty.jpg');
    expect(await look(path)).toMatchObject({ image: null, problem: { code: 'image-empty', message: expect.stringContaining('empty.jpg” is empty') as string } });
  });

  test('libvips itself has no loader left for SVG, VIPS and its other formats', async () => {
    await expect(sharp(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')).metadata()).rejects.toThrow(/unsupported image format/);
    await expect(sharp(await fileOf(await photograph(8, 8), 'a.jpg')).metadata()).rejects.toThrow();
  });

  test('missing files and folders are named', async () => {
    expect(await problemOf(join(folder, 'gone.jpg'))).toBe('image-missing');
    expect(await problemOf(folder)).toBe('image-format');
  });

  test.skipIf(!mayLink)('a link in a circle is named', async () => {
    const loop = join(folder, 'loop.jpg');
    await symlink(loop, loop);
    expect(await problemOf(loop)).toBe('io');
  });

  test('a name is right whatever it ends in', async () => {
    const path = await fileOf(upright().png(), 'really a png[page=2].jpg');
    expect(await look(path)).toMatchObject({ image: { format: 'png', width: W, height: H }, problem: null });
  });
});

describe('many pages', () => {
  test.each(['gif', 'tiff', 'webp'] as const)('of 10,000 in a %s the first is used, and the count is told', async (format) => {
    const pages = 10_000;
    const strip = Buffer.alloc(4 * 4 * 3 * pages);
    for (let page = 0; page < pages; page++) strip.fill(page % 2 === 0 ? 250 : 10, page * 48, (page + 1) * 48);
    const path = await fileOf(sharp(strip, { raw: { width: 4, height: 4 * pages, channels: 3, pageHeight: 4 } })[format](format === 'webp' ? { lossless: true } : {}));
    expect(await look(path)).toMatchObject({ image: { width: 4, height: 4, pages }, problem: null });
    const pixels = await fullPixels(path);
    expect(pixels.height).toBe(4);
    expect(difference(pixels.rgb, Buffer.alloc(48, 250))).toBeLessThanOrEqual(2);
  });
});

describe('the pyramid', () => {
  test('tiles of level 0 of a lossless picture put together are its pixels', async () => {
    const [width, height] = [2100, 700];
    const pixels = gradient(width, height);
    const path = await fileOf(sharpOf(pixels, width, height).png({ compressionLevel: 1 }));
    const out = Buffer.alloc(pixels.length);
    for (let row = 0; row * 512 < height; row++) {
      for (let column = 0; column * 512 < width; column++) {
        const { type, bytes } = await tile(path, 0, column, row);
        expect(type).toBe('image/png');
        const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
        for (let y = 0; y < info.height; y++) data.copy(out, ((row * 512 + y) * width + column * 512) * 3, y * info.width * 3, (y + 1) * info.width * 3);
      }
    }
    expect(out.equals(pixels)).toBe(true);
    const whole = await sharp((await base(path)).bytes).metadata();
    expect([whole.width, whole.height]).toEqual([1050, 350]);
    for (const [level, column, row] of [[0, 5, 0], [0, 0, 2], [2, 0, 0], [1, 9, 9]] as const) await expect(tile(path, level, column, row)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('the base of a small lossless picture is exact, that of a JPEG is a JPEG with full colour resolution', async () => {
    const exact = await base(await fileOf(upright().webp({ lossless: true })));
    expect(exact.type).toBe('image/png');
    expect((await sharp(exact.bytes).raw().toBuffer()).equals(picture)).toBe(true);
    const lossy = await base(await fileOf(upright().jpeg()));
    expect(lossy.type).toBe('image/jpeg');
    expect((await sharp(lossy.bytes).metadata()).chromaSubsampling).toBe('4:4:4');
  });

  test('thumbnails fit 160 pixels and small pictures are not enlarged', async () => {
    expect(await thumbnailSize(await fileOf(await photograph(640, 480)))).toEqual(['image/webp', 160, 120]);
    expect(await thumbnailSize(await fileOf(upright().png()))).toEqual(['image/webp', W, H]);
  });
});

describe('model input', () => {
  test('is not resampled when the longest side fits already, and its hash is that of the pixels, not of the file', async () => {
    const png = await fileOf(upright().png());
    const webp = await fileOf(upright().webp({ lossless: true }));
    const input = await modelInput(png, W, signal);
    expect(input).toMatchObject({ inputWidth: W, inputHeight: H, width: W, height: H });
    expect(Buffer.from(input.rgb).equals(picture)).toBe(true);
    expect((await modelInput(webp, W, signal)).pixelHash).toBe(input.pixelHash);
    expect(input.pixelHash).not.toBe(await pixelHash({ rgb: picture, width: H, height: W, lossless: true }));
  });

  test('fills the frame with the longest side', async () => {
    const path = await fileOf(await photograph(333, 641));
    const input = await modelInput(path, 1024, signal);
    expect([input.inputWidth, input.inputHeight, input.rgb.length]).toEqual([532, 1024, 532 * 1024 * 3]);
  });

  test('is stretched where the model wants it so: both sides fill the frame, and only the outer edges meet its own', async () => {
    // The left quarter white, the rest black.
    const path = await fileOf(await sharp({ create: { width: 400, height: 100, channels: 3, background: '#000' } }).composite([{ input: { create: { width: 100, height: 100, channels: 3, background: '#fff' } }, left: 0, top: 0 }]).png().toBuffer());
    const input = await modelInput(path, 64, signal, { fit: 'stretch' });
    expect([input.inputWidth, input.inputHeight, input.width, input.height]).toEqual([64, 64, 400, 100]);
    const row = (y: number): number[] => Array.from({ length: 64 }, (_, x) => input.rgb[(y * 64 + x) * 3] ?? -1);
    for (const y of [0, 31, 63]) expect(row(y).map((byte) => (byte > 127 ? 1 : 0)).join('')).toBe('1'.repeat(16) + '0'.repeat(48));
    const crop = await modelInput(path, 64, signal, { crop: { x0: 50, y0: 0, x1: 150, y1: 50 }, fit: 'stretch' });
    expect([crop.inputWidth, crop.inputHeight, crop.width, crop.height, crop.rgb[0], crop.rgb.at(-1)]).toEqual([64, 64, 100, 50, 255, 0]);
  });

  test('is given up when nobody wants it any more', async () => {
    const path = await fileOf(await photograph(500, 500));
    await expect(modelInput(path, 64, AbortSignal.abort())).rejects.toThrow(/aborted/);
  });

  test('a file changed on the disk is decoded anew', async () => {
    const path = await fileOf(upright().png());
    const before = await modelInput(path, W, signal);
    await writeFile(path, await upright().flop().png().toBuffer());
    await utimes(path, new Date(), new Date(Date.now() + 5000));
    expect((await modelInput(path, W, signal)).pixelHash).not.toBe(before.pixelHash);
  });
});
