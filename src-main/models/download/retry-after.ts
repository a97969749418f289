/**
 * Milliseconds that a Retry-After field (RFC 9110, 10.2.3) asks to wait from `now` (milliseconds since the epoch): seconds or a
 * date. Null when it is absent or cannot be read.
 */
export function retryAfterMs(field: string | undefined, now: number): number | null {
  if (field === undefined) return null;
  if (/^\d+$/.test(field)) return Number(field) * 1000;
  const date = Date.parse(field);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
