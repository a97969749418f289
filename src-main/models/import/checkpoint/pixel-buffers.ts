import { basename } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { SAM_NORMALISATION } from '../../../engines/sam-planes.ts';
import type { Checkpoint } from './checkpoint.ts';
import { PIXEL_BUFFERS } from '../sam-layout.ts';

/** Sixteen-bit storages hold numbers like 123.675 to within 0.4 %. */
const ROUNDING = 0.005;

/**
 * Some checkpoints carry the numbers by which the code that wrote them normalises pictures. The program always uses Segment
 * Anything's own, so others would not be heeded: throws 'model-invalid' naming them.
 */
export async function checkPixelBuffers({ path, shapes, read }: Pick<Checkpoint, 'path' | 'shapes' | 'read'>): Promise<void> {
  for (const name of PIXEL_BUFFERS) {
    if (!shapes.has(name)) continue;
    const expected = name === 'pixel_mean' ? SAM_NORMALISATION.mean : SAM_NORMALISATION.deviation;
    // One after the other: there are two, of three numbers each.
    const found = [...await read(name)];
    if (found.length === expected.length && expected.every((value, c) => Math.abs(value - (found[c] ?? 0)) <= value * ROUNDING)) continue;
    const said = `its "${name}" is ${found.slice(0, 3).map((value) => value.toFixed(3)).join(', ')}, where Segment Anything has ${expected.join(', ')}, so it was trained on pictures that were prepared in another way`;
    throw new MaskwrightError('model-invalid', `"${basename(path)}" cannot be imported: ${said}. Choose another checkpoint.`, path);
  }
}
