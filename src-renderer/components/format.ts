import i18next, { t } from 'i18next';

/** Whole numbers with the language's separators. */
export const formatCount = (n: number): string => new Intl.NumberFormat(i18next.language).format(n);

/** A share between 0 and 1 as per cent, to a tenth. */
export const formatShare = (share: number): string => t('status.percent', { n: new Intl.NumberFormat(i18next.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(share * 100) });

/** A score between 0 and about 1 the short way: `.96`, `1.02`. */
export const formatScore = (score: number): string => {
  const text = score.toFixed(2);
  return text.startsWith('0') ? text.slice(1) : text;
};

/** The time of day of a moment (milliseconds since the epoch), with seconds. */
export const formatTime = (at: number): string => new Intl.DateTimeFormat(i18next.language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at);

/** Day and time of a moment (milliseconds since the epoch). */
export const formatMoment = (at: number): string => new Intl.DateTimeFormat(i18next.language, { dateStyle: 'long', timeStyle: 'short' }).format(at);

/** How long ago, in the largest unit that fits. */
export function formatAgo(at: number): string {
  const relative = new Intl.RelativeTimeFormat(i18next.language, { numeric: 'auto' });
  const minutes = Math.round((at - Date.now()) / 60_000);
  if (minutes > -60) return relative.format(minutes, 'minute');
  if (minutes > -60 * 24) return relative.format(Math.round(minutes / 60), 'hour');
  return relative.format(Math.round(minutes / 60 / 24), 'day');
}

/** A remaining time: seconds, then minutes, then hours. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return t('time.seconds', { n: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? t('time.minutes', { n: minutes }) : t('time.hours', { n: Math.round(minutes / 60) });
}
