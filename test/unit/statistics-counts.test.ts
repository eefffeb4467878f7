// What statistics count of an event, and how counts are added up (contract management 8).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BOUNCE_TYPES } from '../../src/domain/bounce/types.ts';
import type { Event } from '../../src/domain/event.ts';
import { addCounts, countsOf, failuresIn, firstTimeOf, groupIn, type Counts } from '../../src/domain/statistics.ts';
import { accepted, bounced, deferred, delivered, message, refused } from '../support/activity-fixture.ts';
import { clicked, opened, reader } from '../support/later-events.ts';

const three = { to: ['a@example.net', 'b@example.net'], bcc: ['c@example.net'] };
const plain = message();

const EVENTS: readonly [what: string, event: Event, counts: Counts | undefined][] = [
  ['a message counts once per recipient', accepted(message(three)), { sent: 3 }],
  [
    'open tracking makes it tracked',
    accepted(message({ ...three, trackOpens: true })),
    { sent: 3, withOpenTracking: 3, tracked: 3 },
  ],
  ['link tracking too', accepted(message({ trackLinks: 'HtmlOnly' })), { sent: 1, withLinkTracking: 1, tracked: 1 }],
  [
    'with both it is tracked once',
    accepted(message({ trackOpens: true, trackLinks: 'HtmlAndText' })),
    { sent: 1, withOpenTracking: 1, withLinkTracking: 1, tracked: 1 },
  ],
  ['mail of a sandbox counts', accepted(message({ sandboxed: true })), { sent: 1 }],
  ['a delivery was counted when it was accepted', delivered(plain), undefined],
  ['a deferral is no bounce', deferred(plain), undefined],
  ['a bounce has its type', bounced(plain, 0, { type: 'SoftBounce' }), { 'bounce/SoftBounce': 1 }],
  ['an opening counts, be it the first or not', opened(plain, { firstOpen: false }), { opens: 1 }],
  ['a click too', clicked(plain, { firstClick: true }), { clicks: 1 }],
  ['a refusal over SMTP counts each recipient', refused(message(three)), { 'bounce/SMTPApiError': 3 }],
];

describe('an event counts:', () => {
  for (const [what, event, counts] of EVENTS) test(what, () => assert.deepEqual(countsOf(event), counts));
});

describe('the first time', () => {
  const of = message({ to: ['Bob@example.net'] });
  const known = reader({ client: { name: 'Apple Mail', company: 'Apple', family: 'Apple Mail' }, platform: 'Mobile' });
  const unknown = reader({ client: { name: '', company: '', family: '' }, platform: 'Unknown' });

  test('of an opening counts what it was made with, whatever who wrote the event knew', () => {
    for (const firstOpen of [true, false]) {
      assert.deepEqual(firstTimeOf(opened(of, { reader: known, firstOpen })), {
        key: `open ${of.id} bob@example.net`,
        counts: {
          uniqueOpens: 1,
          'openPlatform/Mobile': 1,
          'openClient/Apple Mail': 1,
          withClient: 1,
          withPlatform: 1,
        },
      });
    }
  });

  test('of an opening by nobody knows what is unknown, and not recorded', () => {
    assert.deepEqual(firstTimeOf(opened(of, { reader: unknown }))?.counts, {
      uniqueOpens: 1,
      'openPlatform/Unknown': 1,
      'openClient/Unknown': 1,
    });
  });

  test('of a click counts place, family of browsers and platform, for each link', () => {
    const browser = reader({ client: { name: 'Firefox 140', company: 'Mozilla', family: 'Firefox' } });
    const click = {
      reader: { ...browser, platform: 'Desktop' },
      link: 'https://a.example/',
      location: 'Text',
    } as const;
    assert.deepEqual(firstTimeOf(clicked(of, click)), {
      key: `click ${of.id} bob@example.net https://a.example/`,
      counts: {
        uniqueClicks: 1,
        'clickPlatform/Desktop': 1,
        'clickBrowser/Firefox': 1,
        'clickLocation/Text': 1,
      },
    });
  });

  test('makes no difference to anything else', () => {
    for (const event of [accepted(of), delivered(of), bounced(of), refused(of)])
      assert.equal(firstTimeOf(event), undefined);
  });
});

describe('sums', () => {
  test('have all measures of both', () => {
    const kept = { sent: 2, 'bounce/HardBounce': 1 };
    assert.deepEqual(addCounts(kept, { sent: 3, opens: 1 }), { sent: 5, 'bounce/HardBounce': 1, opens: 1 });
    assert.deepEqual(kept, { sent: 2, 'bounce/HardBounce': 1 }, 'what was kept is not changed');
  });

  test('keep a hundred names of a group, and the rest as one', () => {
    let sum: Counts = { opens: 1, 'openPlatform/Desktop': 1 };
    for (let n = 0; n < 150; n += 1) sum = addCounts(sum, { [`openClient/Client ${n}`]: 1 });
    sum = addCounts(sum, { 'openClient/Client 7': 1, 'openClient/Client 149': 1 });
    const clients = groupIn(sum, 'openClient');
    assert.equal(clients['Client 7'], 2);
    assert.equal(clients['Other'], 51);
    assert.equal(Object.keys(clients).length, 101);
    assert.deepEqual(groupIn(sum, 'openPlatform'), { Desktop: 1 });
  });

  test('know names that objects have by themselves as plain names', () => {
    const sum = addCounts(addCounts({}, { 'openClient/constructor': 1 }), { 'openClient/__proto__': 2 });
    assert.deepEqual(Object.entries(groupIn(sum, 'openClient')), [
      ['constructor', 1],
      ['__proto__', 2],
    ]);
  });
});

test('what did not arrive is neither a complaint, nor a delay, nor an answer', () => {
  const all = Object.fromEntries([...BOUNCE_TYPES.keys()].map((type) => [`bounce/${type}`, 1]));
  const none = [
    'Transient',
    'SpamComplaint',
    'Unsubscribe',
    'Subscribe',
    'AutoResponder',
    'AddressChange',
    'ManuallyDeactivated',
    'SMTPApiError',
    'InboundError',
  ];
  assert.equal(failuresIn(all), BOUNCE_TYPES.size - none.length);
  assert.equal(failuresIn(Object.fromEntries(none.map((type) => [`bounce/${type}`, 1]))), 0);
});
