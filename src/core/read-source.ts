// A submitted source with its header read: the fields, where the body begins, and the X-PM-* controls (contract sending
// 11.4). Reading comes before judging, because the header names the stream that decides by which rules it is judged.
import { API_ERRORS, type ApiError } from '../domain/api-error.ts';
import { decodeWords } from '../mail/encoded-word.ts';
import { splitMessage, type HeaderField } from '../mail/headers.ts';

/** A source whose header has been read: what picking the stream and judging need. */
export interface ReadSource {
  readonly fields: readonly HeaderField[];
  readonly bodyOffset: number;
  readonly controls: Controls;
}

export interface Controls {
  readonly streamId: string | undefined;
  readonly tag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly trackOpens: boolean | undefined;
  readonly trackLinks: string | undefined;
  readonly keepId: boolean;
  readonly bounceType: string | undefined;
}

export function readSource(raw: Uint8Array): ReadSource | { readonly error: ApiError } {
  const split = splitMessage(raw);
  if ('error' in split)
    return { error: API_ERRORS.invalidMessage(`The header of the message cannot be read: ${split.error}`) };
  return { fields: split.fields, bodyOffset: split.bodyOffset, controls: readControls(split.fields) };
}

export function valuesOf(fields: readonly HeaderField[], lowerName: string): readonly string[] {
  return fields.filter((field) => field.name.toLowerCase() === lowerName).map((field) => field.value);
}

export function valueOf(fields: readonly HeaderField[], lowerName: string): string | undefined {
  return valuesOf(fields, lowerName)[0];
}

function readControls(fields: readonly HeaderField[]): Controls {
  const metadata: [string, string][] = [];
  const single = new Map<string, string>();
  for (const field of fields) {
    const lower = field.name.toLowerCase();
    if (!lower.startsWith('x-pm-')) continue;
    const value = decodeWords(field.value).trim();
    if (lower.startsWith(METADATA_PREFIX))
      metadata.push([uniqueKey(field.name.slice(METADATA_PREFIX.length), metadata), value]);
    else single.set(lower.slice('x-pm-'.length).replace(/-/g, ''), value);
  }
  const opens = single.get('trackopens')?.toLowerCase();
  return {
    streamId: nonEmpty(single.get('messagestream')),
    tag: single.get('tag') ?? '',
    metadata: Object.fromEntries(metadata),
    trackOpens: opens === undefined || opens === '' ? undefined : opens === 'true',
    trackLinks: nonEmpty(single.get('tracklinks')),
    keepId: single.get('keepid')?.toLowerCase() === 'true',
    bounceType: nonEmpty(single.get('bouncetype')),
  };
}

const METADATA_PREFIX = 'x-pm-metadata-';

/** Over SMTP a repeated key gets a number behind it (contract sending 11.4): `color`, `color1`, `color2`. */
function uniqueKey(key: string, taken: readonly [string, string][]): string {
  const used = new Set(taken.map(([name]) => name.toLowerCase()));
  if (!used.has(key.toLowerCase())) return key;
  let number = 1;
  while (used.has(`${key}${number}`.toLowerCase())) number += 1;
  return `${key}${number}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
