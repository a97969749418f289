import { describe, expect, it } from 'vitest';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { ModelEntry } from '../catalogue.ts';
import type { InstalledModel } from '../catalogue.ts';
import { comparisonOn } from './agreement.ts';
import type { ComparisonMaterial } from './agreement.ts';

const SIDE = 8;
const model = (id: string): InstalledModel => ({ entry: ModelEntry.parse({ id, name: id, family: 'sam', inputSize: 64, folder: id, files: [], licence: 'CC0-1.0', source: 'a test' }), folder: id, hash: id });
const [reference, made] = [model('reference'), model('made')];
/** The first so many columns of the picture. */
const columns = (count: number): Rle => ({ size: [SIDE, SIDE], counts: Uint32Array.from(count === 0 ? [SIDE * SIDE] : [0, count * SIDE, (SIDE - count) * SIDE]) });

interface Fake {
  readonly pictures: readonly string[];
  /** Width of a model's mask for a click. */
  mask(model: string, x: number, y: number): number;
  readonly signal?: AbortSignal;
  onMask?(): void;
}
async function compare({ pictures, mask, signal = new AbortController().signal, onMask = () => undefined }: Fake): Promise<{ agreement: Awaited<ReturnType<ReturnType<typeof comparisonOn>>>; told: string[] }> {
  const told: string[] = [];
  const predictor: ComparisonMaterial['predictor'] = ({ hash }) => {
    told.push(`start ${hash}`);
    return Promise.resolve({
      size: (picture) => (picture === 'torn.jpg' ? Promise.reject(new MaskwrightError('image-unreadable', 'torn', picture)) : Promise.resolve({ width: SIDE, height: SIDE })),
      mask: (_, x, y) => {
        onMask();
        signal.throwIfAborted();
        return Promise.resolve(columns(mask(hash, x, y)));
      },
      stop: () => {
        told.push(`stop ${hash}`);
        return Promise.resolve();
      },
    });
  };
  const steps: number[] = [];
  try {
    return { agreement: await comparisonOn({ pictures, predictor })(reference, made, { signal, onPicture: (done, total) => steps.push(done / total) }), told };
  } finally {
    told.push(`steps ${steps.join(' ')}`);
  }
}

describe('agreement of two models', () => {
  it('is 1 where they say the same everywhere, empty masks included', async () => {
    expect((await compare({ pictures: ['a.jpg', 'b.jpg'], mask: (_, x) => (x < SIDE / 2 ? 0 : 3) })).agreement).toEqual({ iou: 1, pictures: 2 });
  });

  it('is the mean IoU over clicks all over the picture', async () => {
    // 4 of 8 columns in common where the click is above, none below.
    const { agreement } = await compare({ pictures: ['a.jpg'], mask: (hash, _, y) => (hash === 'reference' ? 4 : y < SIDE / 2 ? 8 : 0) });
    expect(agreement).toEqual({ iou: 0.25, pictures: 1 });
  });

  it('is measured with one model after the other, and tells each picture', async () => {
    const { told } = await compare({ pictures: ['a.jpg', 'torn.jpg'], mask: () => 1 });
    expect(told).toEqual(['start reference', 'stop reference', 'start made', 'stop made', 'steps 0.25 0.5 0.75 1']);
  });

  it('leaves out what cannot be read, and is not measured on nothing', async () => {
    expect((await compare({ pictures: ['torn.jpg', 'a.jpg'], mask: () => 1 })).agreement).toEqual({ iou: 1, pictures: 1 });
    expect((await compare({ pictures: ['torn.jpg'], mask: () => 1 })).agreement).toBeNull();
    expect((await compare({ pictures: [], mask: () => 1 })).agreement).toBeNull();
  });

  it('ends with the model that is at work when it is cancelled', async () => {
    const cancel = new AbortController();
    let stopped = 0;
    const running = comparisonOn({ pictures: ['a.jpg'], predictor: () => Promise.resolve({
      size: () => Promise.resolve({ width: SIDE, height: SIDE }),
      mask: () => {
        cancel.abort();
        return Promise.reject(new MaskwrightError('cancelled', 'the engine was stopped'));
      },
      stop: () => Promise.resolve(void stopped++),
    }) })(reference, made, { signal: cancel.signal, onPicture: () => undefined });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(stopped).toBeGreaterThan(0);
  });
});
