import type { Instance, InstanceId, Ring, Shape } from './schema.ts';

/**
 * A newer list of instances, with the objects of the list before for all that is the same, shapes too where only the rest
 * differs: whoever compares by identity (painting, lists) finds what changed and nothing else.
 */
export function keepSame(before: readonly Instance[], after: readonly Instance[]): readonly Instance[] {
  const known = new Map<InstanceId, Instance>(before.map((instance) => [instance.id, instance]));
  const kept = after.map((instance) => {
    const old = known.get(instance.id);
    return old === undefined ? instance : keepInstance(old, instance);
  });
  return kept.length === before.length && kept.every((instance, i) => instance === before[i]) ? before : kept;
}

/** The same of one instance, which may have been known by another id: then its shape is kept alone. */
export function keepInstance(before: Instance, after: Instance): Instance {
  if (before === after || !sameShape(before.shape, after.shape)) return after;
  const { shape } = before;
  const same = before.id === after.id && before.class === after.class && before.z === after.z && before.area === after.area && JSON.stringify([before.box, before.provenance]) === JSON.stringify([after.box, after.provenance]);
  return same ? before : { ...after, shape };
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.kind === 'mask') return b.kind === 'mask' && a.size[0] === b.size[0] && a.size[1] === b.size[1] && sameNumbers(a.counts, b.counts);
  if (a.kind === 'box') return b.kind === 'box' && a.box.x === b.box.x && a.box.y === b.box.y && a.box.width === b.box.width && a.box.height === b.box.height;
  return b.kind === 'polygon' && a.parts.length === b.parts.length && a.parts.every(({ outer, holes }, i) => {
    const other = b.parts[i];
    return other !== undefined && holes.length === other.holes.length && sameNumbers(outer, other.outer) && holes.every((hole, j) => sameNumbers(hole, other.holes[j] ?? []));
  });
}

function sameNumbers(a: Ring | Uint8Array, b: Ring | Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
