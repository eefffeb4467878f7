// Recipients that stand for an outcome: mail to them is never delivered.
//
// `<Type>@bounce-testing.<domain>` bounces at once with that type, `*@blackhole.<domain>` is dropped and shown as sent.
// The domain is Postmark's own, so that existing test suites work, or one of the installation's own domains.
// Contract: sending 10.
import { BOUNCE_TYPES, type BounceType } from './bounce/types.ts';

export type TestRecipient = { readonly kind: 'bounce'; readonly type: BounceType } | { readonly kind: 'blackhole' };

const POSTMARK_DOMAIN = 'postmarkapp.com';
const BOUNCES = 'bounce-testing.';
const BLACKHOLE = 'blackhole.';

/**
 * What a test address stands for; undefined for every other address.
 * `fakeBounceHeader` is the value of `X-PM-Bounce-Type`, which beats the local part. `ownDomains` are in lower case.
 */
export function testRecipient(
  address: string,
  fakeBounceHeader: string | undefined,
  ownDomains: readonly string[] = [],
): TestRecipient | undefined {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1).toLowerCase();
  if (isBelow(domain, BLACKHOLE, ownDomains)) return { kind: 'blackhole' };
  if (!isBelow(domain, BOUNCES, ownDomains)) return undefined;
  const name = fakeBounceHeader?.trim() || address.slice(0, at);
  return { kind: 'bounce', type: FAKE_TYPES.get(plain(name)) ?? 'HardBounce' };
}

function isBelow(domain: string, label: string, ownDomains: readonly string[]): boolean {
  if (!domain.startsWith(label)) return false;
  const parent = domain.slice(label.length);
  return parent === POSTMARK_DOMAIN || ownDomains.includes(parent);
}

/** `hard_bounce` and `HardBounce` are the same name. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

// A complaint cannot be faked: it falls back to a hard bounce, like every unknown name.
const FAKE_TYPES: ReadonlyMap<string, BounceType> = new Map(
  [...BOUNCE_TYPES.keys()].filter((type) => type !== 'SpamComplaint').map((type) => [plain(type), type]),
);
