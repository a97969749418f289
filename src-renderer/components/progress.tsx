import type { ReactElement } from 'react';

/** How far something is: `done` of `total`, or on its way while the total is not known. */
export function ProgressBar({ label, done, total }: { readonly label: string; readonly done: number; readonly total: number | null }): ReactElement {
  const percent = total === null || total === 0 ? null : Math.min(100, (done / total) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { 'aria-valuenow': Math.round(percent) })}
      className={percent === null ? 'progress indeterminate' : 'progress'}
    >
      <div style={percent === null ? {} : { width: `${percent}%` }} />
    </div>
  );
}
