/** Why there is no onnxruntime, with what to do. The loader of Windows does not say which library it has looked for. */
export function whyNotLoaded(error: unknown, { platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
  const isLoader = error instanceof Error && 'code' in error && error.code === 'ERR_DLOPEN_FAILED';
  if (platform === 'win32' && isLoader) {
    return `onnxruntime, which runs the models, cannot be loaded (${text}). It needs Microsoft’s Visual C++ runtime, which this computer seems to lack. Install the Visual C++ Redistributable (https://aka.ms/vs/17/release/vc_redist.${arch}.exe) and start Maskwright again.`;
  }
  return `onnxruntime, which runs the models, cannot be loaded: ${text}. Install Maskwright again; from sources, remove node_modules and start it.`;
}
