import type { ReactElement } from 'react';

export function SnapshotsTab(): ReactElement | null {
  return null;
}
