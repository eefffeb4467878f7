// What a webhook is probed with: one payload for each trigger, in the shape of the real ones (contract sending 19).
//
// Everything in them is made up, and below `example.com`; only the ids of server and stream are those of the webhook.
import type { ServerId, StreamId } from '../lib/ids.ts';
import type { Trigger, TriggerType } from './webhook.ts';

export interface SampleOf {
  readonly serverId: ServerId;
  readonly streamId: StreamId;
  /** As the wire has times. */
  readonly time: string;
}

type Json = Readonly<Record<string, unknown>>;

export function sampleEvent(type: TriggerType, trigger: Trigger, of: SampleOf): Json {
  return SAMPLES[type](of, trigger);
}

const SAMPLES: Readonly<Record<TriggerType, (of: SampleOf, trigger: Trigger) => Json>> = {
  Delivery: (of) => ({
    RecordType: 'Delivery',
    ServerID: of.serverId,
    ...ofMessage(of),
    Recipient: RECIPIENT,
    DeliveredAt: of.time,
    Details: '250 2.0.0 OK: this is a test of your webhook',
  }),
  Bounce: (of, { includeContent }) => ({
    ...bounce(of),
    RecordType: 'Bounce',
    Type: 'HardBounce',
    TypeCode: 1,
    Name: 'Hard bounce',
    Description: 'The server was unable to deliver your message (ex: unknown user, mailbox not found).',
    Details: 'smtp;550 5.1.1 this is a test of your webhook',
    CanActivate: true,
    ...(includeContent === true && { Content: CONTENT }),
  }),
  SpamComplaint: (of, { includeContent }) => ({
    ...bounce(of),
    RecordType: 'SpamComplaint',
    Type: 'SpamComplaint',
    TypeCode: 100001,
    Name: 'Spam complaint',
    Description: 'The subscriber explicitly marked this message as spam.',
    Details: 'Test spam complaint details',
    CanActivate: false,
    ...(includeContent === true && { Content: CONTENT }),
  }),
  Open: (of) => ({ RecordType: 'Open', FirstOpen: true, ReadSeconds: 5, ...visit(of) }),
  Click: (of) => ({
    RecordType: 'Click',
    ClickLocation: 'HTML',
    OriginalLink: 'https://www.example.com/welcome',
    ...visit(of),
  }),
  SubscriptionChange: (of) => ({
    RecordType: 'SubscriptionChange',
    ServerID: of.serverId,
    ...ofMessage(of),
    Recipient: RECIPIENT,
    ChangedAt: of.time,
    Origin: 'Recipient',
    SuppressSending: true,
    SuppressionReason: 'ManualSuppression',
  }),
};

const RECIPIENT = 'john@example.com';
const CONTENT = 'Return-Path: <>\r\nSubject: Test\r\n\r\nThis is a test of your webhook.\r\n';

function ofMessage({ streamId }: SampleOf): Json {
  return {
    MessageStream: streamId,
    MessageID: '00000000-0000-0000-0000-000000000000',
    Tag: 'welcome-email',
    Metadata: { a_key: 'a_value' },
  };
}

function bounce(of: SampleOf): Json {
  return {
    ID: 42,
    ServerID: of.serverId,
    ...ofMessage(of),
    Email: RECIPIENT,
    From: 'sender@example.com',
    BouncedAt: of.time,
    DumpAvailable: true,
    Inactive: true,
    Subject: 'Test subject',
  };
}

function visit(of: SampleOf): Json {
  return {
    ...ofMessage(of),
    Recipient: RECIPIENT,
    ReceivedAt: of.time,
    Client: { Name: 'Chrome 140.0', Company: 'Google', Family: 'Chrome' },
    OS: { Name: 'macOS 26', Company: 'Apple Computer, Inc.', Family: 'macOS' },
    Platform: 'WebMail',
    UserAgent: 'Mozilla/5.0 (a test of your webhook)',
    Geo: {
      CountryISOCode: 'US',
      Country: 'United States',
      RegionISOCode: 'TX',
      Region: 'Texas',
      City: 'Houston',
      Zip: '77058',
      Coords: '29.5502,-95.0973',
      IP: '203.0.113.42',
    },
  };
}
