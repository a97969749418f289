import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { MaskwrightError, toProblem } from '../../src-shared/contract/errors.ts';
import type { ProjectHandle, ProjectInfo } from '../../src-shared/contract/types.ts';
import { openFolderProject } from '../projects/open-folder-project.ts';
import { ProjectStore } from '../projects/project-store.ts';
import type { Events } from './events.ts';
import { projectsElsewhere } from './places.ts';

/** How long a project stays open after its last client went: a reload comes back to it, another program need not wait long. */
const LINGER_MS = 10_000;

export interface OpenProject {
  readonly handle: ProjectHandle;
  readonly store: ProjectStore;
}

interface Entry extends OpenProject {
  readonly clients: Set<string>;
  linger: NodeJS.Timeout | null;
}

/** The projects open in this program, each once, however many clients look at it. */
export class OpenProjects {
  readonly #events: Events;
  readonly #fallbackFolder: string;
  readonly #byHandle = new Map<ProjectHandle, Entry>();
  /** By real path. A file that is opened again before it has been closed would find itself locked. */
  readonly #closing = new Map<string, Promise<void>>();
  /** Called when a project has been opened, before anybody sees it. */
  onOpened: (project: OpenProject) => void = () => undefined;
  /** Called when work on a project goes on in another file. */
  onMoved: (project: OpenProject) => void = () => undefined;
  /** Called before a project is closed; ends what works on it. */
  onClosing: (project: OpenProject) => Promise<void> = async () => undefined;

  constructor(events: Events, dataDir: string) {
    this.#events = events;
    this.#fallbackFolder = projectsElsewhere(dataDir);
  }

  /** Opens a project file, or the project of a folder of images (made when there is none). */
  async open(path: string, client: string): Promise<OpenProject> {
    const kind = await stat(path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EACCES' || error.code === 'EPERM'
        ? new MaskwrightError('no-access', `You have no right to open “${path}”. Change its permissions, or choose another.`, path)
        : new MaskwrightError('not-found', `There is no file or folder “${path}”. It may have been moved or renamed, or its drive is not connected.`, path);
    });
    if (!kind.isDirectory()) return this.#adopt(path, client);
    const found = await openFolderProject(path, this.#fallbackFolder);
    return this.#adopt(found.path, client);
  }

  async #adopt(path: string, client: string): Promise<OpenProject> {
    const real = ProjectStore.identity(path);
    await this.#closing.get(real);
    for (const entry of this.#byHandle.values()) {
      if (entry.store.path === real) return this.#join(entry, client);
    }
    const handle = randomBytes(10).toString('hex');
    const store: ProjectStore = ProjectStore.open(path, {
      onReadOnly: (problem) => this.#events.emit('project.readOnly', { project: handle, code: problem.code, message: problem.message }),
      onWarnings: (warnings) => this.#events.emit('project.warnings', { project: handle, path: store.path, warnings: [...warnings] }),
      onMoved: () => this.onMoved(entry),
    });
    const entry: Entry = { handle, store, clients: new Set(), linger: null };
    this.#byHandle.set(handle, entry);
    this.onOpened(entry);
    return this.#join(entry, client);
  }

  #join(entry: Entry, client: string): OpenProject {
    if (entry.linger) clearTimeout(entry.linger);
    entry.linger = null;
    entry.clients.add(client);
    return entry;
  }

  get(handle: ProjectHandle): OpenProject {
    const entry = this.#byHandle.get(handle);
    if (!entry) throw new MaskwrightError('project-closed', 'This project is no longer open. Open it again from the list of recent projects.', null);
    return entry;
  }

  /** Last opened last. */
  list(): OpenProject[] {
    return [...this.#byHandle.values()];
  }

  info(project: OpenProject): Omit<ProjectInfo, 'model'> {
    return { project: project.handle, ...project.store.info() };
  }

  leave(handle: ProjectHandle, client: string): void {
    const entry = this.#byHandle.get(handle);
    if (!entry?.clients.delete(client) || entry.clients.size > 0) return;
    entry.linger = setTimeout(() => this.#close(entry), LINGER_MS);
    entry.linger.unref();
  }

  leaveAll(client: string): void {
    for (const handle of this.#byHandle.keys()) this.leave(handle, client);
  }

  async closeAll(): Promise<void> {
    for (const entry of this.#byHandle.values()) this.#close(entry);
    await Promise.all(this.#closing.values());
  }

  #close(entry: Entry): void {
    if (entry.linger) clearTimeout(entry.linger);
    this.#byHandle.delete(entry.handle);
    const { path: identity } = entry.store;
    const closed = this.onClosing(entry)
      .then(() => entry.store.close())
      .catch((error: unknown) => this.#events.emit('notice', { level: 'warning', ...toProblem(error) }))
      .finally(() => this.#closing.delete(identity));
    this.#closing.set(identity, closed);
  }
}
