import type { SnapshotOrNow } from '../../src-shared/contract/snapshots.ts';
import { ProjectSnapshot } from '../projects/snapshot.ts';
import { NamedSnapshot } from '../projects/snapshots/named-snapshot.ts';

/** What the methods of the datasets engine share. */

/** One moment of a project. @param opened the file that is read @param project beside which its folders lie */
export function snapshot({ opened, project }: { readonly opened: string; readonly project: string }): { readonly source: ProjectSnapshot } & Disposable {
  const source = new ProjectSnapshot(opened, project);
  return { source, [Symbol.dispose]: () => source.close() };
}

/** The same, or one of the project's named snapshots. */
export function momentOrSnapshot({ opened, project, snapshot: id }: { readonly opened: string; readonly project: string; readonly snapshot: SnapshotOrNow }): { readonly source: ProjectSnapshot | NamedSnapshot } & Disposable {
  if (id === null) return snapshot({ opened, project });
  const source = new NamedSnapshot(opened, project, id);
  return { source, [Symbol.dispose]: () => source.close() };
}

const REPORT_EVERY_MS = 100;

/** At most ten reports a second: a line of a file each would be a message each. */
export function reports(send: (value: unknown) => void): (done: number, total: number | null) => void {
  let reported = 0;
  return (done, total) => {
    const now = performance.now();
    if (now - reported < REPORT_EVERY_MS && done !== total) return;
    reported = now;
    send({ kind: 'progress', done, total });
  };
}
