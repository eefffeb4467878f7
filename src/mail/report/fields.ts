// Fields in the order in which they stand: headers that other programs wrote, and the groups of fields in the machine-readable
// parts of reports (RFC 3464 section 2.1, RFC 5965 section 3: the grammar of RFC 5322 headers).
//
// Reading never fails and is bounded in octets and fields: a line that is no field is passed over. headers.ts is strict
// where mail is taken in to be sent on; here a report is to be understood, however badly it was written.

export interface ReportField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded and trimmed; encoded words are not decoded. */
  readonly value: string;
}

/** Characters that are looked at, and fields that are kept. */
const MAX_TEXT = 128 * 1024;
const MAX_FIELDS = 500;
const MAX_VALUE = 4000;
const FIELD = /^([!-9;-~]{1,126})[ \t]{0,20}:(.*)$/s;

/** The fields up to the first empty line. */
export function readFields(text: string): readonly ReportField[] {
  return readFieldGroups(text, 1)[0] ?? [];
}

/** Groups of fields with empty lines between them; groups without any field are left out. */
export function readFieldGroups(text: string, maxGroups: number): readonly (readonly ReportField[])[] {
  const groups: ReportField[][] = [];
  let group: ReportField[] = [];
  let left = MAX_FIELDS;
  const close = (): void => {
    if (group.length > 0) groups.push(group);
    group = [];
  };
  for (const line of unfold(text.slice(0, MAX_TEXT))) {
    if (left <= 0 || groups.length >= maxGroups) break;
    if (line.trim() === '') {
      close();
      continue;
    }
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === undefined) continue;
    group.push({ name: name.toLowerCase(), value: value.trim().slice(0, MAX_VALUE) });
    left -= 1;
  }
  if (groups.length < maxGroups) close();
  return groups;
}

/** The value of the first field of that lower-case name; '' where there is none. */
export function valueOf(fields: readonly ReportField[], name: string): string {
  return fields.find((field) => field.name === name)?.value ?? '';
}

export function valuesOf(fields: readonly ReportField[], name: string): readonly string[] {
  return fields.filter((field) => field.name === name).map(({ value }) => value);
}

/** Lines with their continuations; the line ends of folding become one space. */
function unfold(text: string): string[] {
  const lines: string[] = [];
  let goesOn = false;
  for (const line of text.split(/\r?\n/)) {
    const isBlank = line.trim() === '';
    if (goesOn && !isBlank && /^[ \t]/.test(line)) {
      lines.push(`${lines.pop() ?? ''} ${line.trim()}`);
      continue;
    }
    lines.push(line);
    goesOn = !isBlank;
  }
  return lines;
}
