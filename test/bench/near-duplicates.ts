import { FINGERPRINT_SIDE, fingerprintOf } from '../../src-main/datasets/fingerprint.ts';
import { nearDuplicates } from '../../src-main/datasets/near-duplicates.ts';
import { seeded } from '../helpers/mutations.ts';
import type { LoopDelay, Row } from './measure.ts';

const IMAGES = 100_000;
/** Every twentieth is a darker copy of the one before. */
const COPIES = 20;
/** Scenes of which the images are blends: as many as make no two images alike by chance. */
const SCENES = 600;
const SIDE = FINGERPRINT_SIDE;
const PIXELS = SIDE ** 2;

/** Near-duplicates among 100,000 fingerprints, in seconds of one processor. */
export async function measureNearDuplicates(): Promise<{ rows: Row[]; loopDelay: LoopDelay | null }> {
  const beforeMaking = process.cpuUsage();
  const fingerprints = makeFingerprints();
  const making = secondsSince(beforeMaking);
  const before = process.cpuUsage();
  const { groups } = await nearDuplicates(fingerprints.map((fingerprint, i) => ({ image: i + 1, fingerprint })));
  const seconds = secondsSince(before);
  const copies = IMAGES / COPIES;
  const groupOf = new Map(groups.flatMap((images, group) => images.map((image) => [image, group] as const)));
  const found = [...groupOf].filter(([image, group]) => image % COPIES === 0 && groupOf.get(image - 1) === group).length;
  if (found < copies * 0.95) throw new Error(`only ${found} of ${copies} copies were found`);
  return {
    rows: [{ what: `Near-duplicates among ${IMAGES.toLocaleString('en')} fingerprints, on one processor`, value: seconds, unit: 's', baseline: `making the fingerprints of their pixels ${making.toFixed(1)} s; ${copies.toLocaleString('en')} copies among them, ${groups.length.toLocaleString('en')} groups`, target: 10 }],
    loopDelay: null,
  };
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Blends of two scenes each, one of them mirrored at random, at the size that fingerprints are made of. */
function makeFingerprints(): Uint8Array[] {
  const random = seeded(1);
  const scenes = Array.from({ length: SCENES }, () => scene(random));
  const any = (): Float32Array => scenes[Math.floor(random() * SCENES)] ?? new Float32Array(3 * PIXELS);
  const rgb = new Uint8Array(3 * PIXELS);
  return Array.from({ length: IMAGES }, (_, i) => {
    if (i % COPIES === COPIES - 1) for (let at = 0; at < rgb.length; at++) rgb[at] = (rgb[at] ?? 0) * 0.85;
    else blend(any(), any(), 0.3 + 0.4 * random(), random() < 0.5, rgb);
    return fingerprintOf(rgb);
  });
}

function blend(first: Float32Array, second: Float32Array, share: number, mirrored: boolean, rgb: Uint8Array): void {
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const x = pixel % SIDE;
    const other = mirrored ? pixel - x + SIDE - 1 - x : pixel;
    for (let c = 0; c < 3; c++) rgb[3 * pixel + c] = share * (first[3 * pixel + c] ?? 0) + (1 - share) * (second[3 * other + c] ?? 0);
  }
}

/** Waves whose height falls with their frequency, as in photographs (D. J. Field, JOSA A 1987), and a sky brighter than the ground. */
function scene(random: () => number): Float32Array {
  const rgb = new Float32Array(3 * PIXELS);
  const waves = Array.from({ length: 40 }, () => {
    const [u, v] = [Math.floor(random() * 8), Math.floor(random() * 8)];
    return { u: (u * Math.PI) / SIDE, v: (v * Math.PI) / SIDE, x: random() * 6.3, y: random() * 6.3, height: 70 / (1 + Math.hypot(u, v)) };
  });
  const tint = [random() - 0.5, random() - 0.5, random() - 0.5];
  const sky = 40 * random();
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let level = 128 + sky * (1 - (2 * y) / SIDE);
      for (const wave of waves) level += wave.height * Math.cos(wave.u * x + wave.x) * Math.cos(wave.v * y + wave.y) * 0.5;
      for (const [c, shift] of tint.entries()) rgb[3 * (y * SIDE + x) + c] = Math.max(0, Math.min(255, level + 60 * shift));
    }
  }
  return rgb;
}
