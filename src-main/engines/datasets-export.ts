import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { exportDataset } from '../datasets/export-dataset.ts';
import { checkedOptions } from '../datasets/formats/parts/describe-options.ts';
import { formatById } from '../datasets/formats/registry.ts';
import type { Origin } from '../datasets/manifest.ts';
import type { SizedImage } from '../datasets/source.ts';
import type { ProjectSnapshot } from '../projects/snapshot.ts';
import { NamedSnapshot } from '../projects/snapshots/named-snapshot.ts';
import { ExportParams } from './datasets-api.ts';
import { momentOrSnapshot, reports } from './datasets-moment.ts';
import { jpegOf, uprightPixels } from './datasets-pictures.ts';
import type { Method } from './serve.ts';

/** Writes a data set of one moment of a project, or of a snapshot. */
export const writeDataset: Method = async (params, { signal, progress }) => {
  const { opened, project, snapshot, format: id, options, program, ...target } = ExportParams.parse(params);
  const format = formatById(id);
  using moment = momentOrSnapshot({ opened, project, snapshot });
  const { source } = moment;
  const problem = (item: string, found: Problem): void => progress({ kind: 'problem', item, problem: found });
  const origin = program === null ? {} : { origin: originOf(source, program) };
  const run = { signal, problem, progress: reports(progress), jpeg: jpegOf };
  const pictures = source instanceof NamedSnapshot ? picturesOf(source, problem) : { pixels: uprightPixels };
  return await exportDataset(source, format, { ...target, ...origin, options: checkedOptions(format, options) }, { ...run, ...pictures });
};

function originOf(source: ProjectSnapshot | NamedSnapshot, program: string): Origin {
  const taken = source instanceof NamedSnapshot ? { snapshot: source.taken, content: Buffer.from(source.contentHash).toString('hex') } : { snapshot: null, content: null };
  return { program, project: source.name, ...taken };
}

/** A snapshot holds what was labeled, not the pictures: one that is another file now is told, once, and used as it is. */
function picturesOf(snapshot: NamedSnapshot, problem: (item: string, found: Problem) => void): { pixels: (image: SizedImage) => Promise<Uint8Array>; checkPicture: (image: SizedImage) => Promise<void> } {
  const checkPicture = async (image: SizedImage): Promise<void> => {
    const then = snapshot.pictureHash(image.id);
    const now = then === null ? null : await fileHash(image.absolutePath);
    if (now === null || now === then) return;
    problem(image.path, new MaskwrightError('image-changed', `"${image.path}" is another picture than when the snapshot was taken, so what shows its pixels is not what it would have been. Put the old picture back to have the same.`, image.path).toProblem());
  };
  return {
    checkPicture,
    pixels: async (image) => {
      await checkPicture(image);
      return uprightPixels(image);
    },
  };
}

/** sha256 (hex) of a file; null when it cannot be read, which whoever needs it will say. */
async function fileHash(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  } catch {
    return null;
  }
  return hash.digest('hex');
}
