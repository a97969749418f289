import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';

/**
 * Which execution providers to try on a platform, likely best first; what onnxruntime lists decides which of them are there
 * at all. Not TensorRT, which compiles the model anew at each start, for minutes.
 */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  darwin: ['coreml', 'webgpu'],
  win32: ['cuda', 'dml', 'webgpu'],
  linux: ['cuda', 'webgpu'],
};

export function providersToTry(platform: string = process.platform): string[] {
  const listed = new Set(listSupportedBackends().map((backend) => backend.name));
  return (ORDER[platform] ?? []).filter((provider) => listed.has(provider));
}

const NO_LIBRARIES = 'its libraries are not installed';
const NO_PROCESSOR = 'no graphics processor was found';

/** Whether what whyNot said means that the provider is not there, rather than that it failed. */
export const isAbsent = (reason: string): boolean => reason === NO_LIBRARIES || reason === NO_PROCESSOR;

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
  if (!reasons.every(isAbsent)) return true;
  return reasons.includes(NO_LIBRARIES) && hasProcessor();
}

/** What graphics drivers leave where anyone can see it: Linux's render nodes, NVIDIA's and WSL's devices, NVIDIA's library on Windows. */
function graphicsProcessorIsThere(): boolean {
  const traces = process.platform === 'win32' ? [join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'nvcuda.dll')] : ['/proc/driver/nvidia', '/dev/nvidiactl', '/dev/dxg', '/dev/dri/renderD128'];
  return traces.some((path) => existsSync(path));
}
