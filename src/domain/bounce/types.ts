// Postmark's bounce types (contract sending 16.4): the names and numbers are the wire's, the descriptions are ours.

export type BounceType =
  | 'HardBounce'
  | 'Transient'
  | 'Unsubscribe'
  | 'Subscribe'
  | 'AutoResponder'
  | 'AddressChange'
  | 'DnsError'
  | 'SpamNotification'
  | 'OpenRelayTest'
  | 'Unknown'
  | 'SoftBounce'
  | 'VirusNotification'
  | 'ChallengeVerification'
  | 'BadEmailAddress'
  | 'SpamComplaint'
  | 'ManuallyDeactivated'
  | 'Unconfirmed'
  | 'Blocked'
  | 'SMTPApiError'
  | 'InboundError'
  | 'DMARCPolicy'
  | 'TemplateRenderingFailed';

export interface BounceTypeInfo {
  readonly type: BounceType;
  readonly code: number;
  readonly name: string;
  readonly description: string;
  /** Whether a bounce of this type suppresses the address on its stream. */
  readonly deactivates: boolean;
  /** Whether the customer may lift that suppression. */
  readonly canActivate: boolean;
}

type Row = readonly [BounceType, number, string, string, boolean?];

const ROWS: readonly Row[] = [
  [
    'HardBounce',
    1,
    'Hard bounce',
    'The receiving server says for good that this mailbox or domain does not exist.',
    true,
  ],
  [
    'Transient',
    2,
    'Message delayed/Undeliverable',
    'The receiving server has passing trouble; delivery is tried again.',
  ],
  ['Unsubscribe', 16, 'Unsubscribe request', 'The recipient answered and asked to be removed.'],
  ['Subscribe', 32, 'Subscribe request', 'The recipient answered and asked to be added.'],
  ['AutoResponder', 64, 'Auto responder', 'An automatic answer, such as an out-of-office note.'],
  ['AddressChange', 128, 'Address change', 'The recipient announces a new address.'],
  ['DnsError', 256, 'DNS error', 'The domain of the recipient could not be looked up.'],
  ['SpamNotification', 512, 'Spam notification', 'The receiving server judged the content to be spam.'],
  ['OpenRelayTest', 1024, 'Open relay test', 'A report that looks like a probe for open relays.'],
  ['Unknown', 2048, 'Unknown', 'The refusal could not be put into any class.'],
  ['SoftBounce', 4096, 'Soft bounce', 'A passing trouble that outlived all retries, such as a full mailbox.'],
  ['VirusNotification', 8192, 'Virus notification', 'The receiving server says that the message carries malware.'],
  [
    'ChallengeVerification',
    16384,
    'Spam challenge verification',
    'A filter of the recipient wants the sender to confirm.',
  ],
  ['BadEmailAddress', 100000, 'Invalid email address', 'The address cannot exist as written.'],
  ['SpamComplaint', 100001, 'Spam complaint', 'The recipient reported the message as spam.', true],
  ['ManuallyDeactivated', 100002, 'Manually deactivated', 'The address was deactivated by the sender.', true],
  ['Unconfirmed', 100003, 'Registration not confirmed', 'The subscription was never confirmed.'],
  ['Blocked', 100006, 'ISP block', 'The receiving server blocks this sender by policy, content or block list.'],
  ['SMTPApiError', 100007, 'SMTP API error', 'The message was submitted by SMTP and is not acceptable.'],
  ['InboundError', 100008, 'Processing failed', 'The inbound webhook could not be delivered.'],
  ['DMARCPolicy', 100009, 'DMARC Policy', 'Refused because of the DMARC policy of the From domain.'],
  [
    'TemplateRenderingFailed',
    100010,
    'Template rendering failed',
    'The content could not be rendered after acceptance.',
  ],
];

export const BOUNCE_TYPES: ReadonlyMap<BounceType, BounceTypeInfo> = new Map(
  ROWS.map(([type, code, name, description, deactivates = false]) => [
    type,
    { type, code, name, description, deactivates, canActivate: deactivates && type !== 'SpamComplaint' },
  ]),
);

export function bounceTypeInfo(type: BounceType): BounceTypeInfo {
  const info = BOUNCE_TYPES.get(type);
  if (info === undefined) throw new Error(`bounce type ${type} is missing from the table`);
  return info;
}
