// A lane's file has reached BULKHEAD_QUEUE_LIMIT: new mail is refused for the time being, in the words of each door; what was
// accepted is delivered, the other lane notices nothing, and with a higher limit everything goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allArrived, checkActivity, prove } from '../support/delivery-proof.ts';
import { directWorld, LOAD_DOMAINS } from '../support/direct-delivery.ts';
import { eventually } from '../support/installation.ts';
import { errorsIn, untilEmpty } from '../support/kill-rounds.ts';
import { newBook, startLoad, type Submission } from '../support/submit-load.ts';

const LIMIT = 1_000_000;

test('a lane at its limit refuses for the time being, keeps nothing of it, and delivers what it has', async (t) => {
  const { sink, start } = await directWorld(t);
  const book = newBook();
  const refused = (via: Submission['via']): Submission[] =>
    book.submissions.filter((item) => item.via === via && item.answer === 'refused');

  sink.hold();
  const limited = await start({ BULKHEAD_QUEUE_LIMIT: String(LIMIT) });
  const load = startLoad(limited, book, { domains: LOAD_DOMAINS, streams: ['outbound'], senders: 1 });
  await eventually(
    'refusals at every door',
    async () => (['smtp', 'http', 'batch'] as const).every((via) => refused(via).length >= 3) || undefined,
    60_000,
  );
  await load.stop();
  for (const { said } of refused('smtp')) assert.match(said, /^452 4\.3\.1 /);
  for (const { said } of [...refused('http'), ...refused('batch')]) {
    const { ErrorCode, status } = JSON.parse(said) as { ErrorCode: number; status: number };
    assert.equal(ErrorCode, 100, said);
    // A batch of which something was kept is answered with 200, and each of its messages for itself.
    assert.ok(status === 503 || status === 200, said);
  }
  assert.ok(refused('http').every(({ said }) => said.includes('503')));

  const other = startLoad(limited, book, { domains: LOAD_DOMAINS, streams: ['broadcast'], senders: 1 });
  await other.accepted(30);
  await other.stop();
  assert.equal(
    book.submissions.filter(({ stream, answer }) => stream === 'broadcast' && answer !== 'accepted').length,
    0,
  );

  sink.release();
  await eventually('what was accepted at the sink', async () => (allArrived(book, sink) ? true : undefined), 60_000);
  await untilEmpty(limited, 30_000);
  assert.deepEqual(await checkActivity({ http: limited.http, book, deadlineMs: 30_000 }), []);
  assert.equal(await limited.stop(), 0);

  const roomy = await start();
  const before = book.submissions.length;
  const again = startLoad(roomy, book, { domains: LOAD_DOMAINS, senders: 1 });
  await again.accepted(50);
  await again.stop();
  await eventually('the rest at the sink', async () => (allArrived(book, sink) ? true : undefined), 60_000);
  assert.ok(book.submissions.slice(before).every(({ answer }) => answer === 'accepted'));
  const { kept, duplicates, broken } = prove(book, sink);
  assert.deepEqual({ kept, duplicates, broken }, { kept: [], duplicates: [], broken: [] });
  assert.equal(await roomy.stop(), 0);
  assert.deepEqual(errorsIn(roomy), []);
});
