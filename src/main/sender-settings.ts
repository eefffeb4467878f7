// The settings of sending domains and of links in mail. Rows of `settings.ts`.
import { integer, type Parsed } from './setting-values.ts';

export const SENDER_SETTINGS = {
  domainCheckEvery: {
    key: 'domain_check_every',
    fallback: '86400',
    unit: 'seconds',
    help: 'How often the DNS records of a sending domain are looked at; more often while one is awaited or missing.',
    parse: integer(1, 604_800),
  },
  domainGraceDays: {
    key: 'domain_grace_days',
    fallback: '7',
    unit: 'days, 0 is for ever',
    help: 'A domain whose DKIM record has been missing for so long may not send any more. Trouble with DNS does not count.',
    parse: integer(0, 365),
  },
  publicUrl: {
    key: 'public_url',
    fallback: '',
    unit: 'URL',
    help: 'Where people reach the HTTP server, for links in mail: to unsubscribe (one-click needs https), to confirm senders. Default: its own address.',
    parse: baseUrl,
  },
};

/** Without a slash at its end; a path in front is kept, for a proxy that serves more than this. */
function baseUrl(text: string): Parsed<string | undefined> {
  if (text.trim() === '') return { value: undefined };
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const fine = url !== undefined && /^https?:$/.test(url.protocol) && `${url.search}${url.hash}${url.username}` === '';
  return fine
    ? { value: `${url.origin}${url.pathname.replace(/\/+$/, '')}` }
    : { problem: 'a URL such as https://mail.example.com' };
}
