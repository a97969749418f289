import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { CallName } from '../../src-shared/contract/contract.ts';
import type { Job, ProjectHandle } from '../../src-shared/contract/types.ts';
import { removeFileNow, renameNow } from '../files/move-and-remove.ts';

/** Work that begins anew, or goes on with what is left, when the same call is made again. Downloads keep what has arrived themselves. */
const RESUMABLE = ['project.addFolder', 'project.import', 'automatic.label', 'replay.start', 'export.start'] as const satisfies readonly CallName[];
type Resumable = (typeof RESUMABLE)[number];

/** A call that started a job, without the project's handle, which is another one each time. */
const Entry = z.strictObject({ call: z.enum(RESUMABLE), title: z.string(), params: z.record(z.string(), z.unknown()) });
export type UnfinishedJob = z.infer<typeof Entry>;

interface Running extends UnfinishedJob {
  readonly project: ProjectHandle;
  /** Of the project's file. */
  readonly path: string;
}

/**
 * What was being worked on in each project when it was closed, the program ended or the power failed, so that it goes on when the
 * project is opened again. A file for each project, so that two programs with two projects do not write the same one; that it cannot
 * be written costs the going on, nothing else.
 */
export class UnfinishedJobs {
  readonly #folder: string;
  readonly #pathOf: (project: ProjectHandle) => string;
  readonly #log: (message: string) => void;
  readonly #running = new Map<string, Running>();
  readonly #closing = new Set<ProjectHandle>();

  constructor(dataDir: string, pathOf: (project: ProjectHandle) => string, log: (message: string) => void) {
    this.#folder = join(dataDir, 'unfinished');
    this.#pathOf = pathOf;
    this.#log = log;
  }

  /** A call was answered: if it started a job that can go on, that is noted; of an import with the id under which it is done once. */
  called(name: string, params: unknown, result: unknown, titleOf: (job: string) => string): void {
    if (!isResumable(name)) return;
    const { project, ...rest } = params as { readonly project: ProjectHandle };
    const { job } = result as { readonly job: string };
    const path = this.#pathOf(project);
    this.#running.set(job, { call: name, title: titleOf(job), params: name === 'project.import' ? { work: job, ...rest } : rest, project, path });
    this.#write(path);
  }

  /** A job that ended has no more to do, unless it was stopped because its project is closed. */
  jobChanged({ job, state }: Pick<Job, 'job' | 'state'>): void {
    const running = this.#running.get(job);
    if (running === undefined || state === 'running') return;
    this.#running.delete(job);
    if (state !== 'cancelled' || !this.#closing.has(running.project)) this.#write(running.path);
  }

  /** From now on what ends in this project ends because of that. */
  closing(project: ProjectHandle): void {
    this.#closing.add(project);
  }

  /** What is to go on in the project of that file, which was opened; it is forgotten here, and noted again by its call. */
  take(path: string): UnfinishedJob[] {
    const file = this.#file(path);
    try {
      const entries = z.array(Entry).parse(JSON.parse(readFileSync(file, 'utf8')));
      removeFileNow(file);
      return entries;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) this.#log(`unfinished jobs: ${String(error)}`);
      return [];
    }
  }

  #file(path: string): string {
    return join(this.#folder, `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`);
  }

  #write(path: string): void {
    const entries = [...this.#running.values()].filter((running) => running.path === path).map(({ call, title, params }): UnfinishedJob => ({ call, title, params }));
    try {
      const file = this.#file(path);
      if (entries.length === 0) removeFileNow(file);
      else {
        mkdirSync(this.#folder, { recursive: true });
        writeFileSync(`${file}.tmp`, JSON.stringify(entries));
        renameNow(`${file}.tmp`, file);
      }
    } catch (error) {
      this.#log(`unfinished jobs: ${String(error)}`);
    }
  }
}

const isResumable = (name: string): name is Resumable => (RESUMABLE as readonly string[]).includes(name);
