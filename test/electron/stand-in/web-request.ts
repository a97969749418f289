type Listener = (details: { url: string; method: string; resourceType: string }, decide: (answer: { cancel?: boolean }) => void) => void;

let listener: Listener | null = null;

/** `session.webRequest`; Chromium's requests are asked about here (window.ts). */
export const webRequest = {
  onBeforeRequest: (given: Listener | null): void => void (listener = given),
};

/** Whether the shell cancels a request; `url` as the shell knows it. */
export async function isCancelled(url: string, method: string): Promise<boolean> {
  if (listener === null) return false;
  const asked = listener;
  const { cancel = false } = await new Promise<{ cancel?: boolean }>((resolve) => asked({ url, method, resourceType: 'other' }, resolve));
  return cancel;
}
