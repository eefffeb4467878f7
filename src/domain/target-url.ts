// A URL that we are told to post to: what can be said of it without asking DNS (contract sending 18, management 2.2).
//
// Leaves to others: names, which are judged by the addresses that they have when they are connected to.

export type TargetRead = { readonly url: URL } | { /** Follows "it". */ readonly problem: string };

export function readTargetUrl(text: string, maxChars: number): TargetRead {
  if (text.length > maxChars) return { problem: `is longer than ${maxChars} characters` };
  const url = URL.parse(text);
  if (url === null) return { problem: 'is not a URL' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { problem: 'must begin with https:// or http://' };
  return { url };
}

/** The addresses that the host of a URL is, without any look-up; none for a name. Programs take `localhost` for this machine. */
export function literalAddresses({ hostname }: URL): readonly string[] {
  if (/(?:^|\.)localhost\.?$/i.test(hostname)) return ['127.0.0.1', '::1'];
  if (hostname.startsWith('[')) return [hostname.slice(1, -1)];
  return /^\d{1,3}(?:\.\d{1,3}){3}\.?$/.test(hostname) ? [hostname.replace(/\.$/, '')] : [];
}

/** Why none of the addresses may be connected to; undefined where one may, or there are none. */
export function refusalOfAll(
  addresses: readonly string[],
  refusal: (address: string) => string | undefined,
): string | undefined {
  const refused = addresses.map(refusal);
  return refused.every((why) => why !== undefined) ? refused[0] : undefined;
}
