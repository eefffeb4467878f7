// Reads what is published for a DKIM key and says whether it is the key's record (RFC 6376 3.6.1 and 3.6.2.2).
//
// What matters is the public key: panels wrap, reorder and add tags. Tags that would keep receivers from using the key make
// the record wrong, each with its reason in plain words; so does a value that was cut, which happens often.

export type RecordVerdict =
  | { readonly kind: 'right'; readonly remarks: readonly string[] }
  /** `why` is the end of a sentence. */
  | { readonly kind: 'wrong'; readonly why: string };

/** `published`: the TXT records at the name, each with its strings joined. `expected`: `k=rsa; p=…`. */
export function judgeKeyRecords(published: readonly string[], expected: string): RecordVerdict {
  const wanted = tagsOf(expected);
  const candidates = published.map(tagsOf).filter((tags) => tags.has('p'));
  if (candidates.length === 0) return wrong(`the TXT record there is no DKIM key: ${shown(published.join(' | '))}`);
  const verdicts = candidates.map((tags) => judgeOne(tags, wanted));
  const right = verdicts.find(({ kind }) => kind === 'right');
  if (right?.kind !== 'right') return verdicts[0] ?? wrong('the TXT record there is no DKIM key');
  return candidates.length === 1 ? right : { kind: 'right', remarks: [...right.remarks, SEVERAL] };
}

const SEVERAL =
  'There are several DKIM keys at one name: receivers take any one of them. Leave only the one that belongs there.';

type Tags = ReadonlyMap<string, string>;

/** A later tag of the same name loses: the list would be invalid (3.2), and receivers differ. */
function tagsOf(record: string): Tags {
  const tags = new Map<string, string>();
  for (const piece of record.split(';')) {
    const at = piece.indexOf('=');
    const name = piece.slice(0, Math.max(at, 0)).trim();
    if (at > 0 && !tags.has(name)) tags.set(name, piece.slice(at + 1).trim());
  }
  return tags;
}

function judgeOne(tags: Tags, wanted: Tags): RecordVerdict {
  const [key, expected] = [keyIn(tags), keyIn(wanted)];
  if (key === '') return wrong('the record there says that the key is revoked (its p= is empty)');
  if (key !== expected) return wrong(differenceOf(key, expected));
  const version = tags.get('v');
  if (version !== undefined && version !== 'DKIM1')
    return wrong(`the record there says v=${shown(version)}, not v=DKIM1`);
  const [type, wantedType] = [tags.get('k') ?? 'rsa', wanted.get('k') ?? 'rsa'];
  if (type !== wantedType) return wrong(`the record there says k=${shown(type)}, not k=${wantedType}`);
  const hashes = listOf(tags.get('h'));
  if (hashes.length > 0 && !hashes.includes('sha256'))
    return wrong('the record there does not allow SHA-256 (its h= tag)');
  const services = listOf(tags.get('s'));
  if (services.length > 0 && !services.includes('*') && !services.includes('email')) {
    return wrong('the record there is not for email (its s= tag)');
  }
  return { kind: 'right', remarks: listOf(tags.get('t')).includes('y') ? [TESTING] : [] };
}

const TESTING =
  'The DKIM record says that the domain is testing (t=y): receivers treat its mail as if it were not signed. Take the tag out.';

function differenceOf(key: string, expected: string): string {
  if (expected.startsWith(key)) {
    return `the record there holds only the first ${key.length} of ${expected.length} characters of the key: publish the whole value, in several strings of 255 characters where the panel asks for it`;
  }
  return `the record there holds another key: ${shown(key)}`;
}

function keyIn(tags: Tags): string {
  return (tags.get('p') ?? '').replace(/[\s"]+/g, '');
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(':')
    .map((item) => item.trim().toLowerCase())
    .filter((item) => item !== '');
}

function wrong(why: string): RecordVerdict {
  return { kind: 'wrong', why };
}

const MAX_SHOWN = 120;

/** What others publish, in a sentence of ours. */
function shown(text: string): string {
  const plain = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return plain.length > MAX_SHOWN ? `${plain.slice(0, MAX_SHOWN)}…` : plain;
}
