// Draws the icon's PNG files from its SVG source: node scripts/icon.mjs
import { join } from 'node:path';
import sharp from 'sharp';

const folder = join(import.meta.dirname, '../assets/icon');
for (const side of [16, 32, 48, 64, 128, 256, 512, 1024]) {
  await sharp(join(folder, 'icon.svg'), { density: (72 * side) / 512 * 4 }).resize(side, side).png({ compressionLevel: 9 }).toFile(join(folder, `${side}x${side}.png`));
}
