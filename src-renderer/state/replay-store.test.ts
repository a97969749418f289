import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Params, Result } from '../../src-shared/contract/contract.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ProposalRow } from '../../src-shared/contract/replay.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { retryKept, useEdits } from './edits.ts';
import { useImage } from './image-store.ts';
import { useNotices } from './notices-store.ts';
import { acceptProposal, acceptSame, keepPresent, refreshProposals, startReview, stepProposal, useReplay } from './replay-store.ts';
import { edited, openPage } from './test-contract.ts';
import type { Called } from './test-contract.ts';
import { useUi } from './ui-store.ts';

const row = (instance: number, image: number, iou: number): ProposalRow => ({ instance, image, path: `${image}.jpg`, class: 3, iou, present: { model: 'old', predictedIou: 0.8 }, proposed: { model: 'new', predictedIou: 0.9 } });
const shape = { kind: 'mask' as const, size: [10, 10] as [number, number], counts: packCounts(Uint32Array.of(0, 100)) };
const comparisonOf = ({ instance, image, iou }: ProposalRow): Result<'replay.compare'> => ({
  instance: { id: instance, image, class: 3, shape, area: 100, box: { x: 0, y: 0, width: 10, height: 10 }, z: 1, provenance: { source: 'model', touched: false, sam: null } },
  proposal: { shape, provenance: { source: 'model', touched: false, sam: null }, iou },
});

/** What the program holds. */
let waiting: ProposalRow[];
let decide: (params: Params<'replay.decide'>) => Result<'replay.decide'>;
const decided = ({ accept, reject, label }: Params<'replay.decide'>): Result<'replay.decide'> => {
  waiting = waiting.filter(({ instance }) => ![...accept, ...reject].includes(instance));
  return { edit: accept.length === 0 ? null : edited(label), left: waiting.length };
};
let called: Called[];

beforeEach(async () => {
  waiting = [row(11, 1, 0.2), row(12, 2, 0.5), row(13, 1, 0.96), row(14, 2, 0.99)];
  decide = decided;
  called = openPage((name, params: never) => {
    if (name === 'replay.list') return { proposals: waiting, total: waiting.length } satisfies Result<'replay.list'>;
    if (name === 'replay.compare') {
      const found = waiting.find(({ instance }) => instance === (params as Params<'replay.compare'>).instance);
      if (found === undefined) throw new MaskwrightError('no-such-instance', 'There is nothing to review any more.');
      return comparisonOf(found);
    }
    return name === 'replay.decide' ? decide(params) : {};
  });
  useUi.setState({ tool: 'smart-point', toolBefore: 'select' });
  useReplay.setState({ rows: [], total: 0, current: null, comparison: null, deciding: new Set() });
  refreshProposals();
  await vi.waitFor(() => expect(useReplay.getState().total).toBe(4));
  startReview();
  await onShow(11);
});

const onShow = (instance: number): Promise<void> => vi.waitFor(() => expect(useReplay.getState().comparison?.instance.id).toBe(instance));
const listed = (): number[] => useReplay.getState().rows.map(({ instance }) => instance);

describe('a review', () => {
  it('begins with the worst agreement, and goes around from one to the next, each on its image', async () => {
    expect(useUi.getState().tool).toBe('review');
    stepProposal(1);
    await onShow(12);
    expect(useImage.getState().current).toBe(2);
    stepProposal(-1);
    stepProposal(-1);
    await onShow(14);
    stepProposal(1);
    await onShow(11);
  });

  it('goes on at once with what follows, and back to the first after the last', async () => {
    const done = acceptProposal();
    expect([listed(), useReplay.getState().current, useReplay.getState().total]).toEqual([[12, 13, 14], 12, 3]);
    await done;
    stepProposal(-1);
    await onShow(14);
    await keepPresent();
    await onShow(12);
    expect(called.filter(({ name }) => name === 'replay.decide').map(({ params }) => params)).toMatchObject([{ accept: [11], reject: [] }, { accept: [], reject: [14] }]);
  });

  it('accepts what hardly differs in one step, and leaves the one on show', async () => {
    await acceptSame();
    expect([listed(), useReplay.getState().current]).toEqual([[11, 12], 11]);
    expect(called.find(({ name }) => name === 'replay.decide')?.params).toMatchObject({ accept: [13, 14], reject: [] });
  });

  it('goes on with another when its own went with an edit elsewhere', async () => {
    waiting = waiting.slice(1);
    refreshProposals();
    await onShow(12);
  });

  it('ends with nothing on show', async () => {
    waiting = [row(11, 1, 0.2)];
    refreshProposals();
    await vi.waitFor(() => expect(listed()).toEqual([11]));
    await acceptProposal();
    expect(useReplay.getState()).toMatchObject({ current: null, comparison: null, total: 0 });
  });
});

describe('a decision', () => {
  it('that is refused is said, and the proposal comes back', async () => {
    decide = () => {
      throw new MaskwrightError('conflict', 'An import is being written.');
    };
    await acceptProposal();
    await vi.waitFor(() => expect(listed()).toEqual([11, 12, 13, 14]));
    expect(useNotices.getState().notices.map(({ message }) => message)).toEqual(['An import is being written.']);
  });

  it('that the disk refuses is kept until it is written, and does not come back meanwhile', async () => {
    decide = () => {
      throw new MaskwrightError('disk-full', 'The disk is full.');
    };
    await acceptProposal();
    expect(useEdits.getState().kept).toHaveLength(1);
    called.length = 0;
    refreshProposals();
    // The list, then what is on show of it.
    await vi.waitFor(() => expect(called.map(({ name }) => name)).toEqual(expect.arrayContaining(['replay.list', 'replay.compare'])));
    expect(listed()).toEqual([12, 13, 14]);
    decide = decided;
    await retryKept();
    expect([useEdits.getState().kept, waiting.map(({ instance }) => instance)]).toEqual([[], [12, 13, 14]]);
  });
});
