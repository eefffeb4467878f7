// What comes in and what becomes of it: matched by return paths that only we can have made, recorded once, never believed without.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeReturnPath } from '../../src/mail/verp.ts';
import { CORPUS_KEY, CORPUS_MESSAGE, reportSamples } from '../support/report-corpus.ts';
import { corpusMessage, DAY_MS, receiveWorld, type ReceiveWorld } from '../support/receive-fixture.ts';

const FIRST = `${encodeReturnPath({ uuid: CORPUS_MESSAGE, recipient: 0 }, CORPUS_KEY)}@bounces.example.org`;
const SEVERAL = `${encodeReturnPath({ uuid: CORPUS_MESSAGE, recipient: undefined }, CORPUS_KEY)}@bounces.example.org`;
const samples = reportSamples();
const sampleOf = (name: string) => samples.find((sample) => sample.name === name)?.raw ?? assert.fail(name);
const told = ({ recorded }: ReceiveWorld): string[] => recorded.map(({ address, type }) => `${address} ${type}`);

describe('the whole corpus, sent to the return path of its recipient', () => {
  for (const { file, raw, type, kind, recipient = 'bob@example.net', all } of samples) {
    if (all !== undefined) continue;
    test(file, async () => {
      const world = receiveWorld(corpusMessage(recipient));
      const result = await world.take(FIRST, raw);
      assert.equal(result.kind, type === 'none' ? 'ignored' : 'recorded', JSON.stringify(result));
      assert.deepEqual(told(world), type === 'none' ? [] : [`${recipient} ${type}`]);
      const [event] = world.recorded;
      if (event === undefined) return;
      assert.equal(event.deactivates, type === 'HardBounce' || type === 'SpamComplaint');
      assert.equal(event.lane, 'transactional');
      assert.equal(event.source, 'report');
      assert.equal(event.returned?.raw, raw.toString('latin1').slice(0, 65_536));
      assert.equal(event.returned?.feedback !== undefined, kind === 'feedback');
      assert.ok(event.detail.length > 0 || event.reply !== undefined || kind === 'request', 'it has words');
    });
  }
});

describe('a return path without a recipient', () => {
  test('leaves it to the report, which tells of each', async () => {
    const world = receiveWorld(corpusMessage('ann@example.net', 'bob@example.net', 'cat@example.net'));
    await world.take(SEVERAL, sampleOf('postfix-two-recipients'));
    assert.deepEqual(told(world), ['ann@example.net HardBounce', 'bob@example.net SoftBounce']);
    assert.deepEqual(world.recorded.map(({ recipient }) => recipient), [0, 1]); // prettier-ignore
  });

  test('and nobody is taken that the message did not go to', async () => {
    const world = receiveWorld(corpusMessage('dan@example.net', 'bob@example.net'));
    await world.take(SEVERAL, sampleOf('postfix-two-recipients'));
    assert.deepEqual(told(world), ['bob@example.net SoftBounce']);
    const others = receiveWorld(corpusMessage('dan@example.net', 'eve@example.net'));
    assert.deepEqual(await others.take(SEVERAL, sampleOf('postfix-two-recipients')), { kind: 'forged', reason: 'recipient-unknown' }); // prettier-ignore
    assert.deepEqual(told(others), []);
  });

  test('an automatic answer is of the recipient who wrote it', async () => {
    const world = receiveWorld(corpusMessage('ann@example.net', 'Bob@Example.net'));
    await world.take(SEVERAL, sampleOf('auto-german'), 'bob@example.net');
    assert.deepEqual(told(world), ['Bob@Example.net AutoResponder']);
  });
});

test('after forwarding the recipient is the one that the return path names, and the words say where it went', async () => {
  const world = receiveWorld(corpusMessage('bob@example.net'));
  const raw = sampleOf('postfix-forwarded').toString('latin1');
  await world.take(FIRST, Buffer.from(raw.replace('Original-Recipient: rfc822;bob@example.net\r\n', ''), 'latin1'));
  assert.deepEqual(told(world), ['bob@example.net HardBounce']);
  assert.match(world.recorded[0]?.detail ?? '', /for robert@example\.com, where it was sent on/);
});

test('one address of a list behind the recipient does not end mail to the list', async () => {
  const world = receiveWorld(corpusMessage('list@example.net'));
  await world.take(FIRST, sampleOf('postfix-two-recipients'));
  assert.deepEqual(told(world), ['list@example.net Unknown']);
});

describe('complaints at the addresses for them', () => {
  const BOXES = ['abuse@mail.example.org', 'FBL@bounces.example.org', 'complaints@mail.example.org', 'postmaster'];
  for (const box of BOXES) {
    test(`are believed at ${box} for the return path within`, async () => {
      const world = receiveWorld(corpusMessage('bob@example.net'));
      const result = await world.take(box, sampleOf('arf-abuse'), 'feedback@isp.example');
      assert.equal(result.kind, 'recorded');
      assert.deepEqual(told(world), ['bob@example.net SpamComplaint']);
      assert.equal(world.recorded[0]?.deactivates, true);
    });
  }

  test('without one, or with one that we did not make, are dropped and counted', async () => {
    const world = receiveWorld(corpusMessage('bob@example.net'));
    const raw = sampleOf('arf-abuse').toString('latin1');
    for (const text of [
      raw.replaceAll('rp-06', 'rp-16'),
      raw.replaceAll(/rp-\w+/g, 'x'),
      raw.replaceAll('rp-06gq', 'rp-06gp'),
    ]) {
      assert.deepEqual(await world.take('abuse@mail.example.org', Buffer.from(text, 'latin1')), { kind: 'forged', reason: 'no-return-path' }); // prettier-ignore
    }
    assert.deepEqual(told(world), []);
    assert.match(await world.metrics.render(), /bulkhead_reports_total\{result="forged",reason="no-return-path"\} 3/);
  });

  test('cannot name others than the recipients of the message', async () => {
    const raw = Buffer.from(sampleOf('arf-opt-out').toString('latin1').replaceAll('bob@', 'eve@'), 'latin1');
    const world = receiveWorld(corpusMessage('ann@example.net', 'bob@example.net'));
    assert.deepEqual(await world.take('fbl@mail.example.org', raw), { kind: 'forged', reason: 'recipient-unknown' });
    assert.deepEqual(told(world), []);
  });

  test('about a message of long ago, or one that is not kept any more, change nothing', async () => {
    const world = receiveWorld(corpusMessage('bob@example.net'));
    world.now += 31 * DAY_MS;
    assert.deepEqual(await world.take('fbl@mail.example.org', sampleOf('arf-abuse')), { kind: 'ignored', reason: 'too-old' }); // prettier-ignore
    const purged = receiveWorld(corpusMessage('bob@example.net'), { findMessage: async () => undefined });
    assert.deepEqual(await purged.take('fbl@mail.example.org', sampleOf('arf-abuse')), { kind: 'ignored', reason: 'message-unknown' }); // prettier-ignore
    assert.deepEqual([...told(world), ...told(purged)], []);
  });
});

test('a delivery report at an address that anybody knows is not believed', async () => {
  const world = receiveWorld(corpusMessage('bob@example.net'));
  const result = await world.take('postmaster@mail.example.org', sampleOf('postfix-no-mailbox'));
  assert.deepEqual(result, { kind: 'ignored', reason: 'not-at-a-return-path' });
  assert.deepEqual(told(world), []);
});

describe('addresses', () => {
  const forged = `${FIRST.slice(0, 10)}${FIRST[10] === '0' ? '1' : '0'}${FIRST.slice(11)}`;
  const JUDGED: readonly (readonly [address: string, verdict: string])[] = [
    [FIRST, 'return-path'],
    [FIRST.toUpperCase(), 'return-path'],
    [FIRST.replace(/@.*/, '@old-bounces.example.com'), 'return-path'],
    ['Postmaster@mail.example.org', 'mailbox'],
    ['postmaster', 'mailbox'],
    [forged, 'forged'],
    ['rp-x@bounces.example.org', 'forged'],
    ['bob@mail.example.org', 'unknown'],
    ['postmaster@elsewhere.example', 'elsewhere'],
    [forged.replace(/@.*/, '@elsewhere.example'), 'elsewhere'],
  ];
  for (const [address, verdict] of JUDGED) {
    test(`${address} is: ${verdict}`, () => {
      const judged = receiveWorld(corpusMessage('bob@example.net')).receive.judge(address);
      assert.equal(judged.kind === 'refused' ? judged.why : judged.kind, verdict);
    });
  }

  test('a return path is refused 30 days after its message', () => {
    const world = receiveWorld(corpusMessage('bob@example.net'));
    world.now += 30 * DAY_MS;
    assert.deepEqual(world.receive.judge(FIRST), { kind: 'refused', why: 'expired' });
  });
});

describe('the same report again', () => {
  test('is one bounce, also when both come at once', async () => {
    const world = receiveWorld(corpusMessage('bob@example.net'));
    const raw = sampleOf('postfix-no-mailbox');
    const results = await Promise.all([world.take(FIRST, raw), world.take(FIRST, raw)]);
    assert.deepEqual(results.map(({ kind }) => kind).sort(), ['ignored', 'recorded']);
    assert.deepEqual(await world.take(FIRST, raw), { kind: 'ignored', reason: 'duplicate' });
    assert.equal(world.recorded.length, 1);
  });

  test('is known from the record, after a restart', async () => {
    const world = receiveWorld(corpusMessage('bob@example.net'));
    world.onRecord.add('bob@example.net HardBounce');
    const result = await world.take(FIRST, sampleOf('postfix-no-mailbox'));
    assert.deepEqual(result, { kind: 'ignored', reason: 'duplicate' });
  });

  test('another kind of report about the same recipient is another fact', async () => {
    const world = receiveWorld(corpusMessage('bob@example.net'));
    await world.take(FIRST, sampleOf('postfix-delayed'));
    await world.take(FIRST, sampleOf('postfix-no-mailbox'));
    assert.deepEqual(told(world), ['bob@example.net Transient', 'bob@example.net HardBounce']);
  });

  test('is taken again where it could not be written the first time', async () => {
    const world = receiveWorld(corpusMessage('bob@example.net'));
    world.fail = new Error('the disk is full');
    await assert.rejects(world.take(FIRST, sampleOf('postfix-no-mailbox')), /disk is full/);
    world.fail = undefined;
    assert.equal((await world.take(FIRST, sampleOf('postfix-no-mailbox'))).kind, 'recorded');
  });
});

test('what a person writes to postmaster is kept for the operator, and nothing else there is', async () => {
  const world = receiveWorld(corpusMessage('bob@example.net'));
  const letter = 'From: Cat <cat@example.com>\nSubject: Your server\n\nIt sends me mail.\n';
  assert.deepEqual(await world.take('abuse@mail.example.org', letter, 'cat@example.com'), {
    kind: 'kept',
    name: '1.eml',
  });
  await world.take('abuse@mail.example.org', sampleOf('auto-german'));
  assert.deepEqual(world.kept.map(({ recipient, mailFrom }) => [recipient, mailFrom]), [['abuse@mail.example.org', 'cat@example.com']]); // prettier-ignore
});

test('a message to many is read once: reading takes milliseconds of the thread that accepts mail', async () => {
  const world = receiveWorld(corpusMessage('bob@example.net'));
  const raw = Buffer.from(sampleOf('auto-german'));
  const { buffer } = raw;
  let reads = 0;
  Object.defineProperty(raw, 'buffer', { get: () => ((reads += 1), buffer) });
  const names = ['abuse', 'postmaster', 'fbl', 'complaints'];
  const recipients = names.map((name) => `${name}@mail.example.org`);
  const mail = { recipients, mailFrom: '', client: '192.0.2.80', heloName: 'mx.example.net', raw };
  const results = await world.receive.message(mail);
  assert.deepEqual(
    results.map(({ kind }) => kind),
    names.map(() => 'ignored'),
  );
  assert.equal(reads, 1);
});
