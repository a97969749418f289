import { Problem } from '../../src-shared/contract/errors.ts';

/**
 * Fetches and decodes a picture of the program's own host. Rejects with an Error whose message is a sentence for a person:
 * the host's own (a Problem as JSON) where it gives one.
 */
export async function loadPicture(address: string, signal: AbortSignal): Promise<ImageBitmap> {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(await reasonOf(response));
  const blob = await response.blob();
  signal.throwIfAborted();
  // Pictures come upright and in sRGB already: neither orientation nor colour may be applied again.
  return await createImageBitmap(blob, { imageOrientation: 'none', colorSpaceConversion: 'none', premultiplyAlpha: 'premultiply' });
}

async function reasonOf(response: Response): Promise<string> {
  if (response.headers.get('content-type')?.startsWith('application/json')) {
    const problem = Problem.safeParse(await response.json().catch(() => null));
    if (problem.success) return problem.data.message;
  }
  return `The picture could not be loaded (status ${response.status}). Open the image again; if that does not help, restart the program.`;
}
