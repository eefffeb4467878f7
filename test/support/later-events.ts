// Openings, clicks and inbound mail in short form, beside those of activity-fixture.
import type { ClickedEvent, Event, InboundStatusEvent, OpenedEvent, ReceivedEvent } from '../../src/domain/event.ts';
import type { InboundContent, InboundSummary } from '../../src/domain/inbound-message.ts';
import type { Message } from '../../src/domain/message.ts';
import type { Agent, GeoPlace, Reader } from '../../src/domain/tracked.ts';
import { newMessageId } from '../../src/lib/ids.ts';
import type { MessageId, ServerId, StreamId } from '../../src/lib/ids.ts';
import { NOW, OURS } from './activity-fixture.ts';

const AGENT: Agent = { name: 'Apple Mail 16', company: 'Apple Inc.', family: 'Apple Mail' };
const OS: Agent = { name: 'OS X 10.15', company: 'Apple Computer, Inc.', family: 'OS X 10' };
const GEO: GeoPlace = {
  countryIsoCode: 'RS',
  country: 'Serbia',
  regionIsoCode: 'VO',
  region: 'Autonomna Pokrajina Vojvodina',
  city: 'Novi Sad',
  zip: '21000',
  coords: '45.2517,19.8369',
  ip: '188.2.95.4',
};

export function reader(over: Partial<Reader> = {}): Reader {
  return { userAgent: 'Mozilla/5.0', client: AGENT, os: OS, platform: 'Desktop', geo: GEO, ...over };
}

const head = ({ serverId, streamId, id, acceptedAt }: Message) => ({
  at: acceptedAt + 60_000,
  serverId,
  streamId,
  messageId: id,
});

export function opened(of: Message, over: Partial<OpenedEvent> = {}): Event {
  const address = of.recipients[0]?.address ?? '';
  return { ...head(of), kind: 'opened', address, reader: reader(), firstOpen: true, readSeconds: 5, ...over };
}

export function clicked(of: Message, over: Partial<ClickedEvent> = {}): Event {
  const address = of.recipients[0]?.address ?? '';
  const link = 'https://example.com/a?b=c';
  return { ...head(of), kind: 'clicked', address, reader: reader(), link, location: 'HTML', firstClick: true, ...over };
}

export interface WantedInbound
  extends Partial<InboundSummary>, Partial<InboundContent>, Partial<Pick<ReceivedEvent, 'status' | 'blockedReason'>> {
  readonly at?: number;
  readonly id?: MessageId;
  readonly serverId?: ServerId;
}

export function received(wanted: WantedInbound = {}): ReceivedEvent {
  const { at = NOW, id = newMessageId(at), serverId = OURS, status = 'Processed', blockedReason = '' } = wanted;
  const { textBody = 'Hi', htmlBody = '', strippedTextReply = '', headers = [] } = wanted;
  return {
    kind: 'received',
    at,
    serverId,
    streamId: 'inbound' as StreamId,
    messageId: id,
    status,
    blockedReason,
    summary: {
      from: wanted.from ?? { address: 'Alan@computers.example', name: 'Alan "A" Turing', mailboxHash: '' },
      to: wanted.to ?? [{ address: 'hash+Sample@inbound.example', name: 'Margaret', mailboxHash: 'Sample' }],
      cc: wanted.cc ?? [],
      bcc: wanted.bcc ?? [],
      replyTo: wanted.replyTo ?? '',
      originalRecipient: wanted.originalRecipient ?? 'hash+Sample@inbound.example',
      subject: wanted.subject ?? 'Hello',
      mailboxHash: wanted.mailboxHash ?? 'Sample',
      tag: wanted.tag ?? '',
      date: 'Thu, 5 Nov 2026 16:33:54 -0500',
      attachments: wanted.attachments ?? [],
    },
    content: { textBody, htmlBody, strippedTextReply, headers },
  };
}

export function inboundStatus(of: ReceivedEvent, status: InboundStatusEvent['status']): Event {
  const { serverId, streamId, messageId, at } = of;
  return { kind: 'inbound-status', at: at + 1000, serverId, streamId, messageId, status };
}
