// The rules of a stream's properties (contract sending 13), as tables of what a client gives and the code it gets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readDescription,
  readHandling,
  readNewKind,
  readStreamId,
  readStreamName,
} from '../../src/domain/stream-rules.ts';
import type { ApiError } from '../../src/domain/api-error.ts';
import type { StreamKind } from '../../src/domain/stream.ts';

type Read = { readonly value: unknown } | { readonly error: ApiError };

function told(read: Read): unknown {
  return 'error' in read ? read.error.code : read.value;
}

const CASES: readonly [what: string, read: () => Read, expected: unknown][] = [
  ['an id', () => readStreamId('weekly-news_2'), 'weekly-news_2'],
  ['an id of 30 characters', () => readStreamId(`a${'b'.repeat(29)}`), `a${'b'.repeat(29)}`],
  ['an id of 31', () => readStreamId(`a${'b'.repeat(30)}`), 1227],
  ['an id in capitals', () => readStreamId('News'), 1227],
  ['an id that begins with a digit', () => readStreamId('2news'), 1227],
  ['an id with a dot', () => readStreamId('a.b'), 1227],
  ['an id with a line feed at its end', () => readStreamId('news\n'), 1227],
  ['no id', () => readStreamId(undefined), 1222],
  ['an empty id', () => readStreamId('  '), 1222],
  ['a reserved prefix', () => readStreamId('pm-news'), 1233],
  ['a reserved id', () => readStreamId('all'), 1237],
  ['a name', () => readStreamName('Weekly news'), 'Weekly news'],
  ['a name of 100', () => readStreamName('x'.repeat(100)), 'x'.repeat(100)],
  ['a name of 101', () => readStreamName('x'.repeat(101)), 1224],
  ['no name', () => readStreamName(undefined), 1223],
  ['a blank name', () => readStreamName(' \t'), 1223],
  ['a description', () => readDescription('For all'), 'For all'],
  ['no description', () => readDescription(undefined), undefined],
  ['an empty description', () => readDescription(''), undefined],
  ['a description of 1001', () => readDescription('x'.repeat(1001)), 1231],
  ['a description with a tag', () => readDescription('a <b> c'), 1234],
  ['a type', () => readNewKind('Broadcasts', { hasInbound: true }), 'broadcast'],
  ['a type in another case', () => readNewKind('transactional', { hasInbound: true }), 'transactional'],
  ['an unknown type', () => readNewKind('Broadcast', { hasInbound: true }), 1221],
  ['no type', () => readNewKind(undefined, { hasInbound: true }), 1221],
  ['a second inbound stream', () => readNewKind('Inbound', { hasInbound: true }), 1228],
  ['an inbound stream at all', () => readNewKind('Inbound', { hasInbound: false }), 1221],
];

for (const [what, read, expected] of CASES) {
  test(`${what} is read as ${String(expected).slice(0, 40)}`, () => assert.deepEqual(told(read()), expected));
}

const HANDLINGS: readonly [given: string, kind: StreamKind, expected: unknown][] = [
  ['Postmark', 'broadcast', 'Postmark'],
  ['custom', 'broadcast', 'Custom'],
  ['None', 'broadcast', 1239],
  ['none', 'transactional', 'None'],
  ['Postmark', 'transactional', 1239],
  ['Custom', 'transactional', 1239],
  ['None', 'inbound', 'None'],
  ['Custom', 'inbound', 1239],
  ['Nope', 'broadcast', 1240],
  ['', 'broadcast', 1240],
];

for (const [given, kind, expected] of HANDLINGS) {
  test(`the handling '${given}' of a ${kind} stream is ${String(expected)}`, () =>
    assert.equal(told(readHandling(given, kind)), expected));
}
