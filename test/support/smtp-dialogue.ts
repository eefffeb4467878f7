// Runs a readable SMTP script against a server of smtp-server.ts. One step a line; the first says why the script exists.
//
//   why TEXT          what would go wrong without what is checked here
//   with K=V ...      limits by name (maxRecipients=2), tls=none, auth=tls-only, door=mx (receives); before any other step
//   c: TEXT           send a line, with CRLF; escapes \r \n \0 \t \\ \xHH, {b64:TEXT}, {cram:PASSWORD}, {x*N} repeats x
//   raw: TEXT         the same without CRLF
//   s: TEXT           the next reply line begins with TEXT
//   s~ REGEX          the next reply line matches
//   s+ TEXT           the next reply, of one line or several, ends in a line that begins with TEXT
//   tls [NAME]        begin TLS, for that server name
//   clock 301s        move the server's clock
//   release           let the handler go on that holds a message
//   half-close        end our side
//   closed            the server says nothing more and closes
//   kept F -> R, R : DATA    the next message that the handler got; `kept none`: no further one
//   fact KIND [WORD]  the server has told such a fact, with that word in it
//   # TEXT            a comment
//
// At the end our side is closed, and the server must have said and kept nothing that the script does not name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { TestClient } from './smtp-client.ts';
import { cramDigest, startTestServer } from './smtp-server.ts';
import type { TestServer } from './smtp-server.ts';

export interface DialogueStep {
  readonly line: number;
  readonly verb: string;
  readonly text: string;
}

export interface Dialogue {
  readonly why: string;
  readonly steps: readonly DialogueStep[];
}

export function readDialogue(file: string): Dialogue {
  const steps = readFileSync(file, 'utf8')
    .split('\n')
    .map((text, index) => ({ text, line: index + 1 }))
    .filter(({ text }) => text.trim() !== '' && !text.startsWith('#'))
    .map(({ text, line }) => {
      const match = /^(\S+)(?: (.*))?$/.exec(text);
      assert.ok(match?.[1] !== undefined, `line ${line} is no step: ${text}`);
      return { line, verb: match[1], text: match[2] ?? '' };
    });
  const [first, ...rest] = steps;
  assert.ok(first?.verb === 'why' && first.text.length > 10, 'a script begins with why it exists');
  return { why: first.text, steps: rest };
}

/** Throws, with the number of the line, where the server does not do what the script says. */
export async function runDialogue(dialogue: Dialogue): Promise<void> {
  const settings = dialogue.steps.filter(({ verb }) => verb === 'with').flatMap(({ text }) => text.split(' '));
  const server = await startTestServer(serverOptions(settings));
  const client = await TestClient.connect(server.port);
  const run: Run = { server, client, challenge: '', messages: 0 };
  try {
    for (const step of dialogue.steps) await runStep(run, step);
    client.halfClose();
    assert.deepEqual(await client.remaining(), [], 'the server said more than the script says');
    assert.equal(server.kept.length, run.messages, 'the server kept more than the script says');
    assert.deepEqual(
      server.facts.filter(({ kind }) => kind === 'fault'),
      [],
    );
  } finally {
    client.destroy();
    server.release();
    const closed = server.server.close(0);
    server.clock.advance(1);
    await closed;
  }
}

const FACT_DEADLINE_MS = 5000;

interface Run {
  readonly server: TestServer;
  readonly client: TestClient;
  challenge: string;
  messages: number;
}

function serverOptions(settings: readonly string[]): Parameters<typeof startTestServer>[0] {
  const limits: Record<string, number> = {};
  let options: Parameters<typeof startTestServer>[0] = {};
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split('=');
    if (setting === 'tls=none') options = { ...options, withTls: false };
    else if (setting === 'auth=tls-only') options = { ...options, allowAuthWithoutTls: () => false };
    else if (setting === 'door=mx') options = { ...options, receives: true };
    else limits[name] = Number(value);
  }
  return { ...options, limits };
}

async function runStep(run: Run, step: DialogueStep): Promise<void> {
  const action = ACTIONS[step.verb];
  assert.ok(action !== undefined, `line ${step.line}: unknown step ${step.verb}`);
  try {
    await action(run, step.text);
  } catch (error) {
    throw new Error(`line ${step.line} (${step.verb} ${step.text}): ${String(error)}`, { cause: error });
  }
}

const ACTIONS: Readonly<Record<string, (run: Run, text: string) => Promise<void> | void>> = {
  with: () => undefined,
  'c:': (run, text) => void run.client.send(Buffer.concat([unescape(run, text), Buffer.from('\r\n')])),
  'raw:': (run, text) => void run.client.send(unescape(run, text)),
  's:': async (run, text) => {
    const line = await nextLine(run);
    assert.ok(line.startsWith(text), `the server said: ${line}`);
  },
  's~': async (run, text) => assert.match(await nextLine(run), new RegExp(text)),
  's+': async (run, text) => {
    let line = await nextLine(run);
    while (/^\d{3}-/.test(line)) line = await nextLine(run);
    assert.ok(line.startsWith(text), `the server said: ${line}`);
  },
  tls: (run, text) => run.client.startTls(text),
  clock: (run, text) => run.server.clock.advance(parseFloat(text) * 1000),
  release: (run) => run.server.release(),
  'half-close': (run) => run.client.halfClose(),
  closed: async (run) => assert.deepEqual(await run.client.remaining(), []),
  kept: (run, text) => checkKept(run, text),
  fact: (run, text) => checkFact(run, text),
};

async function nextLine(run: Run): Promise<string> {
  const line = await run.client.line();
  if (line.startsWith('334 ')) run.challenge = Buffer.from(line.slice(4), 'base64').toString();
  return line;
}

/** The server may learn of a thing, as of the end of a connection, a little later than the client. */
async function checkFact(run: Run, text: string): Promise<void> {
  const [kind, word = ''] = text.split(' ');
  const deadline = Date.now() + FACT_DEADLINE_MS;
  while (!run.server.facts.some((fact) => fact.kind === kind && JSON.stringify(fact).includes(word))) {
    assert.ok(Date.now() < deadline, `told: ${run.server.facts.map((fact) => fact.kind).join(', ')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function checkKept(run: Run, text: string): Promise<void> {
  if (text === 'none') return assert.equal(run.server.kept.length, run.messages);
  const match = /^(\S+) -> (.*?) : (.*)$/.exec(text);
  assert.ok(match, 'kept FROM -> RCPT, RCPT : DATA');
  const message = run.server.kept[run.messages];
  assert.ok(message !== undefined, 'no further message was kept');
  run.messages += 1;
  assert.equal(
    `<${message.mailFrom}> -> ${message.recipients.join(', ')}`,
    `<${match[1]?.slice(1, -1)}> -> ${match[2]}`,
  );
  assert.equal(message.data.toString('latin1'), unescape(run, match[3] ?? '').toString('latin1'));
}

function unescape(run: Run, text: string): Buffer {
  const expanded = text
    .replace(/\{b64:([^}]*)\}/g, (_, inner: string) => unescape(run, inner).toString('base64'))
    .replace(/\{cram:([^}]*)\}/g, (_, password: string) =>
      Buffer.from(`user ${cramDigest(run.challenge, password)}`).toString('base64'),
    )
    .replace(/\{(.)\*(\d+)\}/g, (_, unit: string, count: string) => unit.repeat(Number(count)));
  const parts = expanded.match(/\\x[0-9a-fA-F]{2}|\\.|[^\\]+/gs) ?? [];
  return Buffer.concat(parts.map(unescapePart));
}

const ESCAPES = new Map([
  ['\\r', '\r'],
  ['\\n', '\n'],
  ['\\0', '\0'],
  ['\\t', '\t'],
  ['\\\\', '\\'],
]);

function unescapePart(part: string): Buffer {
  if (part.startsWith('\\x')) return Buffer.from([parseInt(part.slice(2), 16)]);
  return Buffer.from(part.startsWith('\\') ? (ESCAPES.get(part) ?? part) : part);
}
