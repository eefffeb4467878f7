// Cuts `{ "Messages": [ … ] }` into its messages (contract sending 8.2), as split-array does for a bare array: in turns, so that
// tens of megabytes do not hold the event loop. Other members are ignored, but must be JSON.
import { isUtf8 } from 'node:buffer';
import { parseLarge } from './parse-large.ts';
import { NOT_UTF8, parseText, withoutByteOrderMark } from './parse-json.ts';
import { splitArray, type CutArray, type SplitArray } from './split-array.ts';
import { splitObject, type Member } from './split-object.ts';

export type SplitMessages = SplitArray | { readonly kind: 'no-messages' };

export async function splitMessages(bytes: Buffer, { maxItems, turns }: CutArray): Promise<SplitMessages> {
  const body = withoutByteOrderMark(bytes);
  if (body.length === 0) return { kind: 'malformed', detail: 'the body is empty.' };
  if (!isUtf8(body)) return NOT_UTF8;
  const split = await splitObject(body, turns);
  if (split.kind === 'malformed') return split;
  if (split.kind !== 'members') return wrongAsWhole(body);
  const messages = messagesAmong(body, split.members);
  for (const member of split.members) {
    if (member === messages) continue;
    await turns.take();
    const parsed = parseText(textOf(body, member));
    if (parsed.kind === 'malformed') return parsed;
  }
  if (messages === undefined) return { kind: 'no-messages' };
  const parse = (element: Buffer) => parseLarge(element, turns);
  const items = await splitArray(body.subarray(messages.from, messages.to), { maxItems, turns, parse });
  if (items.kind === 'malformed') return { ...items, detail: `in Messages: ${items.detail}` };
  return items.kind === 'not-an-array' ? noArray(textOf(body, messages)) : items;
}

/** As the reader of fields chooses: spelled right first, the last of those with one name, null is none. */
function messagesAmong(body: Buffer, members: readonly Member[]): Member | undefined {
  const named = members.filter(({ name }) => name.toLowerCase() === 'messages');
  const lastOf = (name: string): Member | undefined => named.findLast((member) => member.name === name);
  const candidates = [lastOf('Messages'), ...named.map(({ name }) => lastOf(name))];
  return candidates.find((member) => member !== undefined && !isNull(body, member));
}

/** However much white space is around it. */
function isNull(body: Buffer, { from, to }: Member): boolean {
  return to - from < LONGEST_NULL && body.toString('latin1', from, to).trim() === 'null';
}

const LONGEST_NULL = 64;

function textOf(body: Buffer, { from, to }: Member): string {
  return body.toString('utf8', from, to);
}

/** Wrong JSON, or JSON of another type. */
function noArray(text: string): SplitMessages {
  const parsed = parseText(text);
  return parsed.kind === 'malformed' ? parsed : { kind: 'no-messages' };
}

/** Only a small body is parsed to tell a wrong type from wrong JSON. */
function wrongAsWhole(body: Buffer): SplitMessages {
  const parsed = body.length > LARGEST_WHOLE ? undefined : parseText(body.toString('utf8'));
  return parsed?.kind === 'malformed' ? parsed : { kind: 'not-an-array' };
}

const LARGEST_WHOLE = 1024 * 1024;
