import type { ReactElement } from 'react';

export function SplitsTab(): ReactElement | null {
  return null;
}
