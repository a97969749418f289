import type { Comparison, ProposalList, ReplayScope } from '../../src-shared/contract/replay.ts';
import type { EditResult } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import type { Proposal, Replayable } from './proposals.ts';
import type { Tables } from './tables.ts';

/** What it needs of the project. Throws as ProjectStore does. */
interface Access {
  read<Result>(work: (tables: Tables) => Result): Result;
  write<Result>(work: (tables: Tables) => Result): Result;
  edit(label: string, commands: readonly EditCommand[]): EditResult;
}

/** The commands that accept the proposals for these instances; none for those that have none any more. */
export function* acceptance({ proposals }: Tables, ids: Iterable<InstanceId>): Generator<EditCommand> {
  for (const id of ids) {
    const found = proposals.find(id);
    if (found !== null) yield { type: 'instance.update', ids: [id], shape: found.shape, provenance: found.provenance };
  }
}

/** The part of an open project that replaying prompts uses. */
export class ReplayStore {
  private readonly access: Access;

  constructor(access: Access) {
    this.access = access;
  }

  /** See Proposals.replayable. */
  replayable(scope: ReplayScope, modelHash: string): Replayable {
    return this.access.read(({ proposals }) => proposals.replayable(scope, modelHash));
  }

  list(): ProposalList {
    return this.access.read(({ proposals }) => proposals.list());
  }

  count(): number {
    return this.access.read(({ proposals }) => proposals.count());
  }

  /** Throws 'no-such-instance' when there is no proposal for it any more. */
  compare(instance: InstanceId): Comparison {
    return this.access.read(({ proposals }) => proposals.compare(instance));
  }

  /** Keeps proposals for instances as they were when the work began; those that have changed since are passed over. Gives how many were kept. */
  propose(made: readonly { readonly of: Instance; readonly proposal: Proposal }[]): number {
    if (made.length === 0) return 0;
    return this.access.write(({ instances, proposals }) => {
      const fresh = made.filter(({ of }) => instances.isUnchanged(of));
      for (const { proposal } of fresh) proposals.put(proposal);
      return fresh.length;
    });
  }

  /** Gives instances the masks proposed for them, as one step of undo. Null when none of them has a proposal any more. */
  accept(label: string, ids: readonly InstanceId[]): EditResult | null {
    const commands = this.access.read((tables) => [...acceptance(tables, new Set(ids))]);
    return commands.length === 0 ? null : this.access.edit(label, commands);
  }

  reject(ids: readonly InstanceId[]): void {
    if (ids.length > 0) this.access.write(({ proposals }) => ids.forEach((id) => proposals.drop(id)));
  }
}
