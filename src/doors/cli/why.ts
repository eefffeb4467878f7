// `bulkhead why`: where a message is, what holds it, and what happened at each attempt.
import { parseArgs } from 'node:util';
import { askServer } from './ask-server.ts';
import { UsageError, type Command } from './command.ts';
import { lines } from './lines.ts';
import { HOST_ADDRESS } from '../../domain/pool.ts';

export const whyCommand: Command = {
  name: 'why',
  summary: 'explain where a message is, what holds it, and when it is tried next',
  help: [
    'usage: bulkhead why <MessageID> [--json] [--brief] [--token <account token>]',
    '',
    'Asks the running server. Tells for each recipient where the message is, which limit, rule, reply or guard holds it,',
    'what was said at each attempt, and when it is tried next. --brief leaves the transcripts out. Without --token it uses',
    "the key of the installation's data folder. Exit code 1 where the message is not known or nothing answers.",
  ].join('\n'),
  async run(args, host) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, brief: { type: 'boolean' }, token: { type: 'string' } },
    });
    const [id, ...more] = positionals;
    if (id === undefined || more.length > 0) throw new UsageError('the MessageID of one message is needed');
    const why = await askServer<WhyShape>(host, `/messages/outbound/${encodeURIComponent(id)}/why`, values.token);
    if (values.json === true) host.out(JSON.stringify(why, null, 2));
    else for (const line of told(why, { brief: values.brief === true })) host.out(line);
    return 0;
  },
};

/** The part of the answer that is told here. */
interface WhyShape {
  readonly MessageID: string;
  readonly State: string;
  readonly Summary: string;
  readonly MessageStream: string;
  readonly ServerID: number;
  readonly Lane: string | null;
  readonly ReceivedAt: string;
  readonly From: string;
  readonly Subject: string;
  readonly Recipients: readonly RecipientShape[];
  readonly Notes: readonly string[];
}

interface RecipientShape {
  readonly Address: string;
  readonly State: string;
  readonly Words: string;
  readonly Holds: readonly { readonly Kind: string; readonly Words: string; readonly Until: string | null }[];
  readonly Attempts: readonly AttemptShape[];
}

interface AttemptShape {
  readonly At: string;
  readonly Number: number;
  readonly Pool: string | null;
  readonly Address: string | null;
  readonly EHLO: string | null;
  readonly PTR: string | null;
  readonly Host: string | null;
  readonly IP: string | null;
  readonly TLS: boolean;
  readonly Outcome: string;
  readonly Words: string;
  readonly Transcript: readonly string[];
}

interface Manner {
  readonly brief: boolean;
}

interface Showing extends Manner {
  /** Whose transcripts have been shown: recipients of one transaction share theirs. */
  readonly shown: Map<string, string>;
}

function told(why: WhyShape, manner: Manner): string[] {
  const several = why.Recipients.length > 1;
  const shown = new Map<string, string>();
  return [
    `${why.MessageID}: ${why.State.toUpperCase()}`,
    ...lines('  ', `"${why.Subject}" from ${why.From}`),
    ...lines(
      '  ',
      `accepted ${timeOf(why.ReceivedAt)}, server ${why.ServerID}, stream ${why.MessageStream}, lane ${why.Lane ?? 'none'}`,
    ),
    ...(several ? lines('  ', why.Summary) : []),
    ...why.Notes.flatMap((note) => lines('  note: ', note)),
    ...why.Recipients.flatMap((recipient) => ['', ...toldRecipient(recipient, { ...manner, shown })]),
  ];
}

function toldRecipient(recipient: RecipientShape, showing: Showing): string[] {
  const { Address, State, Words, Holds, Attempts } = recipient;
  // The first hold is what the words say already, and the last attempt is told below.
  const others = Holds.slice(1).filter(({ Kind }) => Kind !== 'retry');
  return [
    `${Address}: ${State}`,
    ...lines('  ', Words),
    ...others.flatMap((hold) =>
      lines('  also: ', `${hold.Words}${hold.Until === null ? '' : ` (until ${timeOf(hold.Until)})`}`),
    ),
    ...Attempts.flatMap((attempt) => toldAttempt(attempt, recipient, showing)),
  ];
}

function toldAttempt(attempt: AttemptShape, recipient: RecipientShape, showing: Showing): string[] {
  const what = attempt.Number === 0 ? 'afterwards' : `attempt ${attempt.Number}`;
  return [
    `  ${what}, ${timeOf(attempt.At)}: ${attempt.Outcome}`,
    ...(recipient.Words.includes(attempt.Words) ? [] : lines('    ', attempt.Words)),
    ...endsOf(attempt).flatMap((text) => lines('    ', text)),
    ...(showing.brief ? [] : transcriptOf(attempt, recipient.Address, showing.shown)),
  ];
}

function transcriptOf({ At, Transcript }: AttemptShape, address: string, shown: Map<string, string>): string[] {
  if (Transcript.length === 0) return [];
  const key = [At, ...Transcript].join('\n');
  const earlier = shown.get(key);
  if (earlier !== undefined) return [`    in the transaction that is shown for ${earlier}`];
  shown.set(key, address);
  return Transcript.flatMap(toldLine);
}

function endsOf({ Pool, Address, EHLO, PTR, Host, IP, TLS }: AttemptShape): string[] {
  const from =
    Pool === null ? [] : [`from ${fromWords(Address)} of pool ${Pool}, EHLO ${EHLO ?? ''}, PTR ${PTR ?? 'not known'}`];
  const to = Host === null ? [] : [`to ${Host}${IP === null ? '' : ` (${IP})`}${TLS ? ' over TLS' : ''}`];
  return [...from, ...to];
}

function fromWords(address: string | null): string {
  return address === null || address === HOST_ADDRESS ? "the machine's own address" : address;
}

/** `12 C: EHLO …`, its milliseconds in a column. */
function toldLine(line: string): string[] {
  const match = /^(\d+) (--|C:|S:) (.*)$/s.exec(line);
  if (match === null) return lines(`    ${' '.repeat(TIME_WIDTH)} `, line);
  const [, ms = '', mark = '', text = ''] = match;
  return lines(`    ${`${ms} ms`.padStart(TIME_WIDTH)} ${mark} `, text);
}

const TIME_WIDTH = 9;

/** `2026-01-15 12:00:00 UTC` of a time in the API's form. */
function timeOf(text: string): string {
  return `${text.slice(0, 19).replace('T', ' ')} UTC`;
}
