import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { MOST_PROPOSALS } from '../../src-shared/contract/replay.ts';
import type { Comparison, ProposalList, ProposalRow, ReplayScope } from '../../src-shared/contract/replay.ts';
import type { ImageId, InstanceId, MaskShape, Provenance } from '../../src-shared/domain/schema.ts';
import type { Classes } from './classes.ts';
import { decodeProvenance, decodeShape, encodeProvenance, encodeShape } from './codec.ts';
import type { Connection } from './connection.ts';
import type { Instances } from './instances.ts';

/** What another model makes of an instance's prompt. */
export interface Proposal {
  readonly instance: InstanceId;
  readonly shape: MaskShape;
  readonly provenance: Provenance;
  /** With the instance's own shape. */
  readonly iou: number;
}

/** Which instances of a scope have a prompt that can be run again. */
export interface Replayable {
  /** In the order of their images' ids. */
  readonly byImage: ReadonlyMap<ImageId, readonly InstanceId[]>;
  /** Passed over: drawn, imported, or changed by a person. */
  readonly withoutPrompt: number;
  /** Passed over: made by the very model. */
  readonly byModel: number;
}

interface ListedRow {
  readonly instance: number;
  readonly image: number;
  readonly path: string;
  readonly class: number | null;
  readonly iou: number;
  readonly presentModel: string;
  readonly presentIou: number;
  readonly proposedModel: string;
  readonly proposedIou: number;
}

/** CROSS JOIN: from the few proposals to their instances, never the other way round (sqlite.org/optoverview.html). */
const THERE = 'FROM proposals p CROSS JOIN instances i ON i.id = p.instance AND i.live = 1';

/** What a model says of its mask, read by SQLite: parsing 10,000 provenances here takes ten times as long. */
const claim = (provenance: string, as: string): string => {
  const field = (path: string): string => `CASE WHEN json_valid(${provenance}) THEN ${provenance} ->> '${path}' END`;
  return `coalesce(${field('$.sam.model')}, '') AS ${as}Model, coalesce(${field('$.sam.predictedIou')}, 0) AS ${as}Iou`;
};

/**
 * Masks that wait for a person to look at them. One goes when its instance's shape changes in whatever way
 * (Instances.set); while the instance is out of sight, its proposal is too.
 */
export class Proposals {
  private readonly connection: Connection;
  private readonly classes: Classes;
  private readonly instances: Instances;

  constructor(connection: Connection, classes: Classes, instances: Instances) {
    this.connection = connection;
    this.classes = classes;
    this.instances = instances;
  }

  /** In the place of an earlier one for the same instance. */
  put({ instance, shape, provenance, iou }: Proposal): void {
    this.connection.run('INSERT OR REPLACE INTO proposals (instance, shape, provenance, iou) VALUES (?, ?, ?, ?)', instance, encodeShape(shape), encodeProvenance(provenance), iou);
  }

  drop(instance: InstanceId): void {
    this.connection.run('DELETE FROM proposals WHERE instance = ?', instance);
  }

  count(): number {
    return this.connection
      .all<{ class: number | null; n: number }>(`SELECT class, count(*) AS n FROM (SELECT i.class ${THERE}) GROUP BY class`)
      .reduce((sum, row) => (this.classes.resolve(row.class) === 'gone' ? sum : sum + row.n), 0);
  }

  list(): ProposalList {
    const rows = this.connection.all<ListedRow>(
      `SELECT p.instance, i.image, m.rel_path AS path, i.class, p.iou, ${claim('s.provenance', 'present')}, ${claim('p.provenance', 'proposed')}
       ${THERE} JOIN images m ON m.id = i.image JOIN shapes s ON s.instance = p.instance ORDER BY p.iou, p.instance LIMIT ?`,
      MOST_PROPOSALS,
    );
    const proposals = rows.flatMap(({ instance, image, path, class: stored, iou, ...claims }): ProposalRow[] => {
      const cls = this.classes.resolve(stored);
      if (cls === 'gone') return [];
      const present = { model: claims.presentModel, predictedIou: claims.presentIou };
      return [{ instance, image, path, class: cls, iou, present, proposed: { model: claims.proposedModel, predictedIou: claims.proposedIou } }];
    });
    return { proposals, total: this.count() };
  }

  /** Null: there is none any more. */
  find(instance: InstanceId): Proposal | null {
    const row = this.connection.get<{ class: number | null; shape: Uint8Array; provenance: string; iou: number }>(`SELECT i.class, p.shape, p.provenance, p.iou ${THERE} WHERE p.instance = ?`, instance);
    if (row === undefined || this.classes.resolve(row.class) === 'gone') return null;
    const name = `Instance ${instance}`;
    const shape = decodeShape(row.shape, name);
    if (shape.kind !== 'mask') throw new MaskwrightError('project-damaged', `${name} cannot be read: what is proposed for it is no mask. Go back to an older copy of the project.`, name);
    return { instance, shape, provenance: decodeProvenance(row.provenance, name), iou: row.iou };
  }

  /** Throws 'no-such-instance'. */
  compare(instance: InstanceId): Comparison {
    const proposal = this.find(instance);
    if (proposal === null) throw new MaskwrightError('no-such-instance', 'There is nothing to review for this instance any more: it was changed or deleted, or the review was decided elsewhere.', String(instance));
    const { shape, provenance, iou } = proposal;
    return { instance: this.instances.get(instance), proposal: { shape, provenance, iou } };
  }

  /** @param modelHash of the model that the prompts are to be run with */
  replayable(scope: ReplayScope, modelHash: string): Replayable {
    const rows = this.connection.all<{ id: number; image: number; class: number | null; by: string | null }>(
      `SELECT i.id, i.image, i.class,
         CASE WHEN json_valid(s.provenance) AND NOT json_extract(s.provenance, '$.touched') THEN json_extract(s.provenance, '$.sam.modelHash') END AS by
       FROM instances i JOIN shapes s ON s.instance = i.id WHERE i.live = 1 ORDER BY i.image, i.z, i.id`,
    );
    const isIn = inScope(scope);
    const byImage = new Map<ImageId, InstanceId[]>();
    let withoutPrompt = 0;
    let byModel = 0;
    for (const { id, image, class: stored, by } of rows) {
      const cls = this.classes.resolve(stored);
      if (cls === 'gone' || !isIn({ id, image, class: cls })) continue;
      if (by === null) withoutPrompt++;
      else if (by === modelHash) byModel++;
      else push(byImage, image, id);
    }
    return { byImage, withoutPrompt, byModel };
  }
}

function push(byImage: Map<ImageId, InstanceId[]>, image: ImageId, id: InstanceId): void {
  const there = byImage.get(image);
  if (there === undefined) byImage.set(image, [id]);
  else there.push(id);
}

type Place = { readonly id: InstanceId; readonly image: ImageId; readonly class: number | null };

function inScope(scope: ReplayScope): (place: Place) => boolean {
  if (scope === 'all') return () => true;
  if ('class' in scope) return (place) => place.class === scope.class;
  if ('images' in scope) {
    const images = new Set(scope.images);
    return ({ image }) => images.has(image);
  }
  const instances = new Set(scope.instances);
  return ({ id }) => instances.has(id);
}
