// Small words for people: a moment in UTC, how far away it is, and clauses as sentences.

/** `2026-01-15 12:00:00 UTC`. */
export function clockTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `in 4 minutes`, `3 hours ago`, `now`. */
export function fromNow(at: number, now: number): string {
  const away = Math.abs(at - now);
  if (away < SECOND) return 'now';
  const [size, name] = UNITS.find(([unit]) => away >= unit * 2) ?? [SECOND, 'second'];
  const count = Math.round(away / size);
  const words = `${count} ${name}${count === 1 ? '' : 's'}`;
  return at > now ? `in ${words}` : `${words} ago`;
}

/** A clause such as `timed out while connecting` as a sentence; a host's name at its beginning stays as it is. */
export function sentence(clause: string): string {
  const [first = ''] = clause.split(' ', 1);
  const begun = /^[a-z]+$/.test(first) ? clause.charAt(0).toUpperCase() + clause.slice(1) : clause;
  return stopped(begun);
}

/** With a full stop, where nothing else ends it. */
export function stopped(text: string): string {
  return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`;
}

const SECOND = 1000;
/** A unit is used from two of them on: 90 seconds say more than 2 minutes. */
const UNITS: readonly (readonly [number, string])[] = [
  [86_400 * SECOND, 'day'],
  [3600 * SECOND, 'hour'],
  [60 * SECOND, 'minute'],
];
