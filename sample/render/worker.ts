import { workerData } from 'node:worker_threads';
import { makeCamera } from './camera.ts';
import { PLANES } from './film.ts';
import { hash3 } from './noise.ts';
import { makeTracer, newSample } from './path.ts';
import { scenes } from './scenes/index.ts';
import { buildWorld } from './trace.ts';

/** What render.ts hands to each of its threads; rows are taken from a shared counter. */
export interface Work {
  readonly scene: string;
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly planes: SharedArrayBuffer;
  /** The instance seen by most of a pixel's samples. */
  readonly instances: SharedArrayBuffer;
  readonly nextRow: SharedArrayBuffer;
}

const work = workerData as Work;
const scene = scenes.find((s) => s.name === work.scene);
if (scene === undefined) throw new Error(`there is no scene ${work.scene}`);
const { width, height, samples } = work;
const n = width * height;
const planes = new Float32Array(work.planes);
const instances = new Int16Array(work.instances);
const nextRow = new Int32Array(work.nextRow);
const trace = makeTracer(buildWorld(scene));
const shoot = makeCamera(scene.camera, width / height);
const sample = newSample();
const ray = new Float64Array(6);
const sums = new Float64Array(PLANES);

let state = 1;
const random = (): number => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4294967296;
};
const part = (x: number): number => x - Math.floor(x);

for (let y = Atomics.add(nextRow, 0, 1); y < height; y = Atomics.add(nextRow, 0, 1)) {
  for (let x = 0; x < width; x++) {
    sums.fill(0);
    const votes = new Map<number, number>();
    // The seed is the pixel's own, so that the picture does not depend on which thread drew the row.
    state = Math.floor(hash3(x, y, scene.seed) * 4294967295) | 1;
    const [a, b, c, d, e, f] = [random(), random(), random(), random(), random(), random()];
    for (let i = 0; i < samples; i++) {
      // R-sequences (M. Roberts, 2018) spread the samples of each pair of dimensions evenly.
      const jx = part(a + i * 0.7548776662);
      const jy = part(b + i * 0.5698402910);
      shoot((x + jx) / width, (y + jy) / height, part(c + i * 0.8191725134), part(d + i * 0.6710436067), ray);
      trace(ray[0]!, ray[1]!, ray[2]!, ray[3]!, ray[4]!, ray[5]!, random, part(e + i * 0.7548776662), part(f + i * 0.5698402910), sample);
      const { r, g, b: blue, ar, ag, ab, nx, ny, nz, depth, instance } = sample;
      sums[0]! += r;
      sums[1]! += g;
      sums[2]! += blue;
      sums[3]! += ar;
      sums[4]! += ag;
      sums[5]! += ab;
      sums[6]! += nx;
      sums[7]! += ny;
      sums[8]! += nz;
      sums[9]! += depth;
      votes.set(instance, (votes.get(instance) ?? 0) + 1);
    }
    const at = y * width + x;
    for (let p = 0; p < PLANES; p++) planes[p * n + at] = sums[p]! / samples;
    let best = 0;
    let most = 0;
    for (const [instance, count] of votes) if (count > most) [best, most] = [instance, count];
    instances[at] = best;
  }
}
