import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { Ring, Shape } from '../../src-shared/domain/schema.ts';
import type { Tables } from './tables.ts';

/** What writing takes on a slow machine, in microseconds. */
const ROW = 40;
const ADDED = 60;
const CORNER = 3;
/** A crossing of a polygon’s side with a column of pixels. */
const CROSSING = 0.05;
/** A byte of a mask’s packed run lengths. */
const MASK_BYTE = 0.03;
/** Going over one class, as each command about classes does with all of them. */
const CLASS = 0.5;
/** Longer than this nobody's program may stand still, not even on a slow machine that does something else, too. */
const MOST_MICROSECONDS = 30_000;

/** Whether carrying commands out would block the process for longer than a person notices: then another process does it. */
export function isLongEdit({ classes, journal }: Tables, commands: readonly EditCommand[]): boolean {
  let cost = ROW * journal.undoneRows();
  for (const command of commands) {
    cost += costOf(command, () => classes.count());
    if (cost > MOST_MICROSECONDS) return true;
  }
  return false;
}

function costOf(command: EditCommand, classes: () => number): number {
  switch (command.type) {
    case 'instance.add':
      return ADDED + costOfShape(command.shape);
    case 'instance.update':
      return ROW * command.ids.length + (command.shape === undefined ? 0 : costOfShape(command.shape));
    case 'instance.remove':
    case 'image.status':
    case 'image.split':
      return ROW * command.ids.length;
    case 'class.add':
    case 'class.remove':
      return ROW + CLASS * classes();
    case 'class.update':
      return ROW + CLASS * classes() + (command.position === undefined ? 0 : ROW * classes());
  }
}

function costOfShape(shape: Shape): number {
  if (shape.kind === 'box') return 0;
  if (shape.kind === 'mask') return MASK_BYTE * shape.counts.length;
  return shape.parts.reduce((sum, { outer, holes }) => holes.reduce((more, hole) => more + costOfRing(hole), sum + costOfRing(outer)), 0);
}

function costOfRing(ring: Ring): number {
  let crossings = 0;
  let before = ring.at(-2) ?? 0;
  for (let i = 0; i < ring.length; i += 2) {
    const x = ring[i] ?? 0;
    crossings += Math.min(Math.abs(x - before), 65_535);
    before = x;
  }
  return (CORNER * ring.length) / 2 + CROSSING * crossings;
}
