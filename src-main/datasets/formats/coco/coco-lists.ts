import type { z } from 'zod';
import type { JsonListsHandler } from '../codecs/json-lists.ts';

/** What readers of COCO's files make of the entries of its lists. */
export interface CocoEntries {
  image(index: number, value: unknown): void;
  category(index: number, value: unknown): void;
  annotation(index: number, value: unknown): void;
  leaveOut(item: string, why: string): void;
  /** Takes what the file says of itself, to be written back. */
  readonly own: Record<string, z.core.util.JSONType>;
}

/** Two passes over a file, whose lists come in any order: pictures and categories first, then the annotations that refer to them. */
export function cocoPasses({ image, category, annotation, leaveOut, own }: CocoEntries): { first: JsonListsHandler; second: JsonListsHandler } {
  const licences: z.core.util.JSONType[] = [];
  return {
    first: {
      skips: new Set(['annotations']),
      element: (key, index, value) => {
        if (key === 'images') image(index, value);
        else if (key === 'categories') category(index, value);
        else if (key === 'licenses') {
          licences.push(value as z.core.util.JSONType);
          own['licenses'] = licences;
        }
      },
      value: (key, value) => {
        if (key === 'info') own['info'] = value as z.core.util.JSONType;
      },
      broken: (key, index, why) => {
        if (key !== 'annotations') leaveOut(`${key}${index === null ? '' : ` ${index + 1}`}`, why);
      },
    },
    second: {
      skips: new Set(['images', 'categories', 'licenses']),
      element: (key, index, value) => {
        // The list of results is a document of its own, whose list has no key.
        if (key === 'annotations' || key === '') annotation(index, value);
      },
      value: () => undefined,
      broken: (key, index, why) => {
        if (key === 'annotations' || key === '') leaveOut(`annotation ${(index ?? 0) + 1}`, why);
      },
    },
  };
}
