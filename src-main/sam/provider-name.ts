const NAMES: Readonly<Record<string, string>> = { coreml: 'Core ML', cuda: 'CUDA', dml: 'DirectML', webgpu: 'WebGPU', cpu: 'the CPU' };

/** An execution provider as a sentence names it. */
export const providerName = (provider: string): string => NAMES[provider] ?? provider;
