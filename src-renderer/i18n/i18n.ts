import { use as install } from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';

/** The languages there are: English is complete, others are added as a file and a line here. */
const LANGUAGES = { en: { translation: en } } as const;

export async function startI18n(): Promise<void> {
  await install(initReactI18next).init({
    resources: LANGUAGES,
    lng: 'en',
    fallbackLng: 'en',
    // React escapes; escaping twice would show &amp; in names.
    interpolation: { escapeValue: false },
    returnNull: false,
  });
}
