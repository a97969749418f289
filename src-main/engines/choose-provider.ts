import type { ProviderReport } from '../../src-shared/contract/models.ts';
import { providerName } from '../sam/provider-name.ts';
import { UNKNOWN } from './model-findings.ts';
import type { LoadParams } from './sam-messages.ts';
import type { Finding, ModelFindings } from './model-findings.ts';
import { isAbsent, whyNot } from './sam-providers.ts';

export interface Figures {
  /** Milliseconds of a picture and of a prompt. */
  readonly encoderMs: number;
  readonly decoderMs: number;
}

/** A model that can be opened on providers, with sessions S, and tried; R is what the CPU answers to the probe. */
export interface Bench<S, R extends Figures> {
  /** Rejects when the provider is not there or cannot run the model. */
  open(provider: string): Promise<S>;
  reference(cpu: S): Promise<R>;
  /** `difference` as in ProviderReport; not a number where it cannot be compared. */
  compare(sessions: S, reference: R): Promise<Figures & { readonly difference: number }>;
  close(sessions: S): Promise<void>;
}

export interface Choice<S> {
  readonly provider: string;
  readonly sessions: S;
  /** The CPU is faster at the small decoder. */
  readonly decoderOnCpu: boolean;
  readonly used: ProviderReport;
  /** Those that are not used, in the order in which they were to be tried, the CPU last. */
  readonly others: readonly ProviderReport[];
  /** Why no better provider than the one that is used, in words; empty when there was nothing to say. */
  readonly passedOver: readonly { readonly provider: string; readonly reason: string; readonly slower: boolean }[];
}

export interface ChooseOptions {
  /** To try, without the CPU. */
  readonly providers: readonly string[];
  readonly avoid: LoadParams['avoid'];
  readonly findings: Pick<ModelFindings, 'recall' | 'begin' | 'end'>;
  /** The name of a finding about a provider. */
  keyOf(provider: string): string;
  /** Told which provider the next step is made on: it may hang in it, or take the process down. */
  trying(provider: string): void;
}

interface Contender<S> extends Figures {
  readonly provider: string;
  readonly finding: Finding;
  /** Open since it was tried just now, or null. */
  sessions: S | null;
}

const CPU = 'cpu';
/** Root mean square of the difference over that of the CPU's answer. Half precision stays below 1 %. */
const TOLERANCE = 0.05;

/**
 * Opens a model on the fastest provider that answers as the CPU does, else on the CPU. Each provider is tried once and
 * the outcome remembered. Rejects with what the CPU's `open` rejects with.
 */
export async function chooseProvider<S, R extends Figures>(bench: Bench<S, R>, options: ChooseOptions): Promise<Choice<S>> {
  return new Contest(bench, options).run();
}

class Contest<S, R extends Figures> {
  readonly #bench: Bench<S, R>;
  readonly #options: ChooseOptions;
  readonly #contenders: Contender<S>[] = [];
  readonly #passedOver = new Map<string, { readonly finding: Finding; readonly reason: string; readonly absent: boolean }>();
  #cpu: { readonly sessions: S; readonly reference: R } | null = null;

  constructor(bench: Bench<S, R>, options: ChooseOptions) {
    this.#bench = bench;
    this.#options = options;
  }

  async run(): Promise<Choice<S>> {
    // One after the other: two that run at once would slow each other down.
    for (const provider of this.#options.providers) await this.#consider(provider);
    this.#contenders.sort((a, b) => a.encoderMs - b.encoderMs);
    for (let winner = this.#contenders.shift(); winner !== undefined; winner = this.#contenders.shift()) {
      const sessions = winner.sessions ?? (await this.#reopen(winner));
      if (sessions !== null) return this.#won(winner, sessions);
    }
    this.#options.trying(CPU);
    const sessions = this.#cpu?.sessions ?? (await this.#bench.open(CPU));
    const known = await this.#recall(CPU);
    return { provider: CPU, sessions, decoderOnCpu: false, used: report(CPU, known, 'used', null), others: this.#reports(), passedOver: this.#excuses() };
  }

  async #won(winner: Contender<S>, sessions: S): Promise<Choice<S>> {
    const { provider, finding, encoderMs } = winner;
    const slower = (ms: number, name: string): string => `it takes ${Math.round(ms)} ms for a picture, ${name} ${Math.round(encoderMs)} ms`;
    const excuses = this.#excuses();
    for (const other of this.#contenders) {
      if (other.sessions !== null) await this.#bench.close(other.sessions);
      this.#passOver(other.provider, other.finding, slower(other.encoderMs, providerName(provider)));
    }
    if (this.#cpu !== null) await this.#bench.close(this.#cpu.sessions);
    this.#options.trying(provider);
    const cpu = await this.#recall(CPU);
    const decoderOnCpu = cpu.decoderMs !== null && cpu.decoderMs < winner.decoderMs;
    const used = report(provider, finding, 'used', decoderOnCpu ? 'the CPU is faster at prompts and does those' : null);
    const ofCpu = report(CPU, cpu, 'refused', cpu.encoderMs === null ? `${providerName(provider)} is faster` : slower(cpu.encoderMs, providerName(provider)));
    return { provider, sessions, decoderOnCpu, used, others: [...this.#reports(), ofCpu], passedOver: excuses };
  }

  async #consider(provider: string): Promise<void> {
    const failed = this.#options.avoid[provider];
    const known = await this.#recall(provider);
    if (failed !== undefined) {
      const { reason, lasting } = failed;
      if (lasting) await this.#options.findings.end(this.#options.keyOf(provider), { ...UNKNOWN, verdict: 'failed', reason });
      this.#passOver(provider, known, reason);
    } else if (known.verdict === 'good' && known.encoderMs !== null && known.decoderMs !== null) this.#contenders.push({ provider, finding: known, encoderMs: known.encoderMs, decoderMs: known.decoderMs, sessions: null });
    else if (known.verdict === null || known.verdict === 'good') await this.#tryOut(provider, known);
    else this.#passOver(provider, known, known.reason ?? 'it was found unfit');
  }

  async #tryOut(provider: string, known: Finding): Promise<void> {
    const sessions = await this.#open(provider, known);
    if (sessions === null) return;
    let finding: Finding;
    try {
      this.#options.trying(CPU);
      const cpu = await this.#measuredCpu();
      this.#options.trying(provider);
      const { difference, encoderMs, decoderMs } = await this.#bench.compare(sessions, cpu);
      finding = judged({ encoderMs, decoderMs, difference: Number.isFinite(difference) ? difference : null }, cpu);
    } catch (error) {
      finding = { ...UNKNOWN, verdict: 'failed', reason: whyNot(error) };
    }
    await this.#options.findings.end(this.#options.keyOf(provider), finding);
    if (finding.verdict === 'good' && finding.encoderMs !== null && finding.decoderMs !== null) {
      await this.#enter({ provider, finding, encoderMs: finding.encoderMs, decoderMs: finding.decoderMs, sessions });
      return;
    }
    await this.#bench.close(sessions);
    this.#passOver(provider, finding, finding.reason ?? 'it was found unfit');
  }

  /** Of those tried just now only the fastest stays open: each may hold gigabytes. */
  async #enter(contender: Contender<S>): Promise<void> {
    const open = this.#contenders.find((other) => other.sessions !== null);
    const slower = open !== undefined && open.encoderMs > contender.encoderMs ? open : contender;
    if (open !== undefined && slower.sessions !== null) {
      await this.#bench.close(slower.sessions);
      slower.sessions = null;
    }
    this.#contenders.push(contender);
  }

  async #reopen({ provider, finding }: Contender<S>): Promise<S | null> {
    const sessions = await this.#open(provider, finding);
    if (sessions !== null) await this.#options.findings.end(this.#options.keyOf(provider), finding);
    return sessions;
  }

  /** Null, and passed over, when it cannot be opened. Otherwise the attempt goes on until findings.end. */
  async #open(provider: string, known: Finding): Promise<S | null> {
    const { findings, keyOf, trying } = this.#options;
    const key = keyOf(provider);
    trying(provider);
    if (!(await findings.begin(key))) {
      this.#passOver(provider, known, 'the engine stopped each time it was tried');
      return null;
    }
    try {
      return await this.#bench.open(provider);
    } catch (error) {
      const reason = whyNot(error);
      await findings.end(key, known.verdict === null || isAbsent(reason) ? null : known);
      this.#passOver(provider, known, reason);
      return null;
    }
  }

  async #measuredCpu(): Promise<R> {
    if (this.#cpu === null) {
      const sessions = await this.#bench.open(CPU);
      const reference = await this.#bench.reference(sessions);
      this.#cpu = { sessions, reference };
      await this.#options.findings.end(this.#options.keyOf(CPU), { verdict: 'good', reason: null, encoderMs: reference.encoderMs, decoderMs: reference.decoderMs, difference: null });
    }
    return this.#cpu.reference;
  }

  #recall(provider: string): Promise<Finding> {
    return this.#options.findings.recall(this.#options.keyOf(provider));
  }

  #passOver(provider: string, finding: Finding, reason: string): void {
    this.#passedOver.set(provider, { finding, reason, absent: isAbsent(reason) });
  }

  #reports(): ProviderReport[] {
    return this.#options.providers.flatMap((provider) => {
      const found = this.#passedOver.get(provider);
      return found === undefined ? [] : [report(provider, found.finding, found.absent ? 'absent' : 'refused', found.reason)];
    });
  }

  #excuses(): Choice<S>['passedOver'] {
    return [...this.#passedOver].map(([provider, { reason, finding }]) => ({ provider, reason, slower: finding.verdict === 'slower' }));
  }
}

function judged(measured: Pick<Finding, 'encoderMs' | 'decoderMs' | 'difference'>, cpu: Figures): Finding {
  const { encoderMs, difference } = measured;
  if (difference === null || difference >= TOLERANCE) return { ...UNKNOWN, ...measured, verdict: 'wrong', reason: 'its results differ from the CPU’s' };
  if (encoderMs !== null && encoderMs > cpu.encoderMs) return { ...UNKNOWN, ...measured, verdict: 'slower', reason: `it takes ${Math.round(encoderMs)} ms for a picture, the CPU ${Math.round(cpu.encoderMs)} ms` };
  return { ...UNKNOWN, ...measured, verdict: 'good' };
}

const report = (provider: string, { encoderMs, decoderMs, difference }: Finding, verdict: ProviderReport['verdict'], reason: string | null): ProviderReport => ({ provider, verdict, reason, encoderMs, decoderMs, difference });
