import { Circle, CircleCheck, CircleDot } from 'lucide-react';
import type { ReactElement } from 'react';
import type { ImageStatus } from '../../src-shared/domain/schema.ts';

const ICONS = { todo: Circle, 'in-progress': CircleDot, done: CircleCheck } as const;

/** An image's status as a shape of its own, coloured besides. Its words are the row's. */
export function StatusIcon({ status }: { readonly status: ImageStatus }): ReactElement {
  const Icon = ICONS[status];
  return <Icon size={14} className={`status-${status}`} aria-hidden />;
}
