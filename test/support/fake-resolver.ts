// A resolver that answers from a table: `TYPE name` (an address for PTR) to records, or to trouble. Else nothing exists.
import type { DnsAnswer, Resolver } from '../../src/ports/resolver.ts';

export type FakeAnswers = Readonly<Record<string, readonly string[] | 'trouble'>>;

export interface FakeResolver extends Resolver {
  /** Changes with the test. */
  answers: FakeAnswers;
  readonly asked: string[];
}

export function fakeResolver(answers: FakeAnswers): FakeResolver {
  const asked: string[] = [];
  const ask = async (type: string, name: string): Promise<DnsAnswer<string>> => {
    asked.push(`${type} ${name}`);
    const found = resolver.answers[`${type} ${name}`];
    if (found === undefined) return { kind: 'nxdomain' };
    if (found === 'trouble') return { kind: 'temporary', reason: 'the DNS server failed (SERVFAIL)' };
    return found.length === 0 ? { kind: 'none' } : { kind: 'found', records: found };
  };
  const resolver: FakeResolver = {
    answers,
    asked,
    mx: async () => ({ kind: 'none' }),
    a: (name) => ask('A', name),
    aaaa: (name) => ask('AAAA', name),
    txt: (name) => ask('TXT', name),
    cname: (name) => ask('CNAME', name),
    ptr: (ip) => ask('PTR', ip),
  };
  return resolver;
}
