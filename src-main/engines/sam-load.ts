import { env } from 'onnxruntime-node';
import type { ModelLimits, ProviderReport } from '../../src-shared/contract/models.ts';
import { providerName } from '../sam/provider-name.ts';
import { chooseProvider } from './choose-provider.ts';
import type { Choice } from './choose-provider.ts';
import { ModelFindings } from './model-findings.ts';
import { openParts } from './decoder-parts.ts';
import type { DecoderParts } from './decoder-parts.ts';
import { discard, readGraph, readModel } from './sam-files.ts';
import type { LoadParams } from './sam-messages.ts';
import { isFallback, providersToTry, whyNot } from './sam-providers.ts';
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
  /** The decoder in parts, opened when they are first asked for and tried with that embedding; null where the whole decoder is to be used. */
  parts(embedding: Float32Array): Promise<DecoderParts | null>;
}

/**
 * Verifies a model and opens it on the fastest execution provider that is there and right, else on the CPU with the
 * reasons. `trying` is told which provider each step is made on, with its name among the findings.
 * Throws 'model-missing', 'model-hash' or 'model-invalid'.
 */
export async function loadModel(params: LoadParams, trying: (provider: string, key: string) => void): Promise<LoadedModel> {
  const bytes = await readModel(params.entry, params.folder);
  const findings = new ModelFindings(params.findingsFile);
  if (params.afresh) await findings.forgetProviders();
  const choice = await chooseProvider(selfTest(bytes, params.entry), {
    providers: (params.providers ?? providersToTry()).filter((provider) => provider !== 'cpu'),
    avoid: params.avoid,
    findings,
    keyOf,
    trying: (provider) => trying(provider, keyOf(provider)),
  });
  const sessions = choice.decoderOnCpu ? await withCpuDecoder(choice.sessions, bytes) : choice.sessions;
  discard(bytes);
  let parts: Promise<DecoderParts | null> | null = null;
  const openOnce = (embedding: Float32Array): Promise<DecoderParts | null> => (parts ??= tryParts(params, sessions, choice.decoderOnCpu ? 'cpu' : choice.provider, embedding));
  return { ...(await finish({ ...choice, sessions }, findings)), parts: openOnce };
}

/** What another version of onnxruntime makes of a provider is another matter. */
const keyOf = (provider: string): string => `${provider} ${env.versions.node ?? env.versions.common}`;

/** The whole decoder does the same, so that whatever goes wrong with its parts is only noted. */
async function tryParts({ entry, folder }: LoadParams, sessions: Sessions, provider: string, embedding: Float32Array): Promise<DecoderParts | null> {
  try {
    return await openParts(await readGraph('decoder', entry, folder), sessions, provider, embedding);
  } catch (error) {
    console.error(`The decoder of "${entry.name}" is used as a whole: ${whyNot(error)}`);
    return null;
  }
}

async function finish({ sessions, provider, decoderOnCpu, used, others, passedOver }: Choice<Sessions>, findings: ModelFindings): Promise<Omit<LoadedModel, 'parts'>> {
  const { value, ms } = used.decoderMs === null ? await timeDecoder(sessions) : { value: await tryDecoder(sessions), ms: used.decoderMs };
  const limits: ModelLimits = { multimask: value.ious.length > 2, ...sessions.graph.limits };
  const ofCpu = others.find((other) => other.provider === 'cpu');
  const decoderMs = decoderOnCpu ? (ofCpu?.decoderMs ?? ms) : ms;
  let { encoderMs } = used;
  const keep = async (): Promise<void> => {
    if (provider === 'cpu') await findings.end(keyOf(provider), { verdict: 'good', reason: null, difference: null, encoderMs, decoderMs });
    await findings.setLoaded({ limits, provider, encoderMs, decoderMs });
  };
  await keep();
  return {
    ...sessions,
    provider,
    reason: explained(provider, passedOver),
    fallback: isFallback(passedOver.filter(({ slower }) => !slower).map(({ reason }) => reason)),
    limits,
    providers: [{ ...used, decoderMs: ms }, ...others],
    encoded: async (measured) => {
      if (encoderMs !== null) return;
      encoderMs = measured;
      await keep();
    },
  };
}

function explained(used: string, passedOver: Choice<Sessions>['passedOver']): string | null {
  const told = passedOver.filter(({ slower }) => used === 'cpu' || !slower);
  return told.length === 0 ? null : `Running on ${providerName(used)}. ${told.map(({ provider, reason }) => `${providerName(provider)}: ${reason}`).join('; ')}.`;
}
