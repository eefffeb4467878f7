// The day on which something happened, as statistics count it: US Eastern with daylight saving (contract management 8.1).
//
// Promises: `YYYY-MM-DD`, so that days sort as texts. Borders of Eastern days, and changes to and from daylight saving, fall
// on whole hours of UTC, so the day of an hour is worked out once for all that happens within it.

export type EasternDay = (at: number) => string;

const HOUR_MS = 3_600_000;

/** `at` is Unix milliseconds. */
export function createEasternDay(): EasternDay {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const last = { hour: Number.NaN, day: '' };
  return (at) => {
    const hour = Math.floor(at / HOUR_MS);
    if (hour !== last.hour) {
      last.day = dayOf(format, at);
      last.hour = hour;
    }
    return last.day;
  };
}

function dayOf(format: Intl.DateTimeFormat, at: number): string {
  const parts = format.formatToParts(at);
  const part = (wanted: string): string => parts.find(({ type }) => type === wanted)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}
