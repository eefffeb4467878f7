// The pace of a lane over real sockets: a host that throttles, one that greylists, one that is dead, and two servers at one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../support/installation.ts';
import { paceWorld } from '../support/pace-world.ts';
import type { ScriptedMx } from '../support/scripted-mx.ts';

describe('the pace of a lane', { concurrency: false }, () => {
  test('a host that has enough of connections is sent to more slowly, and quicker again when it allows it', async (t) => {
    const { host, send, dispatcher, queue } = await paceWorld(t, { baseMs: 300 });
    const most = 2;
    const refusals: number[] = [];
    const mx: ScriptedMx = await host('busy.test', {
      greeting: () => {
        if (mx.openConnections <= most) return undefined;
        refusals.push(Date.now());
        return { reply: '421 4.7.0 Error: too many connections from 127.0.0.1', then: 'end' };
      },
      final: () => ({ reply: '250 ok', delayMs: 20 }),
    });
    const pace = () => dispatcher.sites(1)[0];
    await send('busy.test', 120);
    await eventually('the host says that it is too much', async () => (refusals.length > 0 ? true : undefined));
    await eventually('the lane backs off', async () => (pace()?.state === 'backing-off' ? true : undefined));
    assert.match(pace()?.reason ?? '', /421 4\.7\.0 Error: too many connections/);
    await eventually(
      'all is delivered',
      async () => ((await queue.depth()).deliveries === 0 ? true : undefined),
      20_000,
    );
    assert.equal(mx.messages.length, 120);
    assert.ok(refusals.length < 20, `${refusals.length} refusals`);

    mx.play({ final: () => ({ reply: '250 ok', delayMs: 20 }) });
    await eventually(
      'the lane trusts the host again',
      async () => {
        await send('busy.test', 5);
        return pace()?.state === 'open' ? true : undefined;
      },
      25_000,
    );
  });

  test('a greylisting host is tried again when it said, and holds nobody else', async (t) => {
    const { host, send, events, dispatcher } = await paceWorld(t, { baseMs: 500 });
    const seen = new Set<string>();
    const grey = await host('grey.test', {
      rcpt: (address) => {
        if (seen.has(address)) return undefined;
        seen.add(address);
        return '451 4.7.1 Greylisted, please try again in 1 seconds';
      },
    });
    const quick = await host('quick.test', {});
    await send('grey.test', 10);
    await send('quick.test', 10);
    await eventually('the others are there', async () => (quick.messages.length === 10 ? true : undefined));
    await eventually('all were greylisted', async () => (seen.size === 10 ? true : undefined));
    assert.equal(dispatcher.sites(5).find(({ key }) => key === 'mx.grey.test')?.state, 'open');
    await eventually('they are taken', async () => (grey.messages.length === 10 ? true : undefined), 15_000);
    const waits = (await events()).flatMap((event) => (event.kind === 'deferred' ? [event.nextAt - event.at] : []));
    assert.equal(waits.length, 10);
    assert.ok(
      waits.every((ms) => ms >= 1000 && ms <= 10_000),
      waits.join(' '),
    );
  });

  test('a thousand for a dead host do not hold ten for a healthy one', async (t) => {
    const { host, dead, send, dispatcher, queue } = await paceWorld(t, { baseMs: 60_000 });
    dead('dead.test');
    const healthy = await host('healthy.test', {});
    await send('dead.test', 1000);
    const before = performance.now();
    await send('healthy.test', 10);
    await eventually('the ten are there', async () => (healthy.messages.length === 10 ? true : undefined));
    assert.ok(performance.now() - before < 3000);
    const pace = dispatcher.sites(1)[0];
    assert.deepEqual([pace?.key, pace?.state], ['mx.dead.test', 'unreachable']);
    const { deliveries } = await queue.depth();
    assert.equal(deliveries, 1000, 'none is lost, none given up');
  });

  test('a thousand for a host that never says a word do not hold ten for a healthy one for long', async (t) => {
    const { host, send } = await paceWorld(t, { baseMs: 60_000 });
    await host('silent.test', { greeting: () => ({}) });
    const healthy = await host('healthy.test', {});
    await send('silent.test', 1000);
    await send('healthy.test', 10);
    await eventually('the ten are there', async () => (healthy.messages.length === 10 ? true : undefined), 10_000);
  });

  test("one server's two thousand do not hold another's ten at the same host", async (t) => {
    const { host, send } = await paceWorld(t, { baseMs: 60_000 });
    const mx = await host('shared.test', { final: () => ({ reply: '250 ok', delayMs: 10 }) });
    await send('shared.test', 2000, 'first');
    const earlier = mx.messages.length;
    await send('shared.test', 10, 'second');
    const ofSecond = (): number[] =>
      mx.messages.flatMap(({ content }, place) => (content.includes('X-Server-Two: yes') ? [place] : []));
    await eventually('the ten are there', async () => (ofSecond().length === 10 ? true : undefined), 15_000);
    const last = ofSecond().at(-1) ?? Infinity;
    assert.ok(last - earlier < 200, `the last of the ten was number ${last - earlier} of those after it was sent`);
  });
});
