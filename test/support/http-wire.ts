// HTTP by hand over a socket: for requests that no client library would send, and answers read byte by byte.
import { connect } from 'node:net';

export interface WireAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** Writes all `chunks`, waiting for the socket to take each, and reads one answer with a Content-Length. */
export function talk(port: number, chunks: Iterable<Buffer | string>, deadlineMs = 20_000): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    const timer = setTimeout(() => finish(new Error('no answer in time')), deadlineMs);
    let received = '';
    const finish = (result: WireAnswer | Error): void => {
      clearTimeout(timer);
      socket.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    socket.on('error', finish);
    socket.on('close', () => finish(new Error(`closed before an answer: ${received.slice(0, 200)}`)));
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
      const answer = readAnswer(received);
      if (answer !== undefined && written) finish(answer);
    });
    let written = false;
    void write(socket, chunks).then(() => {
      written = true;
      const answer = readAnswer(received);
      if (answer !== undefined) finish(answer);
    }, finish);
  });
}

async function write(socket: ReturnType<typeof connect>, chunks: Iterable<Buffer | string>): Promise<void> {
  for (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      socket.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function readAnswer(text: string): WireAnswer | undefined {
  // An informational answer may come first.
  const start = text.startsWith('HTTP/1.1 100') ? text.indexOf('\r\n\r\n') + 4 : 0;
  const end = text.indexOf('\r\n\r\n', start);
  if (end === -1) return undefined;
  const headers = text.slice(start, end);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(headers)?.[1] ?? -1);
  const body = text.slice(end + 4);
  if (length < 0 || body.length < length) return undefined;
  return { status: Number(headers.slice(9, 12)), headers, body: body.slice(0, length) };
}
