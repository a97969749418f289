import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ModelLimits } from '../../src-shared/contract/models.ts';

const milliseconds = z.number().nonnegative().nullable();

export const Finding = z.strictObject({
  /** Attempts that have not ended: above 0 when the engine died in one. */
  unfinished: z.int().nonnegative(),
  /** Null while it has not been compared with the CPU. */
  verdict: z.enum(['good', 'slower', 'wrong', 'failed']).nullable(),
  reason: z.string().nullable(),
  encoderMs: milliseconds,
  decoderMs: milliseconds,
  /** As in ProviderReport. */
  difference: z.number().nonnegative().nullable(),
});
export type Finding = z.infer<typeof Finding>;

const Loaded = z.strictObject({ limits: ModelLimits, provider: z.string(), encoderMs: milliseconds, decoderMs: milliseconds });
export type Loaded = z.infer<typeof Loaded>;

const Content = z.strictObject({
  /** By provider and what else the outcome depends on. */
  providers: z.record(z.string(), Finding),
  /** How the model was opened last. */
  loaded: Loaded.nullable(),
});
type Content = z.infer<typeof Content>;

export const UNKNOWN: Finding = { unfinished: 0, verdict: null, reason: null, encoderMs: null, decoderMs: null, difference: null };
/** An engine can be killed during an attempt for other reasons, so one death is no proof. */
const DEATHS_ALLOWED = 1;
/** The file is a whole number of these, with spaces at the end. */
const BLOCK = 4096;

/**
 * What was found out about one model on this machine, in a small file: figures that need not be measured again, and
 * which provider was being tried, because a driver that takes the whole process down cannot be caught, only remembered
 * from before the attempt.
 */
export class ModelFindings {
  readonly #path: string | null;
  /** One change after the other: each reads the file, changes it and writes it. */
  #changing: Promise<void> = Promise.resolve();

  /** @param path null remembers nothing */
  constructor(path: string | null) {
    this.#path = path;
  }

  async recall(key: string): Promise<Finding> {
    return (await this.#read()).providers[key] ?? UNKNOWN;
  }

  async loaded(): Promise<Loaded | null> {
    return (await this.#read()).loaded;
  }

  /** To be called before an attempt. False when earlier attempts have ended with the engine's death: do not try again. */
  async begin(key: string): Promise<boolean> {
    const known = await this.recall(key);
    if (known.unfinished > DEATHS_ALLOWED) return false;
    await this.#change(({ providers }) => {
      providers[key] = { ...known, unfinished: known.unfinished + 1 };
    });
    return true;
  }

  /** The attempt is over. A provider that is simply not there is not judged (null), so that it is found once it is. */
  end(key: string, found: Omit<Finding, 'unfinished'> | null): Promise<void> {
    return this.#change(({ providers }) => {
      if (found === null) delete providers[key];
      else providers[key] = { ...found, unfinished: 0 };
    });
  }

  /** The attempt was broken off for another reason. */
  withdraw(key: string): Promise<void> {
    return this.#change(({ providers }) => {
      const known = providers[key];
      if (known !== undefined && known.unfinished > 0) providers[key] = { ...known, unfinished: known.unfinished - 1 };
    });
  }

  /** Providers are tried as if for the first time. */
  forgetProviders(): Promise<void> {
    return this.#change((content) => {
      content.providers = {};
    });
  }

  setLoaded(loaded: Loaded): Promise<void> {
    return this.#change((content) => {
      content.loaded = loaded;
    });
  }

  async #read(): Promise<Content> {
    if (this.#path === null) return { providers: {}, loaded: null };
    try {
      return Content.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch {
      // Absent or damaged: all is found out about anew.
      return { providers: {}, loaded: null };
    }
  }

  #change(change: (content: Content) => void): Promise<void> {
    this.#changing = this.#changing.then(() => this.#rewrite(change));
    return this.#changing;
  }

  async #rewrite(change: (content: Content) => void): Promise<void> {
    const path = this.#path;
    if (path === null) return;
    const content = await this.#read();
    change(content);
    try {
      await mkdir(dirname(path), { recursive: true });
      await overwrite(path, JSON.stringify(content, null, 1));
    } catch (error) {
      console.error(`What was found out about a model could not be kept in ${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/**
 * Puts `text` over what the file holds in one write that covers all of it. An engine is often killed while it does this:
 * that leaves the old content or the new one, and no second file beside it that somebody would have to clear away.
 */
async function overwrite(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.from(text);
    const whole = Buffer.alloc(Math.max(size, Math.ceil(bytes.length / BLOCK) * BLOCK), ' ');
    bytes.copy(whole);
    await file.write(whole, 0, whole.length, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}
