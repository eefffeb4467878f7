// Describes pools, addresses, lanes and paused streams. Ours, not Postmark's.
import { Type } from 'typebox';
import { AddressSchema, WarmUpSchema } from '../addresses.ts';
import { HoldSchema } from '../holds.ts';
import { PoolSchema, StreamsSchema } from '../pools.ts';
import { done, flag, int, listOf, number, orNull, text, texts, time, type Descriptions } from './description.ts';

const Proof = Type.Object({
  Verdict: Type.Enum(['Fit', 'Quarantined']),
  CheckedAt: time,
  Reasons: texts,
  Notes: texts,
  PTR: orNull(text),
});
const bareAddress = {
  ID: int,
  Address: text,
  Pool: text,
  EHLO: orNull(text),
  Shared: flag,
  State: Type.Enum(['Active', 'Leaving']),
  AddedAt: time,
  Proof: orNull(Proof),
};
const WarmUp = Type.Object({
  Plan: text,
  Day: int,
  Days: int,
  SentToday: int,
  AllowedToday: orNull(number),
  AllowedPerProvider: orNull(number),
});
const address = { ...bareAddress, WarmUp: orNull(WarmUp) };
const pool = { ID: text, StreamType: Type.Enum(['Transactional', 'Broadcasts']), CreatedAt: time };
const PoolView = Type.Object({
  ...pool,
  Addresses: listOf(Type.Object(bareAddress)),
  Streams: listOf(Type.Object({ ServerID: int, ServerName: text, StreamID: text })),
  Remarks: texts,
});

const Hold = Type.Object({ ServerID: int, StreamID: text, By: text, Reason: text, HeldAt: time });
const Threshold = Type.Object({ Warn: number, Stop: number, Minimum: number });
const Guard = Type.Object({
  ServerID: int,
  StreamID: text,
  Verdict: Type.Enum(['Fine', 'Warn', 'Stop']),
  Reason: text,
  Since: orNull(time),
  Held: orNull(Hold),
  BulkLike: orNull(Type.Object({ Reason: text, SeenAt: time })),
  Rates: listOf(
    Type.Object({ Provider: text, Measure: text, WindowSeconds: int, Count: int, Of: int, Percent: number }),
  ),
});

const of = { tag: 'Pools and addresses', token: 'account', ours: true } as const;
const any = Type.Object({}, { additionalProperties: true });

export const POOLS: Descriptions = {
  'GET /pools': {
    ...of,
    summary: 'All pools',
    answer: Type.Object({ TotalCount: int, Pools: listOf(PoolView) }),
  },
  'GET /pools/{id}': { ...of, summary: 'One pool', answer: PoolView, codes: [12] },
  'POST /pools': {
    ...of,
    summary: 'Make a pool',
    body: PoolSchema,
    example: { ID: 'newsletters', StreamType: 'Broadcasts' },
    answer: Type.Object(pool),
    codes: [402, 403, 9001],
  },
  'POST /pools/{id}/streams': {
    ...of,
    summary: 'Let a stream leave by a pool',
    body: StreamsSchema,
    example: { ServerID: 1, StreamID: 'broadcast' },
    answer: Type.Object({ ...pool, ServerID: int, StreamIDs: texts, Message: text }),
    codes: [12, 402, 403, 9001],
  },
  'GET /addresses': {
    ...of,
    summary: 'Addresses of pools',
    query: { pool: Type.String({ description: 'Of this pool only.' }) },
    answer: Type.Object({ TotalCount: int, Addresses: listOf(Type.Object(address)) }),
  },
  'POST /addresses': {
    ...of,
    summary: 'Give an address to a pool',
    body: AddressSchema,
    example: { Address: '192.0.2.10', Pool: 'broadcast', EHLO: 'mta1.example.com' },
    answer: Type.Object({ ...address, ReplacedHost: flag, Remarks: texts }),
    codes: [402, 403, 9001],
  },
  'DELETE /addresses/{id}': {
    ...of,
    summary: 'Take an address out of its pool',
    answer: Type.Object({ ErrorCode: int, Message: text, Remarks: texts }),
    codes: [12, 9001],
  },
  'POST /addresses/{id}/check': { ...of, summary: 'Check an address now', answer: Type.Object(address), codes: [12] },
  'PUT /addresses/{id}/warm-up': {
    ...of,
    summary: 'Begin, move or end the warm-up of an address',
    body: WarmUpSchema,
    example: { Plan: 'default', Day: 1 },
    answer: Type.Object(address),
    codes: [12, 402, 403, 9001],
  },
  'GET /holds': { ...of, summary: 'Paused streams', answer: Type.Object({ Holds: listOf(Hold) }) },
  'POST /holds': {
    ...of,
    summary: 'Pause a stream',
    body: HoldSchema,
    example: { ServerID: 1, StreamID: 'broadcast', Reason: 'wrong list' },
    answer: Hold,
    codes: [12, 402, 403, 1236],
  },
  'DELETE /holds/{serverId}/{streamId}': { ...of, summary: 'Resume a stream', answer: done, codes: [12, 1236] },
  'GET /guards': {
    ...of,
    summary: 'What the guards see of each stream',
    answer: Type.Object({
      Thresholds: Type.Object({ HardBounces: Threshold, Complaints: Threshold, Deferrals: Threshold }),
      Streams: listOf(Guard),
    }),
  },
  'GET /lanes': {
    ...of,
    summary: 'Lanes with their queues, sites and pauses',
    answer: Type.Object({ TotalCount: int, Lanes: listOf(any) }),
  },
};
