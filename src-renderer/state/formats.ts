import { useEffect, useState } from 'react';
import type { FormatRow } from '../../src-shared/contract/datasets.ts';
import { call } from './backend.ts';
import { notifyError } from './notices-store.ts';

/** They are the same as long as the program runs. */
let known: readonly FormatRow[] | null = null;

/** The formats of data sets; null until they are known. */
export function useFormats(): readonly FormatRow[] | null {
  const [formats, setFormats] = useState(known);
  useEffect(() => {
    const load = async (): Promise<void> => {
      known ??= await call('export.formats', {});
      setFormats(known);
    };
    load().catch(notifyError);
  }, []);
  return formats;
}
