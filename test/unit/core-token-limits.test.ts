// The limits of tokens: judged when one is made, kept to when it is used.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeTokenLimits, type GivenLimits } from '../../src/core/judge-token-limits.ts';
import { tokenUseProblem, type TokenLimits } from '../../src/domain/token-limits.ts';
import type { StreamId } from '../../src/lib/ids.ts';

const NOW = Date.UTC(2026, 10, 5);
const CONTEXT = { now: NOW, streams: [{ id: 'outbound' as StreamId }, { id: 'news' as StreamId }] };

describe('limits of a token', () => {
  test('are brought into one form, and none is none', () => {
    const given = {
      streams: ['news'],
      fromDomains: [' Bücher.Example '],
      networks: ['192.0.2.0/24'],
      expiresAt: '2026-11-06',
    };
    assert.deepEqual(judgeTokenLimits(given, CONTEXT), {
      kind: 'limits',
      limits: {
        streams: ['news'],
        fromDomains: ['xn--bcher-kva.example'],
        networks: ['192.0.2.0/24'],
        expiresAt: Date.UTC(2026, 10, 6),
      },
    });
    assert.deepEqual(judgeTokenLimits({ streams: [] }, CONTEXT), { kind: 'limits', limits: undefined });
  });

  const REFUSED: readonly [GivenLimits, RegExp][] = [
    [{ streams: ['other'] }, /no stream 'other'/],
    [{ fromDomains: ['a b'] }, /'a b' is not the name/],
    [{ networks: ['10.0.0.0/40'] }, /no network/],
    [{ expiresAt: 'soon' }, /a time to come/],
    [{ expiresAt: '2026-11-04' }, /a time to come/],
    [{ networks: Array.from({ length: 51 }, () => '192.0.2.1') }, /50 networks at most/],
  ];
  for (const [given, text] of REFUSED) {
    test(`are refused: ${JSON.stringify(given).slice(0, 60)}`, () => {
      const judged = judgeTokenLimits(given, CONTEXT);
      assert.ok(judged.kind === 'refused');
      assert.match(judged.message, text);
    });
  }

  const USES: readonly [TokenLimits, client: string | undefined, problem: string | undefined][] = [
    [{}, undefined, undefined],
    [{ expiresAt: NOW }, '192.0.2.1', 'expired'],
    [{ expiresAt: NOW + 1 }, '192.0.2.1', undefined],
    [{ networks: ['192.0.2.0/24'] }, '192.0.2.255', undefined],
    [{ networks: ['192.0.2.0/24'] }, '::ffff:192.0.2.1', undefined],
    [{ networks: ['192.0.2.0/24'] }, '192.0.3.1', 'wrong-network'],
    [{ networks: ['2001:db8::/32', '192.0.2.1'] }, '2001:db8:1::1', undefined],
    [{ networks: ['192.0.2.0/24'] }, undefined, 'wrong-network'],
    [{ networks: ['192.0.2.0/24'] }, 'not an address', 'wrong-network'],
  ];
  for (const [limits, client, problem] of USES) {
    test(`${JSON.stringify(limits)} used from ${client ?? 'somewhere'}: ${problem ?? 'fine'}`, () => {
      assert.equal(tokenUseProblem(limits, { now: NOW, client }), problem);
    });
  }
});
