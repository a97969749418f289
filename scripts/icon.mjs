// Draws all icons from their SVG sources in assets/icon: node scripts/icon.mjs
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const folder = join(import.meta.dirname, '../assets/icon');

/** Pixels along an edge. Linux takes the pictures, Windows and macOS one file with several in it. */
const PNG = [16, 32, 48, 64, 128, 256, 512, 1024];
const ICO = [16, 24, 32, 48, 64, 256];
/** Windows reads pictures in an .ico as PNG everywhere only at this size; smaller ones are bitmaps. */
const ICO_PNG = 256;
/** Types of Apple's icon format whose data are PNG files: points, and points for screens of two pixels a point. */
const ICNS = { ic07: 128, ic08: 256, ic09: 512, ic11: 32, ic12: 64, ic13: 256, ic14: 512 };
const ICNS_LARGE = { ...ICNS, ic10: 1024 };

const drawing = (name, side) => sharp(join(folder, `${name}.svg`), { density: ((72 * side) / 512) * 4 }).resize(side, side);
const png = (name, side) => drawing(name, side).png({ compressionLevel: 9 }).toBuffer();

/** A bitmap as it lies in an .ico: BITMAPINFOHEADER of twice the height, rows of BGRA from the bottom, then an empty mask of a bit a pixel. */
async function bitmap(name, side) {
  const rgba = await drawing(name, side).ensureAlpha().raw().toBuffer();
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(side, 4);
  header.writeInt32LE(2 * side, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(32, 14);
  const rows = Buffer.alloc(rgba.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = (y * side + x) * 4;
      const to = ((side - 1 - y) * side + x) * 4;
      rows.set([rgba[from + 2], rgba[from + 1], rgba[from], rgba[from + 3]], to);
    }
  }
  return Buffer.concat([header, rows, Buffer.alloc(Math.ceil(side / 32) * 4 * side)]);
}

async function ico(name) {
  const pictures = await Promise.all(ICO.map((side) => (side === ICO_PNG ? png(name, side) : bitmap(name, side))));
  const directory = Buffer.alloc(6 + 16 * pictures.length);
  directory.writeUInt16LE(1, 2);
  directory.writeUInt16LE(pictures.length, 4);
  let offset = directory.length;
  for (const [i, picture] of pictures.entries()) {
    const at = 6 + 16 * i;
    // One byte a side: 0 stands for 256.
    directory.writeUInt8(ICO[i] % 256, at);
    directory.writeUInt8(ICO[i] % 256, at + 1);
    directory.writeUInt16LE(1, at + 4);
    directory.writeUInt16LE(32, at + 6);
    directory.writeUInt32LE(picture.length, at + 8);
    directory.writeUInt32LE(offset, at + 12);
    offset += picture.length;
  }
  return Buffer.concat([directory, ...pictures]);
}

/** Type and length, big-endian, before each part and before the whole. */
function part(type, data) {
  const head = Buffer.alloc(8);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(8 + data.length, 4);
  return Buffer.concat([head, data]);
}

async function icns(name, types) {
  const parts = await Promise.all(Object.entries(types).map(async ([type, side]) => part(type, await png(name, side))));
  return part('icns', Buffer.concat(parts));
}

for (const side of PNG) writeFileSync(join(folder, `${side}x${side}.png`), await png('icon', side));
for (const [name, types] of [['icon', ICNS_LARGE], ['project', ICNS]]) {
  writeFileSync(join(folder, `${name}.ico`), await ico(name));
  writeFileSync(join(folder, `${name}.icns`), await icns(name, types));
}
