// MTA-STS as text: the TXT record that says that there is a policy, the policy, and which hosts it names (RFC 8461).
//
// Promises: pure; bounded by the length of what is read; what does not fit the grammar is no policy, and says why. Unknown
// fields are passed over (3.2); of fields that are there twice the first counts. Leaves to others: DNS, HTTPS, keeping.

export type StsMode = 'enforce' | 'testing' | 'none';

export interface StsPolicy {
  readonly mode: StsMode;
  /** Host names in lower case, or `*.` and a domain. Empty under mode `none` only. */
  readonly mx: readonly string[];
  /** Seconds, at most a year. */
  readonly maxAge: number;
}

/** The id of the one record that is there; undefined where there is none, or more than one (section 3.1). */
export function readStsRecord(records: readonly string[]): string | undefined {
  const own = records.filter((record) => /^v=STSv1[ \t]*;/.test(record));
  const [record] = own;
  if (own.length !== 1 || record === undefined) return undefined;
  const fields = record
    .slice('v=STSv1'.length)
    .split(';')
    .map((field) => field.trim());
  // It begins with the delimiter, and may end with one.
  if (fields.at(-1) === '') fields.pop();
  const [before, ...rest] = fields;
  if (before !== '' || rest.length === 0 || !rest.every((field) => RECORD_FIELD.test(field))) return undefined;
  const ids = rest.flatMap((field) => /^id=([A-Za-z0-9]{1,32})$/.exec(field)?.[1] ?? []);
  return rest.filter((field) => field.startsWith('id=')).length === 1 ? ids[0] : undefined;
}

export type ParsedPolicy = { readonly policy: StsPolicy } | { readonly problem: string };

/** Reads what lies at `https://mta-sts.<domain>/.well-known/mta-sts.txt` (section 3.2). */
export function parseStsPolicy(text: string): ParsedPolicy {
  const fields = new Map<string, string>();
  const mx: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [, name, value] = POLICY_FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) return { problem: `the line ${shown(line)} is no field` };
    if (name === 'mx') mx.push(value.toLowerCase());
    else if (!fields.has(name)) fields.set(name, value);
  }
  if (fields.get('version') !== 'STSv1') return { problem: 'the version is not STSv1' };
  const mode = fields.get('mode');
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return { problem: 'the mode is none of the three' };
  const age = fields.get('max_age') ?? '';
  if (!/^[0-9]{1,10}$/.test(age)) return { problem: 'max_age is no number of seconds' };
  const odd = mx.find((pattern) => !MX_PATTERN.test(pattern));
  if (odd !== undefined) return { problem: `mx ${shown(odd)} is no name of a host` };
  if (mx.length === 0 && mode !== 'none') return { problem: 'no mx is named' };
  if (mx.length > MAX_MX) return { problem: `more than ${MAX_MX} mx are named` };
  return { policy: { mode, mx, maxAge: Math.min(Number(age), LONGEST_AGE_S) } };
}

/** Whether the policy names the host; a wildcard stands for one label (section 4.1). */
export function namesHost({ mx }: StsPolicy, host: string): boolean {
  const name = host.toLowerCase();
  const parent = name.slice(name.indexOf('.'));
  return mx.some((pattern) => pattern === name || (pattern.startsWith('*.') && pattern.slice(1) === parent));
}

/** As reports quote it (RFC 8460 4.2): its fields, one a line. */
export function formatPolicy({ mode, mx, maxAge }: StsPolicy): readonly string[] {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((pattern) => `mx: ${pattern}`), `max_age: ${maxAge}`];
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

const RECORD_FIELD = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[\x21-\x3a\x3c\x3e-\x7e]+$/;
const POLICY_FIELD = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*([^ \t].*?)[ \t]*$/;
const MX_PATTERN =
  /^(?:\*\.)?(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const MAX_MX = 200;
/** The longest that the RFC allows (section 3.2). */
const LONGEST_AGE_S = 31_557_600;
