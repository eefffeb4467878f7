// A whole Bulkhead in a process of its own, on free ports and in a folder of its own: what an operator starts.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ACCOUNT_TOKEN = '11111111-1111-4111-8111-111111111111';
export const SERVER_TOKEN = '22222222-2222-4222-8222-222222222222';
export const SENDER_DOMAIN = 'sender.test';

const ROOT = resolve(import.meta.dirname, '../..');
const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 20_000;

export interface InstallationOptions {
  /** Settings beside those below, by their BULKHEAD_ names. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder to go on in; made new, and removed at the end, without it. */
  readonly data?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Answers are read as a client in a dynamic language would: tests assert on what is there.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface Installation {
  readonly data: string;
  readonly http: string;
  readonly smtpPort: number;
  readonly broadcastPort: number;
  /** Where bounces come back to. */
  readonly mxPort: number;
  readonly pid: number;
  /** Everything that was written to standard output and standard error. */
  readonly output: () => string;
  api(
    method: string,
    path: string,
    options?: { body?: unknown; token?: string; account?: boolean },
  ): Promise<ApiAnswer>;
  send(fields: Readonly<Record<string, unknown>>): Promise<ApiAnswer>;
  /** SIGTERM; resolves with the exit code. The folder stays where it was given. */
  stop(): Promise<number | null>;
  /** SIGKILL: what a power cut leaves behind. */
  kill(): Promise<void>;
}

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/main/main.ts'), 'start'],
    {
      cwd: data,
      env: { ...process.env, ...testSettings(data), ...options.env, UV_THREADPOOL_SIZE: '8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = collect(child);
  const ended = once(child, 'exit');
  const forget = (): void => (options.data === undefined ? rmSync(data, { recursive: true, force: true }) : undefined);
  const text = await greetingOf(child, output).catch((error: unknown) => {
    child.kill('SIGKILL');
    forget();
    throw error;
  });
  const http = /API\s+(http:\/\/\S+?)\/?\s/.exec(text)?.[1] ?? '';
  const api = caller(http);
  return {
    data,
    http,
    smtpPort: portAfter('transactional', text),
    broadcastPort: portAfter('broadcast', text),
    mxPort: Number(/Bounces come back to\s+\S+:(\d+)/.exec(text)?.[1]),
    pid: child.pid ?? 0,
    output,
    api,
    send: (fields) => api('POST', '/email', { body: fields }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
        await ended;
        clearTimeout(late);
      }
      forget();
      return child.exitCode;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Waits until `look` gives something, and fails with what it was waiting for. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, deadlineMs = 10_000): Promise<T> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await new Promise((resolveAfter) => setTimeout(resolveAfter, 20));
  }
}

/** Of a server for tests, on ports that the system chooses. */
export function testSettings(data: string): Record<string, string> {
  return {
    BULKHEAD_DATA: data,
    BULKHEAD_HTTP: '127.0.0.1:0',
    BULKHEAD_SMTP: '127.0.0.1:0',
    BULKHEAD_SMTP_BROADCAST: '127.0.0.1:0',
    BULKHEAD_MX: '127.0.0.1:0',
    BULKHEAD_HOSTNAME: 'mail.bulkhead.test',
    BULKHEAD_ACCOUNT_TOKEN: ACCOUNT_TOKEN,
    BULKHEAD_SERVER_TOKEN: SERVER_TOKEN,
    BULKHEAD_TRUSTED_DOMAINS: SENDER_DOMAIN,
    BULKHEAD_LOG: 'warn',
  };
}

function collect(child: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return () => chunks.join('');
}

async function greetingOf(child: ChildProcess, output: () => string): Promise<string> {
  return eventually(
    'the installation to be ready',
    async () => {
      const text = output();
      if (child.exitCode !== null) throw new Error(`the installation ended with ${child.exitCode}: ${text}`);
      return /Mail is (CAPTURED|delivered).*\n/.test(text) ? text : undefined;
    },
    START_DEADLINE_MS,
  );
}

function portAfter(kind: string, text: string): number {
  return Number(new RegExp(`SMTP, ${kind}\\s+\\S+:(\\d+)`).exec(text)?.[1]);
}

function caller(http: string): Installation['api'] {
  return async (method, path, { body, token, account = false } = {}) => {
    const header = account ? 'X-Postmark-Account-Token' : 'X-Postmark-Server-Token';
    const answer = await fetch(`${http}${path}`, {
      method,
      headers: {
        [header]: token ?? (account ? ACCOUNT_TOKEN : SERVER_TOKEN),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
}
