import { env } from 'onnxruntime-node';
import type { ModelLimits, ProviderReport } from '../../src-shared/contract/models.ts';
import { chooseProvider } from './choose-provider.ts';
import type { Choice } from './choose-provider.ts';
import { ModelFindings } from './model-findings.ts';
import { readModel } from './sam-files.ts';
import type { LoadParams } from './sam-messages.ts';
import { isFallback, providerName, providersToTry } from './sam-providers.ts';
import { selfTest, timeDecoder, tryDecoder } from './sam-self-test.ts';
import { withCpuDecoder } from './sam-sessions.ts';
import type { Sessions } from './sam-sessions.ts';

export interface LoadedModel extends Sessions {
  /** As onnxruntime names it. */
  readonly provider: string;
  readonly reason: string | null;
  /** A better provider's hardware is there, or may be, but could not be used. */
  readonly fallback: boolean;
  readonly limits: ModelLimits;
  readonly providers: readonly ProviderReport[];
  /** To be told the milliseconds of an encoder's run: the CPU's is measured by its first real picture. */
  encoded(ms: number): Promise<void>;
}

/**
 * Verifies a model and opens it on the fastest execution provider that is there and right, else on the CPU with the
 * reasons. `trying` is told each provider before it is tried.
 * Throws 'model-missing', 'model-hash' or 'model-invalid'.
 */
export async function loadModel(params: LoadParams, trying: (provider: string) => void): Promise<LoadedModel> {
  const bytes = await readModel(params.entry, params.folder);
  const findings = new ModelFindings(params.findingsFile);
  const choice = await chooseProvider(selfTest(bytes, params.entry), {
    providers: (params.providers ?? providersToTry()).filter((provider) => provider !== 'cpu'),
    avoid: params.avoid,
    findings,
    keyOf,
    trying,
  });
  const sessions = choice.decoderOnCpu ? await withCpuDecoder(choice.sessions, bytes) : choice.sessions;
  return finish({ ...choice, sessions }, findings);
}

/** What another version of onnxruntime makes of a provider is another matter. */
const keyOf = (provider: string): string => `${provider} ${env.versions.node ?? env.versions.common}`;

async function finish({ sessions, provider, decoderOnCpu, reports, passedOver }: Choice<Sessions>, findings: ModelFindings): Promise<LoadedModel> {
  const [used = null, ...others] = reports;
  const measured = used?.decoderMs ?? null;
  const { value, ms } = measured === null ? await timeDecoder(sessions) : { value: await tryDecoder(sessions), ms: measured };
  const limits: ModelLimits = { multimask: value.ious.length > 2, ...sessions.graph.limits };
  const decoderMs = decoderOnCpu ? (others.find((other) => other.provider === 'cpu')?.decoderMs ?? ms) : ms;
  const tell = async (encoderMs: number | null): Promise<void> => {
    if (measured === null || used?.encoderMs !== encoderMs) await findings.end(keyOf(provider), { verdict: 'good', reason: null, difference: used?.difference ?? null, encoderMs, decoderMs: ms });
    await findings.setLoaded({ limits, provider, encoderMs, decoderMs });
  };
  await tell(used?.encoderMs ?? null);
  let known = used?.encoderMs ?? null;
  return {
    ...sessions,
    provider,
    reason: explained(provider, passedOver),
    fallback: isFallback(passedOver.filter(({ slower }) => !slower).map(({ reason }) => reason)),
    limits,
    providers: used === null ? [] : [{ ...used, decoderMs: ms }, ...others],
    encoded: async (encoderMs) => {
      if (known !== null) return;
      known = encoderMs;
      await tell(encoderMs);
    },
  };
}

function explained(used: string, passedOver: Choice<Sessions>['passedOver']): string | null {
  const told = passedOver.filter(({ slower }) => used === 'cpu' || !slower);
  return told.length === 0 ? null : `Running on ${providerName(used)}. ${told.map(({ provider, reason }) => `${providerName(provider)}: ${reason}`).join('; ')}.`;
}
