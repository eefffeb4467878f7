// The messages of the search scenario: what the n-th of them says, and so how many have what.
//
// Two streams (one in five goes to broadcast); four senders in unequal shares; twenty tags and none; half of the subjects are
// fixed texts, the others hold a number of their own; metadata of two fields; a hundred thousand recipients, some of whom
// get far more than others.

export const TIMES = { span: 40 * 86_400_000 };
/** An odd number near 2^32 over the golden ratio: neighbours fall far from each other. */
export const HASHES = 2_654_435_761;

const SENDERS = ['billing@sender.test', 'hello@sender.test', 'alerts@sender.test', 'rare@sender.test'] as const;
const SUBJECTS = [
  'Welcome to Example',
  'Your password was changed',
  'Your invoice is ready',
  'Someone signed in from a new device',
  'Confirm your address',
] as const;

export interface MadeUp {
  readonly subject: string;
  readonly tag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly from: string;
  readonly streamId: string;
}

export function messageAt(n: number): MadeUp {
  const mixed = mix(n);
  const many = mixed % 1000;
  const sender = many < 600 ? 0 : many < 900 ? 1 : many < 999 ? 2 : 3;
  const fixed = SUBJECTS[mixed % SUBJECTS.length] ?? '';
  return {
    subject: mixed % 2 === 0 ? fixed : `Order ${100_000_000 + n} of shop ${mixed % 997} has shipped`,
    tag: mixed % 10 < 3 ? '' : mixed % 10 < 8 ? 'order' : `campaign-${mixed % 19}`,
    metadata: { customer: String(mixed % 50_000), color: mixed % 3 === 0 ? 'blue' : 'red' },
    from: SENDERS[sender] ?? '',
    streamId: n % 5 === 4 ? 'broadcast' : 'outbound',
  };
}

export function addressOf(n: number): string {
  const mixed = mix(n + 7);
  // One in a hundred goes to the same address.
  return mixed % 100 === 0 ? 'common@example.net' : `user${mixed % 100_000}@example.net`;
}

function mix(n: number): number {
  return Math.floor(((n * HASHES) % 4_294_967_296) / 16);
}
