import { z } from 'zod';
import { ModelId, Precision } from '../../../src-shared/contract/models.ts';

/** A plain file name: no separators, so that a catalogue can never point out of its folder. */
export const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const HttpsUrl = z.string().max(500).refine((text) => URL.canParse(text) && new URL(text).protocol === 'https:' && new URL(text).username === '', 'an https address');

export const DownloadFile = z.strictObject({
  role: z.enum(['checkpoint', 'encoder', 'decoder', 'encoder-data', 'decoder-data']),
  /** What it is called on this machine. */
  name: FileName,
  /** Null: what the server says. */
  bytes: z.int().positive().nullable(),
  sha256: Sha256,
  /** The same bytes from different hosts. */
  urls: z.array(HttpsUrl).min(1).max(16),
});
export type DownloadFile = z.infer<typeof DownloadFile>;

/** A model that can be downloaded. The n-th addresses of all its files lie on one host: its n-th mirror. */
export const DownloadEntry = z
  .strictObject({
    id: ModelId,
    name: z.string().min(1).max(100),
    /** For people: one sentence that helps to choose. */
    summary: z.string().min(1).max(200),
    family: z.string().min(1).max(40),
    /** `onnx`: the graphs as they are loaded. `checkpoint`: a PyTorch file, made into graphs on this machine. */
    kind: z.enum(['onnx', 'checkpoint']),
    /** Of the weights in the files. */
    precision: Precision.default('fp32'),
    licence: z.strictObject({ name: z.string().min(1).max(100), url: HttpsUrl }),
    /** The project that made it. */
    source: HttpsUrl,
    inputSize: z.int().min(64).max(4096),
    /** Of all files together; about right where the size of one is not known. */
    bytes: z.int().positive(),
    files: z.array(DownloadFile).min(1),
  })
  .refine(({ kind, files }) => (kind === 'checkpoint' ? ['checkpoint'] : ['decoder', 'encoder']).join() === files.map(({ role }) => role).filter((role) => !role.endsWith('-data')).toSorted().join(), 'one checkpoint, or an encoder and a decoder')
  .refine(({ kind, files }) => new Set(files.map(({ role }) => role)).size === files.length && (kind === 'onnx' || files.length === 1), 'one file a role')
  .refine(({ files }) => new Set(files.map(({ name }) => name)).size === files.length, 'names that differ')
  .refine(({ files }) => new Set(files.map(({ urls }) => urls.map((url) => new URL(url).host).join())).size === 1, 'the same mirrors for all files')
  .refine(({ bytes, files }) => files.some((file) => file.bytes === null) || files.reduce((sum, file) => sum + (file.bytes ?? 0), 0) === bytes, 'as many bytes as its files have');
export type DownloadEntry = z.infer<typeof DownloadEntry>;

/** What models of this checkpoint have as their source. */
export const checkpointSource = (entry: DownloadEntry): string => entry.files[0]?.urls[0] ?? entry.source;

/** Host names to choose from; a mirror is named by its index. */
export const mirrorsOf = (entry: DownloadEntry): string[] => (entry.files[0]?.urls ?? []).map((url) => new URL(url).host);
