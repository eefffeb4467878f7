// One mail transaction on an open session: MAIL FROM, RCPT TO, DATA, the content, and what was answered to whom.
//
// Small content for a server with CHUNKING goes another way (client-one-flight.ts). With PIPELINING (RFC 2920) the commands up to DATA leave in one write; without it each waits for its reply. In either
// case: recipients fail or pass one by one; what ends a transaction (a refused MAIL or DATA, a 421, a lost connection)
// applies to those that had not failed by then.
//
//   1. say MAIL, RCPT for each recipient, DATA          3. nobody left but 354: send the lone dot
//   2. read a reply for each; note refused recipients    4. else content and dot, then the reply that decides
//
// Leaves to others: meaning of replies for the message (bounce or retry), connections and their reuse.
import type { Capabilities } from './client-capabilities.ts';
import { contentChunks, sizeOf } from './client-content.ts';
import type { Answer, Dialogue } from './client-dialogue.ts';
import type { ClientDeadlines, Lost } from './client-phases.ts';
import { lost } from './client-phases.ts';
import { isRefusal, isSuccess, Progress, type TransactionResult } from './client-progress.ts';
import type { Reply } from './remote-reply.ts';

export interface Envelope {
  readonly mailFrom: string;
  readonly recipients: readonly string[];
  readonly smtpUtf8: boolean;
  /** MAIL says REQUIRETLS (RFC 8689). */
  readonly requireTls?: true;
  /** CRLF line ends, not dot-stuffed; sent one part after the other. */
  readonly content: readonly Uint8Array[];
}

export interface Session {
  readonly dialogue: Dialogue;
  readonly capabilities: Capabilities;
  readonly deadlines: ClientDeadlines;
  /** An earlier transaction was left open: RSET goes first. */
  readonly needsReset: boolean;
}

export async function runTransaction(
  session: Session,
  envelope: Envelope,
  mailCommand: string,
): Promise<TransactionResult> {
  const progress = new Progress(envelope.recipients.length, { unasked: false });
  const ended = await sayEnvelope(session, envelope, { mailCommand, progress });
  if (!ended) await sayContent(session, envelope, progress);
  return progress.result();
}

interface Opening {
  readonly mailCommand: string;
  readonly progress: Progress;
}

/** Steps 1 and 2 without DATA's reply; true where the transaction has ended already. */
async function sayEnvelope(session: Session, envelope: Envelope, opening: Opening): Promise<boolean> {
  const { dialogue, deadlines } = session;
  const { pipelining } = session.capabilities;
  if (pipelining) dialogue.send(`${envelopeCommands(session, envelope, opening.mailCommand)}${DATA}`);
  const ended = await hearEnvelope(session, envelope, {
    ...opening,
    ask: (command, phase) => {
      if (!pipelining) dialogue.send(command);
      return dialogue.next(deadlines[phase]);
    },
  });
  if (!ended && !pipelining) dialogue.send(DATA);
  return ended;
}

/** What goes before the content, for one write. */
export function envelopeCommands({ needsReset }: Session, { recipients }: Envelope, mailCommand: string): string {
  return `${needsReset ? RSET : ''}${mailCommand}${recipients.map(rcptCommand).join('')}`;
}

interface Hearing extends Opening {
  /** The reply to a command, which is said here where it was not before. */
  readonly ask: (command: string, phase: 'mail' | 'rcpt') => Promise<Answer>;
}

/** Step 2; true where the transaction has ended. With PIPELINING the content's command still gets its reply. */
export async function hearEnvelope(session: Session, envelope: Envelope, hearing: Hearing): Promise<boolean> {
  const { mailCommand, progress, ask } = hearing;
  const { pipelining } = session.capabilities;
  if (session.needsReset && !progress.goesOn('mail', await ask(RSET, 'mail'))) return true;
  const mail = await ask(mailCommand, 'mail');
  if (!progress.goesOn('mail', mail)) return true;
  progress.mail(mail);
  if (!pipelining && progress.nobodyLeft) return true;
  for (const [index, address] of envelope.recipients.entries()) {
    const answer = await ask(rcptCommand(address), 'rcpt');
    if (!progress.goesOn('rcpt', answer)) return true;
    progress.rcpt(index, answer);
  }
  return !pipelining && progress.nobodyLeft;
}

function rcptCommand(address: string): string {
  return `RCPT TO:<${address}>\r\n`;
}

/** DATA's reply and steps 3 and 4. */
async function sayContent(session: Session, envelope: Envelope, progress: Progress): Promise<void> {
  const { dialogue, deadlines } = session;
  const data = await dialogue.next(deadlines.data);
  if (!progress.goesOn('data', data)) return;
  if (data.code !== START_INPUT) return progress.decide('data', isRefusal(data) ? data : nonsense(dialogue, data));
  if (progress.nobodyLeft) return sayLoneDot(session);
  dialogue.transcript.sentContent(sizeOf(envelope.content));
  for (const chunk of contentChunks(envelope.content)) {
    const trouble = early(dialogue) ?? (await dialogue.write(chunk, deadlines.body));
    if (trouble !== undefined) return progress.decide('body', early(dialogue) ?? trouble);
  }
  const final = await dialogue.next(deadlines.final);
  const sane = final.kind === 'lost' || isRefusal(final) || isSuccess(final);
  progress.close(sane ? final : nonsense(dialogue, final));
}

/** A reply before the dot (`552 too much`, `421 going down`) is the answer, and the session cannot go on after it. */
function early(dialogue: Dialogue): Answer | undefined {
  const said = dialogue.takeUnread();
  if (said === undefined) return undefined;
  if (!isRefusal(said)) return nonsense(dialogue, said);
  dialogue.lose('closed', `${said.code} before the end of the message`);
  return said;
}

/** A reply that is out of place: what the far side thinks is unknown from here on. */
export function nonsense(dialogue: Dialogue, { code, text }: Reply): Lost {
  const loss = lost('garbage', `unexpected ${code} ${text}`.trim());
  dialogue.lose(loss.cause, loss.note);
  return loss;
}

/** All recipients were refused, yet DATA was taken: an empty message goes nowhere and ends the state (RFC 2920 3.1). */
async function sayLoneDot({ dialogue, deadlines }: Session): Promise<void> {
  dialogue.send('.\r\n');
  await dialogue.next(deadlines.data);
}

const RSET = 'RSET\r\n';
const DATA = 'DATA\r\n';
const START_INPUT = 354;
