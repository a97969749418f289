import { MaskwrightError, type Problem } from '../../src-shared/contract/errors.ts';
import type { SnapshotOrNow } from '../../src-shared/contract/snapshots.ts';
import type { EditResult, ImageFilter, ImageRow, ProjectInfo } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { ImageId, Instance, InstanceId, RootId } from '../../src-shared/domain/schema.ts';
import { backupBeside } from './backup.ts';
import { ChangeQueue } from './change-queue.ts';
import { Connection } from './connection.ts';
import { createProjectFile } from './create-project.ts';
import { closeSession, moveOn, type MovedOn } from './file/move-on.ts';
import type { WriteSession } from './file/write-session.ts';
import { isLongEdit } from './edit-cost.ts';
import type { FileStat, ImageRecord, Probe } from './images.ts';
import { heldBy, noteClosed, openProjectFile, realProjectPath, type OpenedProject, type OpenOptions } from './open-project.ts';
import { DamagedShape } from './damaged-shape.ts';
import { contentOf } from './project-content.ts';
import { OutsideWork } from './outside-work.ts';
import { PlaceFiles } from './place-files.ts';
import { QuickCheck } from './quick-check.ts';
import { ReplayStore } from './replay-store.ts';
import { ProjectSnapshot } from './snapshot.ts';
import { NamedSnapshot } from './snapshots/named-snapshot.ts';
import { Snapshots } from './snapshots/snapshots.ts';
import { SplitStore } from './split-store.ts';
import { begin, editResult, longStep, repeatStep, takeStep } from './step.ts';
import { damaged, explainSqlite, isProjectDamage, sqliteCode, whatIsDamaged } from './sqlite-errors.ts';
import { Tables } from './tables.ts';
import { quietly } from '../quietly.ts';
import { Warnings } from './warnings.ts';

/**
 * An open project. Every change is one transaction, on the disk before the call returns.
 *
 * All methods throw MaskwrightError: 'project-closed' after close; changes on a read-only store the code of `readOnly`;
 * 'disk-full' and 'io' when a change could not be written: it is then not made at all, and the store goes on;
 * 'project-damaged' when SQLite finds damage, upon which the store turns read-only without touching the file.
 */
export class ProjectStore {
  readonly replay: ReplayStore = new ReplayStore({ read: (work) => this.read(work), write: (work) => this.write(work), edit: (label, commands) => this.edit(label, commands) });
  readonly snapshots: Snapshots = new Snapshots({ read: (work) => this.read(work), write: (work) => this.write(work) });
  readonly files: PlaceFiles = new PlaceFiles({ read: (work) => this.read(work), write: (work) => this.write(work) });
  readonly splits: SplitStore = new SplitStore({ read: (work) => this.read(work), note: (work) => this.note(work), inTurn: (change) => this.inTurn(change) });
  readonly outside: OutsideWork = new OutsideWork({
    read: (work) => this.read(work),
    begin: () => {
      this.keepPlace();
      this.noteChanges();
    },
    end: () => {
      if (!this.closed) this.noteChanges();
    },
    forget: () => this.tables.forget(),
    edit: (label, touched, created) => {
      this.savedAt = Date.now();
      return this.read((tables) => editResult(tables, label, touched, created));
    },
  });
  private file: string;
  private tables: Tables;
  private session: WriteSession | null;
  private problem: Problem | null;
  private check: QuickCheck | null = null;
  private readonly checkSoon: NodeJS.Immediate;
  private readonly options: OpenOptions;
  private readonly warnings: Warnings;
  private savedAt: number | null = null;
  private dataVersion: unknown = null;
  private closed = false;
  private readonly queue = new ChangeQueue();

  private constructor(opened: OpenedProject, options: OpenOptions) {
    this.file = opened.file;
    this.tables = opened.tables;
    this.session = opened.session;
    this.problem = opened.readOnly;
    this.options = options;
    this.warnings = new Warnings(opened.warnings, options.onWarnings ?? (() => {}));
    // After the caller's first reads, with which it would compete.
    this.checkSoon = setImmediate(() => void this.checkAll());
  }

  /** Makes a project file and opens it. A file that is there already is 'conflict'; 'not-found', 'no-access', 'disk-full' as they say. */
  static create(path: string, name: string, options: OpenOptions = {}): ProjectStore {
    createProjectFile(path, name);
    return ProjectStore.open(path, options);
  }

  /** See openProjectFile. The whole file is then checked in the background. */
  static open(path: string, options: OpenOptions = {}): ProjectStore {
    return new ProjectStore(openProjectFile(path), options);
  }

  /** Equal for two paths that lead to the same project file. Throws as open does when there is none. */
  static identity(path: string): string {
    return realProjectPath(path);
  }

  /** Real path of the project file: another one after it was moved while it is open (options.onMoved). */
  get path(): string {
    return this.file;
  }

  /** Null when the project can be changed; else why not. */
  get readOnly(): Problem | null {
    return this.problem;
  }

  info(): Omit<ProjectInfo, 'project' | 'model'> {
    return this.read((tables) => ({ path: this.path, readOnly: this.problem, warnings: this.warnings.list(), savedAt: this.savedAt, ...contentOf(tables) }));
  }

  /** The id of the model chosen for this project, or null for the built-in one. As it was written: it may not be installed, or no id. */
  model(): string | null {
    return this.read((tables) => tables.model());
  }

  /** Chooses a model, or null for the built-in one. No step of undo: it changes how the project is worked on, not what is in it. */
  setModel(id: string | null): void {
    this.write((tables) => tables.setModel(id));
  }

  /** Carries commands out as one step of undo: all of them or none. Commands that change nothing make no step. See planEdits() for what is refused. */
  edit(label: string, commands: readonly EditCommand[]): EditResult {
    return this.write((tables) => {
      const { touched, created } = takeStep(tables, label, commands);
      return editResult(tables, label, touched, created);
    });
  }

  /** Carries out what a project starts with: there is nothing to undo afterwards. */
  prepare(commands: readonly EditCommand[]): void {
    this.write((tables) => begin(tables, commands));
  }

  /** Takes the last step back; 'nothing-to-undo' when there is none. */
  undo(): EditResult {
    return this.repeat(true);
  }

  /** Does the step again that was undone last; 'nothing-to-undo' when there is none. */
  redo(): EditResult {
    return this.repeat(false);
  }

  /** Whether an edit would take so long that it is better done by another process (outside.write). */
  isLongEdit(commands: readonly EditCommand[]): boolean {
    return this.read((tables) => isLongEdit(tables, commands));
  }

  /** The step that undo (or redo) comes to next, if it changes so many rows that it is better done by another process (yieldTo); else null. */
  longStep(undone: boolean): number | null {
    return this.read((tables) => longStep(tables, undone));
  }

  /** Does a change in its turn (see ChangeQueue); what changes a project that others change, too, goes through here. */
  inTurn<T>(change: () => T | Promise<T>): Promise<T> {
    return this.queue.run(change);
  }

  /** Ids of the images that pass the filter, by root, then in natural order of their paths. */
  imageIds(filter: ImageFilter): Uint32Array {
    return this.read(({ images }) => images.ids(filter));
  }

  /** Rows in the order of `ids`; unknown ids are left out. */
  imageRows(ids: readonly ImageId[]): ImageRow[] {
    return this.read(({ images }) => images.rows(ids));
  }

  imageRecord(id: ImageId): ImageRecord {
    return this.read(({ images }) => images.record(id));
  }

  /** The instances on an image, in painting order. Those whose shape is damaged are left out, untouched, and warned of. */
  instances(image: ImageId): Instance[] {
    const { instances, unreadable } = this.read((tables) => tables.instances.ofImage(image));
    if (unreadable.length > 0) this.warnings.unreadable(this.imageRecord(image).path, unreadable);
    return instances;
  }

  instance(id: InstanceId): Instance {
    return this.read(({ instances }) => instances.get(id));
  }

  /** The id of a folder of images (absolute path), added when it is new. Stored relative to the project file when inside its folder. */
  addRoot(folder: string): RootId {
    return this.write(({ roots }) => roots.add(folder));
  }

  /** Adds files of a root, with their sizes and times where known (beside `relPaths`); known ones are passed over. Gives how many were new. */
  addImages(root: RootId, relPaths: readonly string[], stats: readonly (FileStat | null)[] = []): number {
    return this.write(({ images }) => images.add(root, relPaths, stats));
  }

  /** The next images, by id, whose files have not been looked at. */
  unprobed(limit: number, afterId: ImageId): ImageRecord[] {
    return this.read(({ images }) => images.unprobed(limit, afterId));
  }

  setProbes(probes: readonly Probe[]): void {
    this.note(({ images }) => probes.forEach((probe) => images.setProbe(probe)));
  }

  setPixelHash(image: ImageId, hash: string): void {
    this.note(({ images }) => images.setPixelHash(image, hash));
  }

  /**
   * Brings the write-ahead log into the project file, as far as readers and the disk's space allow.
   * Nothing waits to be saved: every change was on the disk, in the log, when it was acknowledged.
   */
  flush(): { savedAt: number } {
    this.keepPlace();
    return this.guard(({ connection }) => {
      try {
        connection.checkpoint();
        this.session?.settle(connection);
      } catch (error) {
        if (sqliteCode(error) !== 'SQLITE_FULL') throw error;
      }
      this.savedAt ??= Date.now();
      return { savedAt: this.savedAt };
    });
  }

  /** Copies the project beside itself; works on read-only and damaged ones too. Gives the copy's path. */
  async backup(): Promise<string> {
    const { connection } = this.open();
    try {
      return await backupBeside(connection, this.path);
    } catch (error) {
      throw explainSqlite(error, this.path);
    }
  }

  /** The project as it is at this moment, whatever is edited later. Close it soon: it keeps the log from being emptied. */
  snapshot(): ProjectSnapshot {
    return new ProjectSnapshot(this.openedFile, this.path);
  }

  /** One of its snapshots, or null for what snapshot() gives. Throws 'not-found'. */
  stateAt(id: SnapshotOrNow): NamedSnapshot | ProjectSnapshot {
    return id === null ? this.snapshot() : new NamedSnapshot(this.openedFile, this.path, id);
  }

  /** The file that is read: the project, or the copy of a damaged one. For snapshots in another process. */
  get openedFile(): string {
    return this.read((tables) => tables.connection.file);
  }

  /** All is closed when this returns, unless changes are under way or the check of the whole file is still running: then when the promise resolves. */
  async close(): Promise<void> {
    if (this.closed) return;
    if (!this.queue.isEmpty) {
      await this.queue.drained();
      return this.close();
    }
    this.closed = true;
    clearImmediate(this.checkSoon);
    if (this.check !== null) await this.check.stop();
    try {
      const kept = closeSession(this.file, this.session, this.tables.connection, this.problem === null);
      if (kept !== null) this.warnings.add(kept);
    } finally {
      noteClosed(this.file);
    }
  }

  private repeat(undone: boolean): EditResult {
    return this.write((tables) => {
      const { label, touched } = repeatStep(tables, undone);
      return editResult(tables, label, touched, { instances: [], classes: [] });
    });
  }

  private read<Result>(work: (tables: Tables) => Result): Result {
    return this.guard((tables) => {
      // Another program may be writing to a project that is read-only here.
      if (this.problem !== null) {
        const version = tables.connection.pragma('data_version');
        if (version !== this.dataVersion) tables.forget();
        this.dataVersion = version;
      }
      return work(tables);
    });
  }

  private write<Result>(work: (tables: Tables) => Result): Result {
    this.keepPlace();
    return this.guard((tables) => {
      try {
        const result = tables.connection.transaction(() => work(tables));
        this.savedAt = Date.now();
        this.noteChanges();
        return result;
      } catch (error) {
        tables.forget();
        throw error;
      }
    });
  }

  /**
   * Writes what is found in the files again when it is lost: it reaches the disk with the next edit or checkpoint, so that
   * going from image to image never waits for the disk (in WAL mode only synchronous=FULL syncs at each commit).
   */
  private note(work: (tables: Tables) => void): void {
    this.open().connection.durable = false;
    try {
      this.write(work);
    } finally {
      this.tables.connection.durable = true;
    }
  }

  private guard<Result>(work: (tables: Tables) => Result): Result {
    const tables = this.open();
    try {
      return work(tables);
    } catch (error) {
      // One object, which is left as it is: the rest can be worked on.
      if (error instanceof DamagedShape) throw error;
      if (isProjectDamage(error) || (error instanceof MaskwrightError && error.code === 'project-damaged')) {
        throw MaskwrightError.fromProblem(this.turnReadOnly(whatIsDamaged(error)));
      }
      throw explainSqlite(error, this.path);
    }
  }

  private open(): Tables {
    if (this.closed) throw new MaskwrightError('project-closed', `The project "${this.path}" was closed. Open it again.`, this.path);
    return this.tables;
  }

  private assertWritable(): void {
    this.open();
    if (this.problem !== null) throw MaskwrightError.fromProblem(this.problem);
    this.outside.assertFree(this.path);
  }

  private noteChanges(): void {
    if (this.session?.note(this.tables.connection) === false) this.giveUp(heldBy(this.path, 'unknown'));
  }

  /** Before a change: sees to it that the project's file and its lock are where they were, or goes on elsewhere. Throws what a change throws. */
  private keepPlace(): void {
    this.assertWritable();
    const { session } = this;
    const place = session?.place.look() ?? 'here';
    if (session !== null && place !== 'here') this.guard(({ connection }) => this.goOn(moveOn(this.file, place, session, connection)));
    if (place === 'here' && session?.isOverwritten === true) this.turnReadOnly('another file was written over it while it was open. Close the project and open it again: what is in the file now opens as it is, and the log with the changes made here is kept under another name');
    const holder = this.session?.holdLock() ?? null;
    if (holder !== null) this.giveUp(heldBy(this.path, holder));
    this.assertWritable();
  }

  private goOn({ file, warning }: MovedOn): void {
    if (file !== null) {
      // It reads what was left behind.
      void this.check?.stop();
      noteClosed(this.file);
      const opened = openProjectFile(file);
      this.file = opened.file;
      this.tables = opened.tables;
      this.session = opened.session;
      if (opened.readOnly !== null) this.giveUp(opened.readOnly);
      this.options.onMoved?.();
    }
    this.warnings.add(warning);
  }

  private giveUp(problem: Problem): void {
    this.problem = problem;
    this.options.onReadOnly?.(problem);
  }

  private async checkAll(): Promise<void> {
    this.check = new QuickCheck(this.tables.connection.file);
    const found = await this.check.result;
    this.check = null;
    if (!this.closed && this.problem === null) quietly(() => this.session?.settle(this.tables.connection));
    if (found !== null && !this.closed) this.turnReadOnly(`its check found "${found}"`);
  }

  /** The read-only connection is opened before the writable one closes, so that closing does not write to the damaged file. */
  private turnReadOnly(what: string): Problem {
    if (this.problem?.code === 'project-damaged') return this.problem;
    this.problem = damaged(this.path, what).toProblem();
    try {
      const connection = Connection.readOnly(this.path, true);
      this.tables.connection.close();
      this.tables = new Tables(connection, this.path);
    } catch {
      // What can still be read is read through the old connection; nothing writes any more.
    }
    this.options.onReadOnly?.(this.problem);
    return this.problem;
  }
}
