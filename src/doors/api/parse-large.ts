// From the bytes of a body with a template's model to a JSON value: what is large is parsed member by member, in turns, and a large
// model is left as the text that it is, for the thread that renders it: an object with a hundred thousand names takes JSON.parse
// a third of a second.
//
// The same texts are valid as for JSON.parse of the whole, except that what is wrong within such a model is said by who reads it.
import { isUtf8 } from 'node:buffer';
import { NOT_UTF8, parseJson, parseText, withoutByteOrderMark, type ParsedJson } from './parse-json.ts';
import { OPEN_OBJECT, skipSpace } from './scan-json.ts';
import { splitObject, type Member } from './split-object.ts';
import type { Turns } from './turns.ts';

/** Bytes of what is parsed at once. */
const LARGE_BODY = 128 * 1024;
const LARGE_MODEL = 64 * 1024;
const MODELS = new Set(['templatemodel', 'testrendermodel']);

export function parseLarge(bytes: Buffer, turns: Turns): ParsedJson | Promise<ParsedJson> {
  return bytes.length <= LARGE_BODY ? parseJson(bytes) : parseInTurns(bytes, turns);
}

async function parseInTurns(bytes: Buffer, turns: Turns): Promise<ParsedJson> {
  const body = withoutByteOrderMark(bytes);
  if (!isUtf8(body)) return NOT_UTF8;
  const split = await splitObject(body, turns);
  switch (split.kind) {
    case 'malformed':
      return split;
    case 'too-many':
      return { kind: 'malformed', detail: 'the object has too many members.' };
    case 'not-an-object':
      // Wrong either way.
      return { kind: 'json', value: null };
    case 'members':
      return parseMembers(body, split.members, turns);
  }
}

async function parseMembers(body: Buffer, members: readonly Member[], turns: Turns): Promise<ParsedJson> {
  const values: [string, unknown][] = [];
  for (const member of members) {
    await turns.take();
    const text = body.toString('utf8', member.from, member.to);
    const parsed: ParsedJson = isLargeModel(body, member) ? { kind: 'json', value: text } : parseText(text);
    if (parsed.kind === 'malformed') return parsed;
    values.push([member.name, parsed.value]);
  }
  return { kind: 'json', value: Object.fromEntries(values) };
}

function isLargeModel(body: Buffer, { name, from, to }: Member): boolean {
  if (to - from <= LARGE_MODEL || !MODELS.has(name.toLowerCase())) return false;
  return body[skipSpace(body, from)] === OPEN_OBJECT;
}
