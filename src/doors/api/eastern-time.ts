// US Eastern wall time: as streams and suppressions show it (contract sending 5), and in queries.
//
// Dates in queries are US Eastern wall time unless a zone is given, inclusive at both ends (contract management 1.4 and 21).
//
// Reads `2026-8-5`, `2026-08-05T14:00`, `2026-08-05T14:00:00`, with a fraction, and with `Z` or an offset. A wall time
// that occurs twice, when clocks go back, means the wider range; one that is skipped is read in standard time.

export type Edge = 'start' | 'end';

export interface EasternTime {
  /** Unix milliseconds; as an end, the last millisecond of the day, minute or second given. Undefined for no date. */
  parse(text: string, edge: Edge): number | undefined;
  /** `2026-07-01T00:00:00-04:00`, of Unix milliseconds. */
  format(at: number): string;
}

const FORM =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?(Z|[+\- ]\d{2}:?\d{2})?)?$/i;

/** Characters of an ISO time up to its seconds. */
const SECONDS_OF_ISO = 19;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function createEasternTime(): EasternTime {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', timeZoneName: 'longOffset' });
  const offsetAt = (at: number): number => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    return name === 'GMT-04:00' ? -4 * HOUR : -5 * HOUR;
  };
  /** `wall` is the wall time as if it were UTC. */
  const fromWall = (wall: number, edge: Edge): number => {
    const fits = [wall + 4 * HOUR, wall + 5 * HOUR].filter((at) => at + offsetAt(at) === wall);
    return (edge === 'start' ? fits[0] : fits.at(-1)) ?? wall + 5 * HOUR;
  };
  return {
    format(at) {
      const offset = offsetAt(at);
      const wall = new Date(at + offset).toISOString().slice(0, SECONDS_OF_ISO);
      return `${wall}-${String(-offset / HOUR).padStart(2, '0')}:00`;
    },
    parse(text, edge) {
      const parts = FORM.exec(text.trim());
      if (parts === null) return undefined;
      const wall = wallOf(parts);
      if (wall === undefined) return undefined;
      const last = edge === 'end' ? wall + stepOf(parts) - 1 : wall;
      const zone = parts[8];
      return zone === undefined ? fromWall(last, edge) : last - zoneOffset(zone);
    },
  };
}

function wallOf(parts: RegExpExecArray): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((text) => Number(text ?? 0));
  const fraction = Number(`0.${parts[7] ?? '0'}`);
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return undefined;
  return date.getTime() + hour * HOUR + minute * MINUTE + second * SECOND + Math.floor(fraction * SECOND);
}

/** How long the time given lasts: an end covers all of it. */
function stepOf(parts: RegExpExecArray): number {
  if (parts[4] === undefined) return DAY;
  if (parts[6] === undefined) return MINUTE;
  return parts[7] === undefined ? SECOND : 1;
}

/** An unescaped `+` of a query arrives as a space. */
function zoneOffset(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  return (zone.startsWith('-') ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
}
