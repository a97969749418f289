import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { SnapshotRow } from '../../src-shared/contract/snapshots.ts';
import type { Job, ProjectHandle } from '../../src-shared/contract/types.ts';
import type { CoreApi } from '../core/core-api.ts';
import { foldedName } from '../../src-shared/domain/class-names.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followJob } from './follow-job.ts';
import { existingProject } from './project-file.ts';
import type { SnapshotAction } from './snapshot-commands.ts';

export interface SnapshotOptions {
  readonly note?: string;
  readonly to?: string;
  readonly json?: true;
}

/** `maskwright snapshot`: the named states of a project. Ctrl+C ends what is under way, and leaves nothing of it. */
export async function snapshot(argument: string, action: SnapshotAction, name: string | undefined, options: SnapshotOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const path = existingProject(argument);
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const { project } = await call(core, 'project.open', { path });
    if (action === 'list') {
      const rows = await call(core, 'snapshots.list', { project });
      console.out(options.json ? `${JSON.stringify(rows.map(described), null, 2)}\n` : rows.map(asLine).join(''));
      return EXIT.done;
    }
    if (name === undefined) throw new MaskwrightError('bad-request', `Say which snapshot to ${action}: maskwright snapshot ${argument} ${action} NAME.`);
    const follow = (begin: () => Promise<{ job: string }>): Promise<Job> => followJob(core, console, interrupted, begin);
    switch (action) {
      case 'create': {
        const code = ended(await follow(() => call(core, 'snapshots.create', { project, name, note: options.note ?? '' })), options.json === true, console);
        if (code === EXIT.done && options.json) console.out(`${JSON.stringify(described(await snapshotNamed(core, project, name)), null, 2)}\n`);
        return code;
      }
      case 'delete': {
        const row = await snapshotNamed(core, project, name);
        return ended(await follow(() => call(core, 'snapshots.delete', { project, snapshot: row.snapshot })), options.json === true, console);
      }
      case 'restore': {
        const row = await snapshotNamed(core, project, name);
        return ended(await follow(() => call(core, 'snapshots.restore', { project, snapshot: row.snapshot, label: `Restore “${row.name}”` })), options.json === true, console);
      }
      case 'rename': {
        if (options.to === undefined && options.note === undefined) throw new MaskwrightError('bad-request', 'Say what to call it: --to NAME, or --note TEXT for another note.');
        const row = await snapshotNamed(core, project, name);
        const changed = await call(core, 'snapshots.change', { project, snapshot: row.snapshot, name: options.to, note: options.note });
        console.out(options.json ? `${JSON.stringify(described(changed), null, 2)}\n` : asLine(changed));
        return EXIT.done;
      }
    }
  } finally {
    await core.close();
  }
}

/** The snapshot of that name, whatever the case of its letters. Throws 'not-found' naming those that there are. */
export async function snapshotNamed(core: CoreApi, project: ProjectHandle, name: string): Promise<SnapshotRow> {
  const rows = await call(core, 'snapshots.list', { project });
  const found = rows.find((row) => foldedName(row.name) === foldedName(name));
  if (found !== undefined) return found;
  const known = rows.slice(0, 10).map((row) => `“${row.name}”`).join(', ');
  throw new MaskwrightError('not-found', `There is no snapshot “${name}”. ${rows.length === 0 ? 'The project has none: take one with `maskwright snapshot PROJECT create NAME`.' : `There are: ${known}${rows.length > 10 ? ', …' : ''}.`}`, name);
}

const described = ({ name, note, at, hash, images, done, instances }: SnapshotRow): object => ({ name, note, taken: new Date(at).toISOString(), hash: `sha256:${hash}`, images, done, instances });

function asLine({ name, note, at, images, instances }: SnapshotRow): string {
  const what = `${images} ${images === 1 ? 'image' : 'images'}, ${instances} ${instances === 1 ? 'instance' : 'instances'}`;
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}  ${name}  (${what})${note === '' ? '' : `  ${note.split('\n', 1)[0]}`}\n`;
}

function ended({ state, message }: Job, quiet: boolean, console: Console): ExitCode {
  switch (state) {
    case 'done':
      if (!quiet) console.out(`${message ?? 'Done.'}\n`);
      return EXIT.done;
    case 'cancelled':
      console.err('Cancelled; nothing was changed.\n');
      return EXIT.interrupted;
    default:
      console.err(`maskwright: ${message ?? 'It failed.'}\n`);
      return EXIT.failed;
  }
}
