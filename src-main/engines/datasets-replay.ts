import { z } from 'zod';
import { WorkId } from '../../src-shared/contract/types.ts';
import { unpackIds } from '../../src-shared/domain/packed-ids.ts';
import { acceptance } from '../projects/replay-store.ts';
import { takeStep, writeFromOutside } from '../projects/step.ts';
import type { Method } from './serve.ts';

const AcceptParams = z.strictObject({ project: z.string().min(1).max(32_768), work: WorkId, label: z.string(), ids: z.instanceof(Uint8Array).describe('ids of instances (packed-ids.ts)') });

/** The method of the datasets engine that accepts more proposals than main can at once. */
export const replayMethods: Readonly<Record<string, Method>> = {
  acceptProposals: (params) => {
    const { project, work, label, ids } = AcceptParams.parse(params);
    return writeFromOutside(project, work, (tables) => {
      takeStep(tables, label, acceptance(tables, unpackIds(ids)));
      return {};
    });
  },
};
