// A client for tests that sends exactly the bytes it is told to, and reads replies line by line, each wait with a deadline.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const DEADLINE_MS = 10_000;

export class TestClient {
  #socket: Socket;
  #text = '';
  #over = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#read(socket);
  }

  static async connect(port: number, localAddress = '127.0.0.1'): Promise<TestClient> {
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true, allowHalfOpen: true });
    const client = new TestClient(socket);
    await once(socket, 'connect', { signal: AbortSignal.timeout(DEADLINE_MS) });
    return client;
  }

  get over(): boolean {
    return this.#over;
  }

  /** False when the bytes have to wait for the server. */
  send(bytes: Buffer | string): boolean {
    return this.#socket.write(bytes);
  }

  /** The next line of the server, without its CRLF. */
  async line(): Promise<string> {
    await this.#until(() => this.#text.includes('\n') || this.#over, 'a reply');
    const end = this.#text.indexOf('\n');
    assert.ok(end >= 0, `the server closed the connection, having said: ${JSON.stringify(this.#text)}`);
    const line = this.#text.slice(0, end + 1);
    this.#text = this.#text.slice(end + 1);
    assert.match(line, /^[\x20-\x7e]*\r\n$/, 'a reply is ASCII and ends in CRLF');
    assert.ok(line.length <= 512, 'a reply line has at most 512 octets');
    return line.slice(0, -2);
  }

  /** A whole reply: its lines. */
  async reply(): Promise<string[]> {
    const lines = [await this.line()];
    while (/^\d{3}-/.test(lines.at(-1) ?? '')) lines.push(await this.line());
    return lines;
  }

  /** Everything until the server closes. */
  async remaining(): Promise<string[]> {
    await this.#until(() => this.#over, 'the end of the connection');
    return this.#text.split('\r\n').filter((line) => line !== '');
  }

  async startTls(serverName: string): Promise<void> {
    assert.equal(this.#text, '', 'nothing is said before the handshake');
    const plain = this.#socket;
    for (const name of ['data', 'end', 'close', 'error']) plain.removeAllListeners(name);
    const secure = connectTls({ socket: plain, servername: serverName || 'mx.test', rejectUnauthorized: false });
    plain.on('error', () => undefined);
    await once(secure, 'secureConnect', { signal: AbortSignal.timeout(DEADLINE_MS) });
    this.#socket = secure;
    this.#read(secure);
  }

  halfClose(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Breaks off with a reset, which unlike an end cannot mean that replies are still read. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #read(socket: Socket): void {
    const end = (): void => {
      this.#over = true;
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      this.#wake();
    });
    socket.on('end', () => {
      socket.end();
      end();
    });
    socket.on('close', end);
    socket.on('error', end);
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    while (!condition()) {
      const left = deadline - Date.now();
      assert.ok(left > 0, `waited in vain for ${what}; so far: ${JSON.stringify(this.#text)}`);
      const timer = setTimeout(() => this.#wake(), left);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      clearTimeout(timer);
    }
  }
}
