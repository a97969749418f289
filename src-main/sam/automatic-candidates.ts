import { Packr } from 'msgpackr';
import { z } from 'zod';
import { AutomaticCandidate } from '../../src-shared/contract/automatic.ts';
import type { FoundCandidate } from '../../src-shared/sam/automatic/loose.ts';
import type { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { ByteLru } from '../core/byte-lru.ts';
import type { DiskCache } from './disk-cache.ts';

/** What is searched, and with what. */
export interface Subject {
  /** As ImageRef.key. */
  readonly image: string;
  /** Null while it is not known. */
  readonly pixelHash: string | null;
  readonly modelHash: string;
}

const IN_MEMORY = 64 * 1024 ** 2;
/** About what a candidate takes beside its run lengths. */
const CANDIDATE_OVERHEAD = 400;
/** More than the candidates of any search. */
const IDS_PER_SEARCH = 2 ** 20;
/** Of what lies on the disk; another layout, or another order of candidates, gets another number. */
const LAYOUT = 2;

const packr = new Packr({ useRecords: false });
const Stored = z.array(AutomaticCandidate.omit({ id: true }));

/**
 * The candidates that everything mode found, by image, model and options: in memory, and on disk, so that coming back
 * another day needs no inference. Their names hold the pixels' and the model's hash, so what belongs to other pixels or
 * another model is never found. A disk that takes nothing is told to `onDiskError`, and is no failure.
 */
export class CandidateSets {
  readonly #disk: DiskCache;
  readonly #onDiskError: (error: unknown) => void;
  readonly #inMemory = new ByteLru<readonly AutomaticCandidate[]>(IN_MEMORY);
  /** By image and model: the name of its last search's set, or null when that was discarded. */
  readonly #last = new Map<string, string | null>();
  /** By set: where its ids begin. Kept for ever, so that an id means one candidate as long as the program runs. */
  readonly #firstIds = new Map<string, number>();

  constructor(disk: DiskCache, onDiskError: (error: unknown) => void) {
    this.#disk = disk;
    this.#onDiskError = onDiskError;
  }

  /** What the last search of the image with the model found; null when there was none, or it is no longer kept. */
  async last(subject: Subject): Promise<readonly AutomaticCandidate[] | null> {
    const name = await this.#lastName(subject);
    return name === null ? null : this.#read(name);
  }

  /** Makes an earlier search with these options the last one. False when there was none. */
  async recall(subject: Subject, options: AutomaticOptions): Promise<boolean> {
    if (subject.pixelHash === null) return false;
    const name = setName(subject.pixelHash, subject.modelHash, options);
    if ((await this.#read(name)) === null) return false;
    await this.#point(subject, subject.pixelHash, name);
    return true;
  }

  /** Keeps what a search found, as the last one. @param subject with the hash of the pixels that were searched */
  async keep(subject: Subject & { readonly pixelHash: string }, options: AutomaticOptions, found: readonly FoundCandidate[]): Promise<void> {
    const name = setName(subject.pixelHash, subject.modelHash, options);
    this.#remember(name, found);
    await this.#write(name, packr.pack(found));
    await this.#point(subject, subject.pixelHash, name);
  }

  /** Forgets the last search of the image, so that there seems to be none. */
  async discard(subject: Subject): Promise<void> {
    this.#last.set(lastKey(subject), null);
    if (subject.pixelHash !== null) await this.#write(pointerName(subject.pixelHash, subject.modelHash), Buffer.from(''));
  }

  async #lastName(subject: Subject): Promise<string | null> {
    const known = this.#last.get(lastKey(subject));
    if (known !== undefined || subject.pixelHash === null) return known ?? null;
    const bytes = await this.#disk.get(pointerName(subject.pixelHash, subject.modelHash));
    const name = bytes === null || bytes.length === 0 ? null : Buffer.from(bytes).toString();
    // What a search noted meanwhile is newer.
    const meanwhile = this.#last.get(lastKey(subject));
    if (meanwhile === undefined) this.#last.set(lastKey(subject), name);
    return meanwhile ?? name;
  }

  async #point(subject: Subject, pixelHash: string, name: string): Promise<void> {
    this.#last.set(lastKey(subject), name);
    await this.#write(pointerName(pixelHash, subject.modelHash), Buffer.from(name));
  }

  async #read(name: string): Promise<readonly AutomaticCandidate[] | null> {
    const inMemory = this.#inMemory.get(name);
    if (inMemory !== undefined) return inMemory;
    const bytes = await this.#disk.get(name);
    if (bytes === null) return null;
    try {
      return this.#remember(name, Stored.parse(packr.unpack(bytes)));
    } catch {
      return null;
    }
  }

  #remember(name: string, found: readonly FoundCandidate[]): readonly AutomaticCandidate[] {
    const first = this.#firstIds.get(name) ?? this.#firstIds.size * IDS_PER_SEARCH;
    this.#firstIds.set(name, first);
    // A copy of each: msgpackr gives views of one buffer, which would live as long as any of them.
    const candidates = found.map((candidate, i) => ({ id: first + i, ...candidate, counts: new Uint8Array(candidate.counts) }));
    this.#inMemory.set(name, candidates, candidates.reduce((sum, { counts }) => sum + counts.length + CANDIDATE_OVERHEAD, 0));
    return candidates;
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    await this.#disk.put(name, bytes).catch(this.#onDiskError);
  }
}

const lastKey = ({ image, modelHash }: Subject): string => `${image} ${modelHash}`;
const pointerName = (pixelHash: string, modelHash: string): string => `last search ${LAYOUT} ${pixelHash} ${modelHash}`;
const setName = (pixelHash: string, modelHash: string, options: AutomaticOptions): string => `candidates ${LAYOUT} ${pixelHash} ${modelHash} ${JSON.stringify(options)}`;
