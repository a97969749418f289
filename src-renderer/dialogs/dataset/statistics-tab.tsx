import type { ReactElement } from 'react';

export function StatisticsTab(): ReactElement | null {
  return null;
}
