import { readFileSync } from 'node:fs';
import i18next from 'i18next';

/** The page's own English words, so that a better wording breaks no test. */
const language = i18next.createInstance();
await language.init({
  lng: 'en',
  resources: { en: { translation: JSON.parse(readFileSync(new URL('../../src-renderer/i18n/en.json', import.meta.url), 'utf8')) as Record<string, unknown> } },
  interpolation: { escapeValue: false },
});

/** @throws when the page has no such words. */
export function words(key: string, values: Record<string, string | number> = {}): string {
  if (!language.exists(key, values)) throw new Error(`the page has no words for ${key}`);
  return language.t(key, values);
}
