// The searches of the search scenario, over the API, one after the other: every filter, alone and together, rare and common
// values, deep pages, digits in subjects. Each knows how much it must find at least, so that no answer is quick because it is
// empty.
import { addressOf, messageAt, TIMES } from './made-up-message.ts';

export interface Searches {
  /** One at a time, in turn, until that time of `performance.now()`; none begins sooner than `paceMs` after the one before. */
  until(end: number, paceMs: number): Promise<void>;
  /** Milliseconds by kind. */
  times(): ReadonlyMap<string, readonly number[]>;
}

export interface ToSearch {
  readonly port: number;
  readonly token: string;
  /** Messages in the store. */
  readonly stored: number;
}

interface Kind {
  readonly name: string;
  /** Of the n-th time. */
  readonly query: (n: number) => Record<string, string | number>;
  readonly atLeast: number;
}

const TIMEOUT_MS = 30_000;

export function createSearches({ port, token, stored }: ToSearch): Searches {
  const kinds = kindsOf(stored);
  const times = new Map<string, number[]>(kinds.map(({ name }) => [name, []]));
  let next = 0;

  async function search({ name, query, atLeast }: Kind, n: number): Promise<void> {
    const parameters = new URLSearchParams({ count: '50', offset: '0' });
    for (const [key, value] of Object.entries(query(n))) parameters.set(key, String(value));
    const asked = parameters.toString();
    const startedAt = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/messages/outbound?${asked}`, {
      headers: { 'X-Postmark-Server-Token': token, Accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = (await answer.json()) as { TotalCount?: number };
    times.get(name)?.push(performance.now() - startedAt);
    if (answer.status !== 200 || (body.TotalCount ?? 0) < atLeast) {
      throw new Error(`search ${name} (${asked}) was answered ${answer.status}: ${JSON.stringify(body).slice(0, 300)}`);
    }
  }

  return {
    async until(end, paceMs) {
      while (performance.now() < end) {
        const notBefore = performance.now() + paceMs;
        const kind = kinds[next % kinds.length];
        if (kind !== undefined) await search(kind, Math.floor(next / kinds.length));
        next += 1;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(notBefore, end) - performance.now())));
      }
    },
    times: () => times,
  };
}

function kindsOf(stored: number): readonly Kind[] {
  // Another message each time, of the outbound stream, whose subject holds a number.
  const some = (n: number): number => {
    let place = Math.floor(stored * (((n * 0.37) % 0.9) + 0.05));
    while (messageAt(place).streamId !== 'outbound' || !/\d/.test(messageAt(place).subject)) place += 1;
    return place;
  };
  const day = (back: number): string => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  const last = Math.floor(TIMES.span / 86_400_000);
  const middle = (n: number): number => 3 + (n % (last - 6));
  return [
    { name: 'all', query: () => ({}), atLeast: stored / 2 },
    { name: 'broadcasts', query: () => ({ messagestream: 'broadcast' }), atLeast: stored / 10 },
    { name: 'a deep page', query: () => ({ count: 500, offset: 9500 }), atLeast: stored / 2 },
    { name: 'tag', query: (n) => ({ tag: `campaign-${n % 19}` }), atLeast: 10 },
    { name: 'common tag', query: () => ({ tag: 'order' }), atLeast: stored / 10 },
    { name: 'sender', query: () => ({ fromemail: 'alerts@sender.test' }), atLeast: 100 },
    { name: 'rare sender', query: () => ({ fromemail: 'rare@sender.test' }), atLeast: 1 },
    { name: 'recipient', query: (n) => ({ recipient: addressOf(some(n)) }), atLeast: 1 },
    { name: 'common recipient', query: () => ({ recipient: 'common@example.net' }), atLeast: stored / 1000 },
    {
      name: 'metadata',
      query: (n) => ({ metadata_customer: messageAt(some(n)).metadata['customer'] ?? '' }),
      atLeast: 1,
    },
    { name: 'common metadata', query: () => ({ metadata_color: 'blue' }), atLeast: stored / 10 },
    { name: 'a day', query: (n) => ({ fromdate: day(middle(n)), todate: day(middle(n)) }), atLeast: 1 },
    { name: 'a week', query: (n) => ({ fromdate: day(middle(n) + 3), todate: day(middle(n) - 3) }), atLeast: 1 },
    {
      name: 'hours',
      query: (n) => ({ fromdate: `${day(middle(n))}T10:00:00`, todate: `${day(middle(n))}T13:00:00` }),
      atLeast: 1,
    },
    { name: 'sent', query: () => ({ status: 'sent' }), atLeast: stored / 2 },
    { name: 'queued', query: () => ({ status: 'queued' }), atLeast: stored / 5000 },
    { name: 'subject', query: () => ({ subject: 'password' }), atLeast: stored / 100 },
    { name: 'subject of many', query: () => ({ subject: 'has shipped' }), atLeast: stored / 10 },
    { name: 'subject of nobody', query: () => ({ subject: 'unheard of' }), atLeast: 0 },
    {
      name: 'number in a subject',
      query: (n) => ({ subject: /\d+/.exec(messageAt(some(n)).subject)?.[0] ?? '' }),
      atLeast: 1,
    },
    { name: 'subject with a number', query: (n) => ({ subject: messageAt(some(n)).subject.slice(0, 20) }), atLeast: 1 },
    { name: 'subject with a common number', query: (n) => ({ subject: `shop ${n % 997} has` }), atLeast: 1 },
    {
      name: 'tag in a week',
      query: (n) => ({ tag: 'order', fromdate: day(middle(n) + 3), todate: day(middle(n) - 3) }),
      atLeast: 1,
    },
    {
      name: 'recipient and subject',
      query: () => ({ recipient: 'common@example.net', subject: 'signed in' }),
      atLeast: 1,
    },
    {
      name: 'sender, tag and subject',
      query: () => ({ fromemail: 'hello@sender.test', tag: 'order', subject: 'order' }),
      atLeast: 1,
    },
  ];
}
