import { callShell, hasShell } from './shell.ts';

/** Copies a text. False where it cannot be: then it is for the person's own keys. */
export async function copyText(text: string): Promise<boolean> {
  try {
    // A desktop window's page has no permission of its own.
    if (hasShell()) await callShell('shell.copy', { text });
    else await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
