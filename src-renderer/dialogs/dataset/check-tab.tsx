import type { ReactElement } from 'react';

export function CheckTab(): ReactElement | null {
  return null;
}
