import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { formatById, recognisedFormat } from '../datasets/formats/registry.ts';
import { prepareImport } from '../projects/import/import-dataset.ts';
import type { PreparedImport } from '../projects/import/import-dataset.ts';
import type { Look } from '../projects/import/place-images.ts';
import { ReadParams } from './datasets-api.ts';
import { probe } from './images-probe.ts';
import { serveEngine } from './serve.ts';

/**
 * The datasets engine: reads data sets of other programs, which may be huge or hostile, in a process of its own, and writes
 * them into a project while main lets it be. One import at a time, in two steps: `read`, then `write` or `discard`.
 */

let prepared: PreparedImport | null = null;

function discard(): void {
  prepared?.close();
  prepared = null;
}

serveEngine({
  methods: {
    read: async (params, { signal, progress }) => {
      const { project, dataset, format: id, pictures } = ReadParams.parse(params);
      discard();
      const format = id === null ? await recognisedFormat(dataset) : formatById(id);
      const problem = (item: string, found: object): void => progress({ kind: 'problem', item, problem: found });
      prepared = await prepareImport(project, dataset, format, pictures, { signal, problem, progress: reports(progress), look: (file) => look(file, signal) });
      return { format: format.id, images: prepared.images, instances: prepared.instances };
    },
    write: () => {
      if (prepared === null) throw new MaskwrightError('engine-failed', 'The import was lost because its engine stopped. Nothing was imported: import again.');
      try {
        return prepared.write();
      } finally {
        discard();
      }
    },
    discard: () => {
      discard();
      return {};
    },
  },
});

const REPORT_EVERY_MS = 100;

/** At most ten reports a second: a line of a file each would be a message each. */
function reports(send: (value: unknown) => void): (phase: 'reading' | 'placing', done: number, total: number | null) => void {
  let reported = 0;
  return (phase, done, total) => {
    const now = performance.now();
    if (now - reported < REPORT_EVERY_MS && done !== total) return;
    reported = now;
    send({ kind: 'progress', phase, done, total });
  };
}

async function look(file: string, signal: AbortSignal): Promise<Look> {
  const { file: found, image, problem } = await probe(file, signal);
  if (found === null || image === null || problem !== null) {
    return { problem: problem ?? { code: 'image-unreadable', message: 'The picture cannot be read. Copy it again from where it came from.', item: file } };
  }
  const { width, height, orientation, format } = image;
  return { width, height, orientation, format, ...found };
}
