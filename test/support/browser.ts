// A real browser without a window, driven over the DevTools protocol: opens pages, and keeps what they asked the network for and what
// went wrong in them. Chromium only; nothing beside it is needed.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Browser {
  /** Loaded when it resolves. */
  open(url: string, size?: Size): Promise<Page>;
  close(): Promise<void>;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Page {
  /** The value of an expression in the page; a promise is awaited. */
  run<T>(expression: string): Promise<T>;
  /** Waits until the expression gives what is true, no empty text and not 0. */
  until<T>(expression: string): Promise<T>;
  /** Everything that it has asked for, by URL. */
  readonly requested: readonly string[];
  /** Errors and warnings of the console, exceptions, and what the browser refused to load. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

/** Why there is no browser to test with; never where tests must all run. */
export function noBrowser(): string | false {
  if (process.env['CI'] !== undefined || spawnSync('which', [PROGRAM]).status === 0) return false;
  return `not installed: ${PROGRAM}`;
}

const PROGRAM = 'chromium';
const DEADLINE_MS = 20_000;
const DESK: Size = { width: 1280, height: 900 };
const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--remote-debugging-port=0'],
  // Asks nobody outside, and no proxy.
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-proxy-server'],
];

export async function startBrowser(): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'));
  const child = spawn(PROGRAM, [...ARGUMENTS, `--user-data-dir=${folder}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const wire = await connectTo(await addressOf(child));
  return {
    async open(url, size = DESK) {
      return openPage(wire, url, size);
    },
    async close() {
      wire.close();
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  let said = '';
  return inTime('the browser', (done, failed) => {
    child.once('error', failed);
    child.once('exit', () => failed(new Error(`the browser ended: ${said}`)));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (address !== undefined) done(address);
    });
  });
}

type Fields = Readonly<Record<string, unknown>>;
type Listener = (method: string, params: Fields, sessionId: string | undefined) => void;

interface Wire {
  // Answers of the protocol are read as they come.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ask(method: string, params?: Fields, sessionId?: string): Promise<any>;
  listen(listener: Listener): void;
  close(): void;
}

interface Said {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Fields;
  readonly sessionId?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

async function connectTo(address: string): Promise<Wire> {
  const socket = new WebSocket(address);
  await inTime('the DevTools', (done, failed) => {
    socket.addEventListener('open', () => done(undefined));
    socket.addEventListener('error', () => failed(new Error('the DevTools did not answer')));
  });
  const waiting = new Map<number, (said: Said) => void>();
  const listeners: Listener[] = [];
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const said = JSON.parse(String(data)) as Said;
    if (said.id !== undefined) waiting.get(said.id)?.(said);
    else for (const listener of listeners) listener(said.method ?? '', said.params ?? {}, said.sessionId);
  });
  return {
    async ask(method, params = {}, sessionId) {
      const id = ++last;
      const said = await inTime<Said>(method, (done) => {
        waiting.set(id, done);
        socket.send(JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) }));
      });
      waiting.delete(id);
      if (said.error !== undefined) throw new Error(`${method}: ${said.error.message}`);
      return said.result;
    },
    listen: (listener) => void listeners.push(listener),
    close: () => socket.close(),
  };
}

async function openPage(wire: Wire, url: string, size: Size): Promise<Page> {
  const { targetId } = await wire.ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await wire.ask('Target.attachToTarget', { targetId, flatten: true });
  const ask = (method: string, params?: Fields) => wire.ask(method, params, sessionId as string);
  const requested: string[] = [];
  const troubles: string[] = [];
  wire.listen((method, params, of) => {
    if (of !== sessionId) return;
    if (method === 'Network.requestWillBeSent') requested.push((params['request'] as { url: string }).url);
    const trouble = troubleIn(method, params);
    if (trouble !== undefined) troubles.push(trouble);
  });
  for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await ask(`${domain}.enable`);
  await ask('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor: 1, mobile: false });
  const run = async <T>(expression: string): Promise<T> => {
    const given = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await ask('Runtime.evaluate', given);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value as T;
  };
  const until = async <T>(expression: string): Promise<T> => {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      // While another page is being loaded there is nothing to ask.
      const found = await run<T>(expression).catch(() => undefined);
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`waited in vain for ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await ask('Page.navigate', { url });
  await until(`location.href !== 'about:blank' && document.readyState === 'complete'`);
  return {
    run,
    until,
    requested,
    troubles,
    close: () => wire.ask('Target.closeTarget', { targetId }),
  };
}

function troubleIn(method: string, params: Fields): string | undefined {
  switch (method) {
    case 'Runtime.exceptionThrown':
      return JSON.stringify(params['exceptionDetails']);
    case 'Runtime.consoleAPICalled':
      return ['error', 'warning', 'assert'].includes(String(params['type']))
        ? JSON.stringify(params['args'])
        : undefined;
    case 'Log.entryAdded': {
      const { level, text, url } = params['entry'] as { level: string; text: string; url?: string };
      return ['error', 'warning'].includes(level) ? `${text} ${url ?? ''}` : undefined;
    }
    default:
      return undefined;
  }
}

function inTime<T>(what: string, work: (done: (value: T) => void, failed: (error: Error) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in time: ${what}`)), DEADLINE_MS);
    const settle = <V>(then: (value: V) => void) => {
      return (value: V): void => {
        clearTimeout(timer);
        then(value);
      };
    };
    work(settle(resolve), settle(reject));
  });
}
