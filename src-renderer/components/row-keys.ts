import type { KeyboardEvent } from 'react';

/** Arrow keys move between the rows' main buttons (`data-row`) of a list. */
export function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined || !(event.target instanceof HTMLElement) || event.target.dataset.row === undefined) return;
  event.preventDefault();
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row]')].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  rows[rows.indexOf(event.target) + by]?.focus();
}
