import { z } from 'zod';

/** What runs, for the page about the program: null where it has no part in this host. */
export const Versions = z.strictObject({
  program: z.string(),
  electron: z.string().nullable(),
  chromium: z.string().nullable(),
  node: z.string(),
  onnxruntime: z.string(),
  sharp: z.string(),
  libvips: z.string().nullable(),
  sqlite: z.string(),
  /** Name, release and processor of the system. */
  system: z.string(),
  /** Where the logs lie. */
  logs: z.string(),
});
export type Versions = z.infer<typeof Versions>;

/** One entry of licences.json, which lies beside the page: made as the program is built. */
export const Licence = z.strictObject({
  name: z.string(),
  version: z.string().nullable(),
  /** SPDX identifier. */
  licence: z.string(),
  note: z.string().nullable(),
  text: z.string().min(1),
});
export type Licence = z.infer<typeof Licence>;
export const Licences = z.array(Licence);
