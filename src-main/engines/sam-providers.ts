import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import { z } from 'zod';
import { writeWhole } from '../datasets/atomic-file.ts';

/** Which execution providers to try on a platform, best first; what onnxruntime lists decides which of them are there at all. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  darwin: ['coreml', 'webgpu'],
  win32: ['cuda', 'dml', 'webgpu'],
  linux: ['cuda', 'webgpu'],
};

export function providersToTry(platform: string = process.platform): string[] {
  const listed = new Set(listSupportedBackends().map((backend) => backend.name));
  return (ORDER[platform] ?? []).filter((provider) => listed.has(provider));
}

const NAMES: Readonly<Record<string, string>> = { coreml: 'Core ML', cuda: 'CUDA', dml: 'DirectML', webgpu: 'WebGPU', cpu: 'the CPU' };
export const providerName = (provider: string): string => NAMES[provider] ?? provider;

const NO_LIBRARIES = 'its libraries are not installed';
const NO_PROCESSOR = 'no graphics processor was found';

/** onnxruntime's complaint about a provider, in words. */
export function whyNot(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/failed to load shared library|no such file|cannot open shared object/i.test(text)) return NO_LIBRARIES;
  if (/no supported adapters|failed to get a webgpu adapter|no adapter/i.test(text)) return NO_PROCESSOR;
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}

/**
 * Whether what whyNot said of the providers passed over speaks of hardware that is there and not used. Most machines
 * lack the libraries of processors that they do not have either: that alone is nothing to warn of.
 */
export function isFallback(reasons: readonly string[], hasProcessor: () => boolean = graphicsProcessorIsThere): boolean {
  if (reasons.some((reason) => reason !== NO_LIBRARIES && reason !== NO_PROCESSOR)) return true;
  return reasons.includes(NO_LIBRARIES) && hasProcessor();
}

/** What graphics drivers leave where anyone can see it: Linux's render nodes, NVIDIA's and WSL's devices, NVIDIA's library on Windows. */
function graphicsProcessorIsThere(): boolean {
  const traces = process.platform === 'win32' ? [join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'nvcuda.dll')] : ['/proc/driver/nvidia', '/dev/nvidiactl', '/dev/dxg', '/dev/dri/renderD128'];
  return traces.some((path) => existsSync(path));
}

const Finding = z.strictObject({
  /** Attempts that have not ended: above 0 when the engine died in one. */
  unfinished: z.int().nonnegative(),
  /** Null while it has not been compared with the CPU. */
  verdict: z.enum(['good', 'refused']).nullable(),
  reason: z.string().nullable(),
  /** A provider can be good at the encoder and slower than the CPU at the small decoder. */
  decoderOnCpu: z.boolean(),
});
export type Finding = z.infer<typeof Finding>;
const Findings = z.record(z.string(), Finding);

const UNKNOWN: Finding = { unfinished: 0, verdict: null, reason: null, decoderOnCpu: false };
/** An engine can be killed during an attempt for other reasons, so one death is no proof. */
const DEATHS_ALLOWED = 1;

/**
 * What was found out about the providers on this machine, in a small file: a driver that takes the whole process down
 * cannot be caught, only remembered from before the attempt. Keys should name provider, onnxruntime's version and model.
 */
export class ProviderMemory {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async recall(key: string): Promise<Finding> {
    return (await this.#read())[key] ?? UNKNOWN;
  }

  /** To be called before an attempt. False when earlier attempts have ended with the engine's death: do not try again. */
  async begin(key: string): Promise<boolean> {
    const known = await this.recall(key);
    if (known.unfinished > DEATHS_ALLOWED) return false;
    await this.#write(key, { ...known, unfinished: known.unfinished + 1 });
    return true;
  }

  /** The attempt is over. A provider that is simply not there is not judged, so that it is found once it is. */
  async end(key: string, found: Omit<Finding, 'unfinished'> | null): Promise<void> {
    await this.#write(key, found === null ? null : { ...found, unfinished: 0 });
  }

  async #read(): Promise<Record<string, Finding>> {
    try {
      return Findings.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch {
      // Absent or damaged: the providers are found out about anew.
      return {};
    }
  }

  async #write(key: string, finding: Finding | null): Promise<void> {
    const findings = await this.#read();
    if (finding === null) delete findings[key];
    else findings[key] = finding;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeWhole(this.#path, true, (sink) => sink.write(JSON.stringify(findings, null, 1)));
    } catch (error) {
      console.error(`What was found out about execution providers could not be kept in ${this.#path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
