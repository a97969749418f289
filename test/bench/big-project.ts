import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { MaskShape } from '../../src-shared/domain/schema.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';

export interface BigProjectSize {
  readonly images: number;
  readonly instances: number;
  readonly classes: number;
}

const WIDTH = 1280;
const HEIGHT = 960;
const IMAGES_AT_A_TIME = 5000;
const INSTANCES_AT_A_TIME = 5000;

/**
 * Makes a project at `folder`/big.mwproj with instances spread evenly over its images and classes, as sam.accept would have
 * added them: masks of about 200 columns with their provenance, in the journal. The images have names and sizes, but no files.
 * Deterministic. Gives the project file's path.
 */
export async function makeBigProject(folder: string, size: BigProjectSize): Promise<string> {
  const photos = join(folder, 'photos');
  mkdirSync(photos, { recursive: true });
  const path = join(folder, 'big.mwproj');
  const store = ProjectStore.create(path, 'big');
  try {
    const root = store.addRoot(photos);
    for (let from = 0; from < size.images; from += IMAGES_AT_A_TIME) {
      const count = Math.min(IMAGES_AT_A_TIME, size.images - from);
      const numbers = Array.from({ length: count }, (_, i) => from + i);
      store.addImages(root, numbers.map((n) => `camera ${n % 7}/shot_${n}.jpg`));
      store.setProbes(numbers.map((n) => ({ id: n + 1, width: WIDTH, height: HEIGHT, orientation: 1, format: 'jpeg', bytes: 200_000 + n, mtimeMs: 1_700_000_000_000 + n, contentHash: n.toString(16).padStart(64, '0') })));
    }
    store.edit('Add classes', Array.from({ length: size.classes }, (_, i): EditCommand => ({ type: 'class.add', name: `class ${i}` })));
    for (let from = 0; from < size.instances; from += INSTANCES_AT_A_TIME) {
      const count = Math.min(INSTANCES_AT_A_TIME, size.instances - from);
      store.edit('Add instances', Array.from({ length: count }, (_, i): EditCommand => addition(from + i, size)));
    }
  } finally {
    await store.close();
  }
  return path;
}

/** The command that adds the n-th instance. */
export function addition(n: number, { images, classes }: BigProjectSize): EditCommand {
  return {
    type: 'instance.add',
    image: 1 + (n % images),
    class: 1 + (n % classes),
    shape: blob(n),
    provenance: {
      source: 'model',
      touched: false,
      sam: { model: 'maskwright-nano', modelHash: 'ab'.repeat(32), points: [{ x: 600.5, y: 400.25, label: 1 }], box: null, candidate: 1 + (n % 3), predictedIou: 0.91, stability: 0.96 },
    },
  };
}

/** A disc of a radius and place that depend on n. */
function blob(n: number): MaskShape {
  const radius = 60 + (n % 60);
  const left = 100 + ((n * 37) % 900);
  const top = 50 + ((n * 53) % 600);
  const counts: number[] = [];
  let end = 0;
  for (let x = 0; x < 2 * radius; x++) {
    const half = Math.floor(Math.sqrt(radius ** 2 - (x + 0.5 - radius) ** 2));
    if (half === 0) continue;
    const start = (left + x) * HEIGHT + top + radius - half;
    counts.push(start - end, 2 * half);
    end = start + 2 * half;
  }
  counts.push(WIDTH * HEIGHT - end);
  return { kind: 'mask', size: [HEIGHT, WIDTH], counts: packCounts(Uint32Array.from(counts)) };
}
