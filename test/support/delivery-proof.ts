// The proof that nothing accepted was lost: the book of what was answered against what the sink got and what the activity
// says. Finds, and names:
//
//   lost        accepted, and a recipient got no copy
//   duplicates  a recipient got more than one copy; fine only where each further copy came in a later phase, which is what a
//               kill between the remote's reply and the commit leaves behind
//   partial     never answered, and yet only some of the recipients got it
//   kept        refused, and yet somebody got it
//   activity    accepted, and the activity does not say exactly what happened
import { SERVER_TOKEN } from './installation.ts';
import type { Copy, RecordingSink } from './recording-sink.ts';
import type { Book, Submission } from './submit-load.ts';

export interface Proof {
  readonly submitted: number;
  readonly accepted: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Of accepted submissions. */
  readonly recipients: number;
  readonly lost: readonly string[];
  readonly duplicates: readonly string[];
  /** Those of them that no kill explains. */
  readonly unexplained: readonly string[];
  readonly partial: readonly string[];
  readonly kept: readonly string[];
  readonly broken: readonly string[];
}

/** Whether every recipient of every accepted submission has a copy. */
export function allArrived(book: Book, sink: RecordingSink): boolean {
  return book.submissions.every(
    ({ answer, recipients }) => answer !== 'accepted' || recipients.every((to) => sink.copies.has(to)),
  );
}

export function prove(book: Book, sink: RecordingSink): Proof {
  const by = (answer: Submission['answer']): Submission[] => book.submissions.filter((item) => item.answer === answer);
  const [accepted, refused, unanswered] = [by('accepted'), by('refused'), by('unanswered')];
  const arrived = (to: string): boolean => sink.copies.has(to);
  const duplicates = [...sink.copies].filter(([, copies]) => copies.length > 1);
  return {
    submitted: book.submissions.length,
    accepted: accepted.length,
    refused: refused.length,
    unanswered: unanswered.length,
    recipients: accepted.reduce((sum, { recipients }) => sum + recipients.length, 0),
    lost: accepted.flatMap(({ recipients }) => recipients.filter((to) => !arrived(to))),
    duplicates: duplicates.map(([to]) => to),
    unexplained: duplicates.filter(([, copies]) => !isOnePerPhase(copies)).map(([to]) => to),
    partial: unanswered
      .filter(({ recipients }) => recipients.some(arrived) && !recipients.every(arrived))
      .map(({ id }) => `submission ${id}`),
    kept: refused.flatMap(({ recipients }) => recipients.filter(arrived)),
    broken: [...sink.broken, ...mixedUp(book, sink)],
  };
}

function isOnePerPhase(copies: readonly Copy[]): boolean {
  return new Set(copies.map(({ phase }) => phase)).size === copies.length;
}

/** Copies that are another message than the one which was sent to the address, or bear another id than was answered. */
function mixedUp(book: Book, sink: RecordingSink): string[] {
  return book.submissions.flatMap(({ id, recipients, messageId }) =>
    recipients.filter((to) =>
      (sink.copies.get(to) ?? []).some(
        (copy) => copy.loadId !== id || (messageId !== undefined && copy.messageId !== messageId),
      ),
    ),
  );
}

interface Details {
  readonly Status?: string;
  readonly Recipients?: readonly string[];
  readonly MessageEvents?: readonly { readonly Type: string; readonly Recipient: string }[];
}

export interface ActivityToCheck {
  readonly http: string;
  readonly book: Book;
  /** The index follows the log; it gets this long to catch up, in all. */
  readonly deadlineMs: number;
}

const QUESTIONS_AT_A_TIME = 8;

/** What is wrong with the activity of accepted submissions that were all delivered; empty where nothing is. */
export async function checkActivity({ http, book, deadlineMs }: ActivityToCheck): Promise<readonly string[]> {
  const until = Date.now() + deadlineMs;
  const left = book.submissions.filter(({ answer }) => answer === 'accepted');
  const problems: string[] = [];
  await Promise.all(
    Array.from({ length: QUESTIONS_AT_A_TIME }, async () => {
      for (let submission = left.pop(); submission !== undefined; submission = left.pop()) {
        const problem = await problemOf(http, submission, until);
        if (problem !== undefined) problems.push(problem);
      }
    }),
  );
  return problems;
}

async function problemOf(http: string, submission: Submission, until: number): Promise<string | undefined> {
  for (;;) {
    const problem = compare(submission, await details(http, submission.messageId ?? ''));
    if (problem === undefined || Date.now() > until) return problem;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function details(http: string, id: string): Promise<Details & { status: number }> {
  const answer = await fetch(`${http}/messages/outbound/${id}/details`, {
    headers: { 'X-Postmark-Server-Token': SERVER_TOKEN },
    signal: AbortSignal.timeout(30_000),
  });
  return { ...((await answer.json()) as Details), status: answer.status };
}

function compare({ id, recipients, messageId }: Submission, found: Details & { status: number }): string | undefined {
  const name = `submission ${id} (${messageId})`;
  if (found.status !== 200) return `${name}: details are answered with ${found.status}`;
  if (found.Status !== 'Sent') return `${name}: is ${found.Status}`;
  if (sorted(found.Recipients) !== sorted(recipients)) return `${name}: recipients are ${sorted(found.Recipients)}`;
  for (const to of recipients) {
    const types = (found.MessageEvents ?? []).filter(({ Recipient }) => Recipient === to).map(({ Type }) => Type);
    // The one deferral's commit may have been lost in a kill; the sink puts off once only.
    const fine = to.startsWith('later-') ? ['Transient,Delivered', 'Delivered'] : ['Delivered'];
    if (!fine.includes(types.join(','))) return `${name}: events of ${to} are ${types.join(',') || 'none'}`;
  }
  return undefined;
}

function sorted(addresses: readonly string[] | undefined): string {
  return [...(addresses ?? [])].sort().join(', ');
}
