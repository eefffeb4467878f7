// What an accepted draft becomes: its stream and lane, its recipients, its source, and what never shows in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Principal, RawDraft } from '../../src/core/draft.ts';
import { createSubmit } from '../../src/core/submit.ts';
import type { StreamId } from '../../src/lib/ids.ts';
import { QueueUnavailable } from '../../src/ports/lane-queue.ts';
import { answer, content, coreWorld, raw, type CoreWorld } from '../support/core-fixture.ts';

const sourceOf = (world: CoreWorld): string => Buffer.from(world.appended.at(-1)?.raw ?? []).toString('latin1');
const messageOf = (world: CoreWorld) => world.appended.at(-1)?.message ?? assert.fail('nothing was appended');
const header = (source: string): string => source.slice(0, source.indexOf('\r\n\r\n'));

async function suppress(world: CoreWorld, stream: string, ...addresses: string[]): Promise<void> {
  const row = { serverId: world.server.id, streamId: stream as StreamId, createdAt: 1 };
  await world.store.suppress(
    addresses.map((address) => ({ ...row, address, reason: 'HardBounce', origin: 'Recipient' })),
  );
}

test('the kind of the stream decides the lane, once', async () => {
  const world = await coreWorld();
  await world.submit(content());
  await world.submit(content({ streamId: 'broadcast' }));
  assert.deepEqual(
    world.appended.map(({ lane, message }) => [lane, message.kind, message.streamId]),
    [
      ['transactional', 'transactional', 'outbound'],
      ['broadcast', 'broadcast', 'broadcast'],
    ],
  );
  assert.deepEqual(
    world.appended[0]?.events.map(({ kind }) => kind),
    ['accepted'],
  );
});

test('the broadcast host uses the broadcast stream where none is named, or the only one left', async () => {
  const world = await coreWorld();
  await world.submit(raw([], { hostKind: 'broadcast' }));
  assert.equal(messageOf(world).streamId, 'broadcast');
  await world.store.createStream(world.server.id, 'news' as StreamId, 'News', 'broadcast');
  await world.store.messageStreams.archive(world.server.id, 'broadcast' as StreamId, 1);
  await world.submit(raw([], { hostKind: 'broadcast' }));
  assert.equal(messageOf(world).streamId, 'news');
  const named = raw(['X-PM-Message-Stream: broadcast'], { hostKind: 'broadcast' });
  assert.match(answer(await world.submit(named)), /^1235 /, 'an archived stream does not exist');
  const wrong = raw(['X-PM-Message-Stream: outbound'], { hostKind: 'broadcast' });
  assert.match(answer(await world.submit(wrong)), /^1236 .*transactional SMTP host/);
});

test('a bound token sends through its stream, may name it, and may name no other', async () => {
  const world = await coreWorld();
  const bound: Principal = { ...world.principal, boundStream: 'broadcast' as StreamId };
  const through = (lines: string[], hostKind: RawDraft['hostKind']) => world.submit(raw(lines, { hostKind }), bound);
  assert.equal(answer(await through([], 'broadcast')), 'accepted');
  assert.equal(messageOf(world).streamId, 'broadcast');
  assert.equal(answer(await through(['X-PM-Message-Stream: broadcast'], 'broadcast')), 'accepted');
  assert.match(answer(await through(['X-PM-Message-Stream: outbound'], 'broadcast')), /^1236 .*'broadcast' only/);
  assert.match(answer(await through([], 'transactional')), /^1236 .*broadcast SMTP host/);
});

test('suppressions count on their own stream; some suppressed recipients are left out, all are a refusal', async () => {
  const world = await coreWorld();
  await suppress(world, 'outbound', 'bob@rcpt.test', 'cat@rcpt.test');
  const all = await world.submit(content({ to: 'Bob@rcpt.test, cat@rcpt.test' }));
  assert.equal(
    answer(all),
    '406 You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: Bob@rcpt.test, cat@rcpt.test. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.',
  );
  assert.equal(answer(await world.submit(content({ streamId: 'broadcast' }))), 'accepted');
  const some = await world.submit(content({ to: 'bob@rcpt.test, dan@rcpt.test' }));
  assert.ok(some.kind === 'accepted');
  assert.deepEqual(some.partlyInactive, ['bob@rcpt.test']);
  assert.deepEqual(
    messageOf(world).recipients.map(({ address, index }) => [address, index]),
    [['dan@rcpt.test', 0]],
  );
});

test('a recipient that is named twice gets one copy', async () => {
  const world = await coreWorld();
  await world.submit(content({ to: 'a@rcpt.test, A@RCPT.test', cc: 'a@rcpt.test', bcc: 'a@rcpt.test' }));
  assert.deepEqual(
    messageOf(world).recipients.map(({ role }) => role),
    ['To'],
  );
});

test('controls over SMTP become properties, and none of them is delivered', async () => {
  const world = await coreWorld();
  const lines = [
    'X-PM-Tag: welcome',
    'X-PM-Metadata-Client-ID: 1',
    'x-pm-metadata-client-id: 2',
    'X-PM-Metadata-CLIENT-ID: 3',
  ];
  const more = [
    'X-PM-TrackOpens: true',
    'X-PM-TrackLinks: htmlonly',
    'X-PM-Bounce-Type: SoftBounce',
    'X-PM-Message-Stream: outbound',
  ];
  await world.submit(raw([...lines, ...more, 'X-Mine: kept']));
  const { summary, fakeBounce } = messageOf(world);
  assert.deepEqual(summary.metadata, { 'Client-ID': '1', 'client-id1': '2', 'CLIENT-ID2': '3' });
  assert.deepEqual(
    [summary.tag, summary.trackOpens, summary.trackLinks, fakeBounce],
    ['welcome', true, 'HtmlOnly', 'SoftBounce'],
  );
  const names = header(sourceOf(world))
    .match(/^X-PM-[^:]+/gim)
    ?.sort();
  assert.deepEqual(names, ['X-PM-Message-Id', 'X-PM-Tag']);
  assert.match(sourceOf(world), /^X-Mine: kept\r$/m);
});

const MESSAGE_IDS: readonly [name: string, submit: (world: CoreWorld) => Promise<unknown>, kept: boolean][] = [
  ['over HTTP in Headers', (w) => w.submit(content({ headers: [{ name: 'Message-ID', value: '<a@b.test>' }] })), true],
  ['over HTTP without one', (w) => w.submit(content()), false],
  ['over SMTP', (w) => w.submit(raw(['Message-ID: <a@b.test>'])), false],
  ['over SMTP with X-PM-KeepID', (w) => w.submit(raw(['Message-ID: <a@b.test>', 'X-PM-KeepID: true'])), true],
  ['over SMTP with X-PM-KeepID and none', (w) => w.submit(raw(['X-PM-KeepID: true'])), false],
];
for (const [name, submit, kept] of MESSAGE_IDS) {
  test(`${name}, the Message-ID is ${kept ? 'kept' : 'ours'}`, async () => {
    const world = await coreWorld();
    await submit(world);
    const { id } = messageOf(world);
    const ids = header(sourceOf(world))
      .match(/^Message-ID: .*/gim)
      ?.map((line) => line.trim().toLowerCase());
    assert.deepEqual(ids, [`message-id: ${kept ? '<a@b.test>' : `<${id}@mail.bulkhead.test>`}`]);
    assert.match(sourceOf(world), new RegExp(`^X-PM-Message-Id: ${id}\r$`, 'm'));
  });
}

test('no blind recipient ever shows in what is sent, over HTTP or SMTP', async () => {
  const name = fc.stringMatching(/^[a-z]{6,12}$/);
  const runs = Number(process.env['FUZZ_RUNS'] ?? 150);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { minLength: 3, maxLength: 8 }),
      name,
      fc.boolean(),
      async (names, tag, fold) => {
        const world = await coreWorld();
        const [seen = '', ...blind] = names.map((local) => `${local}@blind-${local}.test`);
        const bcc = blind
          .map((address, i) => (i % 2 === 0 ? address : `"B, ${tag}" <${address}>`))
          .join(fold ? ',\r\n\t' : ', ');
        await world.submit(
          content({ to: seen, bcc: bcc.replaceAll(/\s+/g, ' '), tag, metadata: { blind: blind[0] ?? '' } }),
        );
        await world.submit(
          raw([`Bcc: ${bcc}`, `bcc: ${bcc}`, `Resent-Bcc: ${bcc}`, `X-PM-Metadata-b: ${blind[0] ?? ''}`], {
            recipients: [seen, ...blind],
          }),
        );
        assert.equal(world.appended.length, 2);
        for (const { message, raw: bytes } of world.appended) {
          const text = Buffer.from(bytes).toString('latin1').toLowerCase();
          for (const address of blind) assert.ok(!text.includes(address), text);
          assert.equal(message.recipients.filter(({ role }) => role === 'Bcc').length >= blind.length, true);
        }
      },
    ),
    { numRuns: runs },
  );
});

test('an envelope recipient named in To is To, in Cc is Cc, and blind otherwise', async () => {
  const world = await coreWorld();
  await world.submit(
    raw(['Cc: Cat <CAT@rcpt.test>'], { recipients: ['bob@rcpt.test', 'cat@rcpt.test', 'dan@rcpt.test'] }),
  );
  assert.deepEqual(
    messageOf(world).recipients.map(({ role, name }) => [role, name]),
    [
      ['To', ''],
      ['Cc', 'Cat'],
      ['Bcc', ''],
    ],
  );
});

test('a lane that cannot keep it is no acceptance; another failure is thrown', async () => {
  const world = await coreWorld();
  world.fail = new QueueUnavailable('the disk is full');
  assert.equal(answer(await world.submit(content())), 'unavailable');
  world.fail = new Error('a fault');
  await assert.rejects(world.submit(content()), /a fault/);
});

test('a refusal over SMTP is recorded with the source, and stands when it cannot be recorded', async () => {
  const world = await coreWorld();
  const refused = raw([`X-Long: ${'x'.repeat(100)}`, 'X-PM-Tag: t', 'X-PM-Message-Stream: nope']);
  const result = await world.submit(refused);
  const event = (await world.frontLog.read(0, 1))[0]?.event;
  assert.ok(event?.kind === 'api-error' && result.kind === 'refused');
  assert.deepEqual(
    [event.errorCode, event.messageId, event.tag, event.streamId],
    [1235, result.messageId, 't', 'outbound'],
  );
  assert.equal(event.source, Buffer.from(refused.raw).toString('latin1'));
  const broken = { ...world.frontLog, append: () => Promise.reject(new Error('no disk')) };
  const submit = createSubmit({ ...world.deps, frontLog: broken });
  const again = await submit(world.principal, refused, { via: 'smtp', dryRun: false });
  assert.match(answer(again), /^1235 /);
});

test('the test token judges content and keeps nothing', async () => {
  const world = await coreWorld();
  const submit = createSubmit(world.deps);
  const options = { via: 'http', dryRun: true } as const;
  assert.equal(answer(await submit(undefined, content(), options)), 'accepted');
  assert.equal(answer(await submit(undefined, content({ to: undefined }), options)), '300 Zero recipients specified');
  assert.equal(answer(await submit(world.principal, content(), options)), 'accepted');
  assert.equal(world.appended.length, 0);
});

test('a server that sends to a sandbox stamps its messages so', async () => {
  const world = await coreWorld({ deliveryType: 'Sandbox' });
  await world.submit(content());
  assert.equal(messageOf(world).testMode, 'sandbox');
});

const TLS_WISHES: readonly [string, Parameters<CoreWorld['submit']>[0], string | undefined][] = [
  ['nothing is said', content(), undefined],
  ['RequireTLS', content({ requireTls: true }), 'required'],
  ['TLS-Required: No in Headers', content({ headers: [{ name: 'TLS-Required', value: 'No' }] }), 'optional'],
  ['another value of it', content({ headers: [{ name: 'TLS-Required', value: 'Maybe' }] }), undefined],
  ['REQUIRETLS over SMTP', raw([], { requireTls: true }), 'required'],
  ['tls-required: no in the source', raw(['tls-required: no']), 'optional'],
  ['both, of which REQUIRETLS counts', raw(['TLS-Required: No'], { requireTls: true }), 'required'],
];
for (const [what, draft, wish] of TLS_WISHES) {
  test(`what a message asks of TLS is stamped on it: ${what}`, async () => {
    const world = await coreWorld();
    assert.equal(answer(await world.submit(draft)), 'accepted');
    assert.equal(messageOf(world).tls, wish);
  });
}
