// One session of the scripted MX: what a step of the script may do, and the usual replies where the script says nothing.
import type { Socket } from 'node:net';
import { TLSSocket, createSecureContext } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

export interface Deed {
  /** Without it and without an end, nothing is ever said again. */
  readonly reply?: string;
  /** Milliseconds before the reply. */
  readonly delayMs?: number;
  /** After the reply, where there is one: `end` closes in order, `reset` breaks the connection. */
  readonly then?: 'end' | 'reset';
}
export type Step = string | Deed | undefined;

export interface SessionView {
  /** From 1. */
  readonly connection: number;
  readonly tls: boolean;
  readonly transaction: number;
}

export interface Script {
  readonly greeting?: (session: SessionView) => Step;
  readonly ehlo?: (session: SessionView) => Step;
  readonly helo?: (session: SessionView) => Step;
  readonly startTls?: (session: SessionView) => Step;
  readonly mail?: (command: string, session: SessionView) => Step;
  /** The address without brackets. */
  readonly rcpt?: (address: string, session: SessionView) => Step;
  readonly data?: (session: SessionView) => Step;
  /** When so many bytes of content have come. */
  readonly body?: (bytes: number, session: SessionView) => Step;
  /** The reply to BDAT in place of that to the message. */
  readonly bdat?: (size: number, session: SessionView) => Step;
  readonly final?: (message: ReceivedMessage, session: SessionView) => Step;
  /** After 250 to a message: something unasked, or an end. */
  readonly after?: (session: SessionView) => Step;
  /** Offered in EHLO; `STARTTLS` is left out by itself once TLS is on. */
  readonly extensions?: readonly string[];
  /** PEM; a self-signed pair for `mx.test` without it. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export interface ReceivedMessage {
  readonly mailFrom: string;
  /** What followed the address in MAIL FROM. */
  readonly parameters: string;
  readonly rcptTo: readonly string[];
  /** As latin1, dots undone. */
  readonly content: string;
  readonly connection: number;
  /** The address that it came from. */
  readonly client: string;
  readonly tls: boolean;
}

export const EXTENSIONS = ['PIPELINING', 'SIZE 10485760', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'STARTTLS'];

/** What the sessions of one server share. */
export interface Shared {
  script: Script;
  readonly messages: ReceivedMessage[];
  readonly commands: string[];
  readonly reads: string[];
  readonly clients: string[];
  connections: number;
  pauseAfter: number;
  readonly sockets: Set<Socket>;
}

export class ScriptedSession {
  readonly #shared: Shared;
  readonly #connection: number;
  #socket: Socket;
  #input = '';
  #content: string | undefined;
  #bodyBytes = 0;
  #tls = false;
  #transaction = 0;
  #mail: { from: string; parameters: string } | undefined;
  #rcptTo: string[] = [];
  /** A deed that takes time holds back what was read after it. */
  #busy = false;
  #over = false;

  constructor(shared: Shared, socket: Socket) {
    this.#shared = shared;
    this.#socket = socket;
    this.#connection = ++shared.connections;
    shared.sockets.add(socket);
    shared.clients.push(socket.remoteAddress ?? '');
    socket.on('close', () => shared.sockets.delete(socket));
    this.#listen();
  }

  greet(): void {
    void this.#do(this.#shared.script.greeting?.(this.#view()), '220 mx.test ESMTP');
  }

  #view(): SessionView {
    return { connection: this.#connection, tls: this.#tls, transaction: this.#transaction };
  }

  #listen(): void {
    this.#socket.setNoDelay(true);
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('data', this.#onData);
  }

  readonly #onData = (chunk: Buffer): void => {
    const text = chunk.toString('latin1');
    this.#shared.reads.push(text);
    this.#input += text;
    void this.#work();
  };

  async #work(): Promise<void> {
    while (!this.#busy && !this.#over) {
      const more = this.#content === undefined ? await this.#command() : await this.#body();
      if (!more) return;
    }
  }

  async #command(): Promise<boolean> {
    const end = this.#input.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#input.slice(0, end);
    this.#input = this.#input.slice(end + 2);
    this.#shared.commands.push(line);
    const { script } = this.#shared;
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        await this.#do(script.ehlo?.(this.#view()), this.#ehlo());
        break;
      case 'HELO':
        await this.#do(script.helo?.(this.#view()), '250 mx.test');
        break;
      case 'STAR':
        await this.#startTls();
        break;
      case 'MAIL':
        await this.#mailFrom(line);
        break;
      case 'RCPT':
        await this.#rcpt(line.replace(/^RCPT TO:<(.*)>$/i, '$1'));
        break;
      case 'DATA':
        await this.#data();
        break;
      case 'BDAT':
        return this.#bdat(line);
      case 'RSET':
        this.#reset();
        await this.#do(undefined, '250 2.0.0 reset');
        break;
      case 'QUIT':
        await this.#do({ reply: '221 2.0.0 bye', then: 'end' }, '');
        break;
      default:
        await this.#do(undefined, '502 5.5.2 unknown');
    }
    return true;
  }

  #ehlo(): string {
    const offered = this.#shared.script.extensions ?? EXTENSIONS;
    const lines = ['mx.test', ...offered.filter((extension) => extension !== 'STARTTLS' || !this.#tls)];
    return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
  }

  async #startTls(): Promise<void> {
    const said = await this.#do(this.#shared.script.startTls?.(this.#view()), '220 2.0.0 go');
    if (!said.startsWith('220 ') || this.#over) return;
    this.#socket.off('data', this.#onData);
    const { cert, key } = this.#shared.script.certificate ?? { cert: TEST_CERTIFICATE, key: TEST_KEY };
    const secureContext = createSecureContext({ cert, key });
    this.#socket = new TLSSocket(this.#socket, { isServer: true, secureContext });
    this.#tls = true;
    this.#listen();
  }

  async #mailFrom(line: string): Promise<void> {
    this.#transaction += 1;
    const said = await this.#do(
      this.#mail === undefined ? this.#shared.script.mail?.(line, this.#view()) : '503 5.5.1 nested MAIL',
      '250 2.1.0 ok',
    );
    const [, from = '', parameters = ''] = /^MAIL FROM:<(.*?)>(?: (.*))?$/i.exec(line) ?? [];
    if (said.startsWith('250')) this.#mail = { from, parameters };
  }

  async #rcpt(address: string): Promise<void> {
    const scripted = this.#mail === undefined ? '503 5.5.1 no MAIL' : this.#shared.script.rcpt?.(address, this.#view());
    const said = await this.#do(scripted, '250 2.1.5 ok');
    if (said.startsWith('25')) this.#rcptTo.push(address);
  }

  async #data(): Promise<void> {
    const nobody = this.#rcptTo.length === 0 ? '554 5.5.1 no valid recipients' : undefined;
    const said = await this.#do(this.#shared.script.data?.(this.#view()) ?? nobody, '354 go on');
    if (!said.startsWith('354')) return;
    this.#content = '';
    this.#bodyBytes = 0;
  }

  /** The chunk is read whole, also where it is refused (RFC 3030 section 2). */
  async #bdat(line: string): Promise<boolean> {
    const size = Number(/^BDAT (\d+) LAST$/i.exec(line)?.[1]);
    if (this.#input.length < size) {
      this.#input = `${line}\r\n${this.#input}`;
      this.#shared.commands.pop();
      return false;
    }
    const content = this.#input.slice(0, size);
    this.#input = this.#input.slice(size);
    const nobody = this.#rcptTo.length === 0 ? '503 5.5.1 no valid recipients' : undefined;
    const step = this.#shared.script.bdat?.(size, this.#view()) ?? nobody;
    if (step === undefined) await this.#finish(content);
    else await this.#do(step, '');
    return true;
  }

  async #body(): Promise<boolean> {
    this.#bodyBytes += this.#input.length;
    this.#content += this.#input;
    this.#input = '';
    if (this.#bodyBytes >= this.#shared.pauseAfter) this.#socket.pause();
    const step = this.#shared.script.body?.(this.#bodyBytes, this.#view());
    if (step !== undefined) await this.#do(step, '');
    const all = `\r\n${this.#content}`;
    const end = all.indexOf('\r\n.\r\n');
    if (end < 0 || this.#over) return false;
    this.#input = all.slice(end + 5);
    this.#content = undefined;
    await this.#finish(all.slice(2, end + 2).replaceAll(/(^|\r\n)\./g, '$1'));
    return true;
  }

  async #finish(content: string): Promise<void> {
    const { from: mailFrom = '', parameters = '' } = this.#mail ?? {};
    const message = {
      mailFrom,
      parameters,
      rcptTo: this.#rcptTo,
      content,
      connection: this.#connection,
      client: this.#socket.remoteAddress ?? '',
      tls: this.#tls,
    };
    const step = this.#shared.script.final?.(message, this.#view());
    const taken = step === undefined || typeof step === 'object' || step.startsWith('2');
    if (taken && this.#rcptTo.length > 0) this.#shared.messages.push(message);
    this.#reset();
    await this.#do(step, '250 2.0.0 taken');
    const after = this.#shared.script.after?.(this.#view());
    if (after !== undefined) await this.#do(after, '');
  }

  #reset(): void {
    this.#mail = undefined;
    this.#rcptTo = [];
  }

  /** Does the step, or says `usual`; returns what was said. */
  async #do(step: Step, usual: string): Promise<string> {
    const deed: Deed = typeof step === 'string' ? { reply: step } : (step ?? { reply: usual });
    if (deed.delayMs !== undefined) {
      this.#busy = true;
      await new Promise((resolve) => setTimeout(resolve, deed.delayMs).unref());
      this.#busy = false;
    }
    if (deed.reply !== undefined && deed.reply !== '') this.#socket.write(`${deed.reply}\r\n`);
    if (deed.then === 'end') this.#socket.end();
    if (deed.then === 'reset') this.#socket.resetAndDestroy();
    // Silence stays silence: what was pipelined behind it is not answered either.
    this.#over ||= deed.then !== undefined || deed.reply === undefined;
    return deed.reply ?? '';
  }
}
