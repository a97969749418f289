import { Classes } from './classes.ts';
import type { Connection } from './connection.ts';
import { DoneWork } from './done-work.ts';
import { Fingerprints } from './fingerprints.ts';
import { Images } from './images.ts';
import { Instances } from './instances.ts';
import { Journal } from './journal.ts';
import { Proposals } from './proposals.ts';
import { Roots } from './roots.ts';

/** The repositories over one connection. */
export class Tables {
  readonly connection: Connection;
  readonly roots: Roots;
  readonly classes: Classes;
  readonly instances: Instances;
  readonly images: Images;
  readonly journal: Journal;
  readonly fingerprints: Fingerprints;
  readonly proposals: Proposals;
  readonly doneWork: DoneWork;

  constructor(connection: Connection, projectFile: string) {
    this.connection = connection;
    this.roots = new Roots(connection, projectFile);
    this.classes = new Classes(connection);
    this.instances = new Instances(connection, this.classes);
    this.images = new Images(connection, this.roots, this.classes, this.instances);
    this.journal = new Journal(connection);
    this.fingerprints = new Fingerprints(connection);
    this.proposals = new Proposals(connection, this.classes, this.instances);
    this.doneWork = new DoneWork(connection);
  }

  name(): string {
    return this.connection.value<string>("SELECT value FROM meta WHERE key = 'name'") ?? '';
  }

  /** The id of the model chosen for this project, or null for the built-in one. */
  model(): string | null {
    return this.connection.value<string>("SELECT value FROM meta WHERE key = 'model'") ?? null;
  }

  setModel(id: string | null): void {
    if (id === null) this.connection.run("DELETE FROM meta WHERE key = 'model'");
    else this.connection.run("INSERT INTO meta (key, value) VALUES ('model', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", id);
  }

  /** Drops what is kept in memory: after a rollback, or when another program wrote. */
  forget(): void {
    this.roots.forget();
    this.classes.forget();
    this.instances.forget();
    this.images.forget();
  }
}
