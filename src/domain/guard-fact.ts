// What an event says to a guard. Only what a remote host did with mail counts: not the capture, sandboxes and test
// addresses, not time-outs and dead hosts (which say nothing of the sender), not automatic answers.
import type { BounceType } from './bounce/types.ts';
import type { Event } from './event.ts';
import type { Fact } from './guard-windows.ts';

export type GuardFact = Fact | 'complained';

/** Undefined where it says nothing. Test addresses are for the caller to leave out. */
export function guardFactOf(event: Event): GuardFact | undefined {
  switch (event.kind) {
    case 'delivered':
      return event.mode === 'remote' ? 'delivered' : undefined;
    case 'deferred':
      return (event.reply?.code ?? 0) >= 400 ? 'deferred' : undefined;
    case 'bounced':
      return OF_BOUNCE[event.type];
    case 'accepted':
    case 'api-error':
    case 'opened':
    case 'clicked':
    case 'received':
    case 'inbound-status':
    case 'subscription':
      return undefined;
  }
}

const OF_BOUNCE: Readonly<Record<BounceType, GuardFact | undefined>> = {
  HardBounce: 'hard',
  BadEmailAddress: 'hard',
  SpamComplaint: 'complained',
  SoftBounce: 'soft',
  Blocked: 'soft',
  SpamNotification: 'soft',
  DMARCPolicy: 'soft',
  VirusNotification: 'soft',
  Unknown: 'soft',
  Unconfirmed: 'soft',
  DnsError: undefined,
  Transient: undefined,
  Unsubscribe: undefined,
  Subscribe: undefined,
  AutoResponder: undefined,
  AddressChange: undefined,
  OpenRelayTest: undefined,
  ChallengeVerification: undefined,
  ManuallyDeactivated: undefined,
  SMTPApiError: undefined,
  InboundError: undefined,
  TemplateRenderingFailed: undefined,
};
