import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ProviderReport } from '../../src-shared/contract/models.ts';
import { chooseProvider } from '../../src-main/engines/choose-provider.ts';
import type { Bench } from '../../src-main/engines/choose-provider.ts';
import { ModelFindings } from '../../src-main/engines/model-findings.ts';
import { readModel } from '../../src-main/engines/sam-files.ts';
import { selfTest } from '../../src-main/engines/sam-self-test.ts';
import type { Reference } from '../../src-main/engines/sam-self-test.ts';
import { closeSessions, openSessions } from '../../src-main/engines/sam-sessions.ts';
import type { Sessions } from '../../src-main/engines/sam-sessions.ts';
import { builtin, temporaryFolder } from '../fixtures/sam.ts';

it('runs the built-in model on a provider and on the CPU, and tells the same answers from others', async () => {
  const { entry, folder } = await builtin();
  const bytes = await readModel(entry, folder);
  const real = selfTest(bytes, entry);
  /** The CPU under other names: as it is, and seeing every picture as its negative. */
  const bench: Bench<Sessions, Reference> = {
    ...real,
    open: async (provider) => {
      const sessions = await openSessions(bytes, entry, 'cpu');
      const { graph } = sessions;
      if (provider !== 'negative') return sessions;
      return { ...sessions, graph: { ...graph, encoderFeeds: (picture) => graph.encoderFeeds({ ...picture, rgb: picture.rgb.map((value) => 255 - value) }) } };
    },
  };
  const findings = new ModelFindings(join(temporaryFolder(), 'findings.json'));
  const { sessions, used, others } = await chooseProvider(bench, { providers: ['negative', 'twin'], avoid: {}, findings, keyOf: (provider) => provider, trying: () => {} });
  await closeSessions(sessions);
  const of = (provider: string): ProviderReport | undefined => [used, ...others].find((report) => report.provider === provider);
  expect(of('negative')).toMatchObject({ verdict: 'refused', reason: 'its results differ from the CPU’s' });
  expect(of('negative')?.difference).toBeGreaterThan(0.05);
  // Whichever of the two was faster this time, it is used, and the twin's answers are the CPU's own.
  expect(['twin', 'cpu']).toContain(used.provider);
  expect(of('twin')?.difference).toBeLessThan(1e-6);
  for (const provider of ['negative', 'twin', 'cpu']) {
    expect(of(provider)?.encoderMs).toBeGreaterThan(0);
    expect(of(provider)?.decoderMs).toBeGreaterThan(0);
  }
});
