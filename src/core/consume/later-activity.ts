// What opens, clicks and inbound mail change in the activity index: the part of consume/activity that is not about delivery.
//
// Promises: pure. Only the first opening of a recipient, and the first click on each link, are kept; the index sees to it.
import type { ClickedEvent, OpenedEvent, ReceivedEvent } from '../../domain/event.ts';
import { readerInWords } from '../../domain/tracked.ts';
import type { IndexChange } from '../../ports/activity-index.ts';

export function trackedChange(event: OpenedEvent | ClickedEvent, place: number): IndexChange {
  const { serverId, streamId, messageId, at, address, reader } = event;
  const base = { kind: 'tracked', serverId, streamId, messageId, at, recipient: address, reader, place } as const;
  const told = { recipient: address, at, summary: readerInWords(reader) };
  if (event.kind === 'opened') {
    const { firstOpen, readSeconds } = event;
    return { ...base, firstOpen, readSeconds, click: undefined, line: { type: 'Opened', ...told } };
  }
  const { link, location } = event;
  return {
    ...base,
    firstOpen: false,
    readSeconds: 0,
    click: { link, location },
    line: { type: 'LinkClicked', ...told, link, location },
  };
}

export function receivedChange(event: ReceivedEvent): IndexChange {
  const { serverId, streamId, messageId, at, summary, content, status, blockedReason } = event;
  return {
    kind: 'received',
    serverId,
    inbound: { id: messageId, streamId, receivedAt: at, ...summary, ...content, status, blockedReason },
  };
}
