// Load on a whole installation, over all its doors at the same time: SMTP on both hosts, POST /email and POST /email/batch on
// both streams; messages for one recipient, for several, and for several domains. Keeps a book of what was answered.
//
// A submission is sent once and never again: what was not answered (the process was killed) stays `unanswered`, and may
// or may not arrive. Numbers of submissions go on through the book, from load to load.
import { connect } from 'node:net';
import { SERVER_TOKEN } from './installation.ts';
import { jsonMessage, rawMessage, type LoadMessage } from './load-message.ts';
import { sendRaw, talkSmtp, type SmtpTalk } from './smtp-talk.ts';

export type Stream = 'outbound' | 'broadcast';

export interface Submission extends LoadMessage {
  readonly stream: Stream;
  readonly via: 'smtp' | 'http' | 'batch';
  answer: 'unanswered' | 'accepted' | 'refused';
  /** What was said: a reply line, or a status and a body. */
  said: string;
  messageId: string | undefined;
}

export interface Book {
  readonly submissions: Submission[];
  /** So far. */
  readonly accepted: number;
}

export interface Doors {
  readonly http: string;
  readonly smtpPort: number;
  readonly broadcastPort: number;
}

export interface Load {
  /** Resolves once so many more submissions than at the start were accepted, or when the load ended before. */
  accepted(count: number): Promise<void>;
  /** Every sender finishes what it is at, and stops. Also to be called when the other side was killed. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Where recipients are. The first two share a site in the zone of the flows. */
  readonly domains: readonly string[];
  readonly streams?: readonly Stream[];
  /** Senders of each kind and stream. */
  readonly senders?: number;
}

export function newBook(): Book {
  const submissions: Submission[] = [];
  return {
    submissions,
    get accepted() {
      return submissions.reduce((sum, { answer }) => sum + (answer === 'accepted' ? 1 : 0), 0);
    },
  };
}

/** Broadcasts arrive as they were given, without links of ours to unsubscribe: what the sink has is held against the book. */
async function keepUntouched({ http }: Doors): Promise<void> {
  await fetch(`${http}/message-streams/broadcast`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json', 'X-Postmark-Server-Token': SERVER_TOKEN },
    body: JSON.stringify({ SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'Custom' } }),
    // Where the server is in trouble the setting is that of an earlier load.
  }).catch(() => undefined);
}

export function startLoad(doors: Doors, book: Book, options: LoadOptions): Load {
  const state = { stopping: false, accepted: 0, waiting: new Set<{ count: number; resolve: () => void }>() };
  const check = (): void => {
    for (const waiter of state.waiting) if (state.accepted >= waiter.count || state.stopping) waiter.resolve();
  };
  const sender: Sender = {
    doors,
    stopping: () => state.stopping,
    next: (stream, via) => newSubmission(book, { stream, via, domains: options.domains }),
    answered(submission, answer, said) {
      submission.answer = answer;
      submission.said = said;
      if (answer === 'accepted') state.accepted += 1;
      check();
    },
  };
  const streams = options.streams ?? ['outbound', 'broadcast'];
  const send = (): Promise<void>[] =>
    streams.flatMap((stream) =>
      Array.from({ length: options.senders ?? 2 }, () => [
        overSmtp(sender, stream),
        overSmtp(sender, stream),
        overHttp(sender, stream),
      ])
        .flat()
        .concat(inBatches(sender, stream)),
    );
  const ready = streams.includes('broadcast') ? keepUntouched(doors) : Promise.resolve();
  const running = ready.then(() => Promise.all(send()));
  void running.then(() => {
    state.stopping = true;
    check();
  });
  return {
    accepted: (count) =>
      new Promise((resolve) => {
        state.waiting.add({ count, resolve });
        check();
      }),
    async stop() {
      state.stopping = true;
      await running;
    },
  };
}

interface Sender {
  readonly doors: Doors;
  stopping(): boolean;
  next(stream: Stream, via: Submission['via']): Submission;
  answered(submission: Submission, answer: 'accepted' | 'refused', said: string): void;
}

interface Wanted {
  readonly stream: Stream;
  readonly via: Submission['via'];
  readonly domains: readonly string[];
}

const PUT_OFF_EVERY = 23;

/** Every third message has several recipients: at one domain, at two of one site, at all. */
function newSubmission(book: Book, { stream, via, domains }: Wanted): Submission {
  const id = book.submissions.length;
  const count = [1, 1, 2, 1, 1, 3, 1, 1, 5][id % 9] ?? 1;
  const recipients = Array.from({ length: count }, (_, index) => {
    const putOff = (id + index * 5) % PUT_OFF_EVERY === 0 ? 'later-' : '';
    return `${putOff}${id}-${index}@${domains[(id + (id % 2) * index) % domains.length]}`;
  });
  const submission: Submission = {
    id,
    stream,
    via,
    recipients,
    answer: 'unanswered',
    said: '',
    messageId: undefined,
  };
  book.submissions.push(submission);
  return submission;
}

const MESSAGES_PER_CONNECTION = 50;

/** Goes on with a new connection after some messages, and after a refusal that closes. */
async function overSmtp(sender: Sender, stream: Stream): Promise<void> {
  const port = stream === 'outbound' ? sender.doors.smtpPort : sender.doors.broadcastPort;
  while (!sender.stopping()) {
    let talk: SmtpTalk | undefined;
    try {
      talk = await talkSmtp(port);
      await talk.signIn(SERVER_TOKEN);
      for (let sent = 0; sent < MESSAGES_PER_CONNECTION && !sender.stopping(); sent += 1) {
        const submission = sender.next(stream, 'smtp');
        const { code, text } = await sendRaw(talk, submission.recipients, rawMessage(submission));
        submission.messageId = /queued as (\S+)/.exec(text)?.[1];
        sender.answered(submission, code === 250 ? 'accepted' : 'refused', text);
        if (code === 421) break;
      }
      talk.end();
    } catch {
      talk?.end();
      if (await isGone(port)) return;
    }
  }
}

async function overHttp(sender: Sender, stream: Stream): Promise<void> {
  while (!sender.stopping()) {
    const submission = sender.next(stream, 'http');
    try {
      const { status, body } = await post(sender, '/email', jsonMessage(submission, stream));
      note(sender, submission, { ...(body as Result), status });
    } catch {
      if (await isGone(portOf(sender.doors.http))) return;
    }
  }
}

const BATCH = 25;

async function inBatches(sender: Sender, stream: Stream): Promise<void> {
  while (!sender.stopping()) {
    const submissions = Array.from({ length: BATCH }, () => sender.next(stream, 'batch'));
    try {
      const { status, body } = await post(
        sender,
        '/email/batch',
        submissions.map((submission) => jsonMessage(submission, stream)),
      );
      const results = Array.isArray(body) ? (body as Result[]) : submissions.map(() => body as Result);
      submissions.forEach((submission, index) => note(sender, submission, { ...results[index], status }));
    } catch {
      if (await isGone(portOf(sender.doors.http))) return;
    }
  }
}

interface Result {
  readonly status?: number;
  readonly ErrorCode?: number;
  readonly MessageID?: string;
}

function note(sender: Sender, submission: Submission, result: Result): void {
  submission.messageId = result.MessageID;
  const accepted = result.status === 200 && result.ErrorCode === 0;
  sender.answered(submission, accepted ? 'accepted' : 'refused', JSON.stringify(result));
}

async function post({ doors }: Sender, path: string, content: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${doors.http}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Postmark-Server-Token': SERVER_TOKEN },
    body: JSON.stringify(content),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: answer.status, body: await answer.json() };
}

function portOf(http: string): number {
  return Number(new URL(http).port);
}

/** Nobody listens any more: the process was ended. */
function isGone(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
