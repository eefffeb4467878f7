// All descriptions, in the order of the document. A test fails on a route that none of them describes, and the other way round.
import { BULK } from './bulk.ts';
import type { Descriptions } from './description.ts';
import { INSTALLATION } from './installation.ts';
import { POOLS } from './pools.ts';
import { READING } from './reading.ts';
import { SENDERS } from './senders.ts';
import { SENDING } from './sending.ts';
import { SERVERS } from './servers.ts';
import { STATISTICS } from './statistics.ts';
import { STREAMS } from './streams.ts';
import { TEMPLATES } from './templates.ts';
import { TRACKED } from './tracked.ts';
import { WEBHOOKS } from './webhooks.ts';

export const DESCRIPTIONS: Descriptions = {
  ...SENDING,
  ...BULK,
  ...READING,
  ...TRACKED,
  ...STREAMS,
  ...TEMPLATES,
  ...STATISTICS,
  ...WEBHOOKS,
  ...SENDERS,
  ...SERVERS,
  ...POOLS,
  ...INSTALLATION,
};
