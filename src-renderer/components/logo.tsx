import type { ReactElement } from 'react';

/** The program's mark: a shape and the mask that follows it. */
export function Logo({ size }: { readonly size: number }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden>
      <rect x="1" y="1" width="22" height="22" rx="6" fill="var(--accent)" />
      <path d="M6 16.5V8.2l6 6 6-6v8.3" stroke="var(--accent-text)" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="12" cy="7" r="1.7" fill="var(--accent-text)" />
    </svg>
  );
}
