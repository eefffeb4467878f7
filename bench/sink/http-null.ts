// The floor under the HTTP door: node:http that reads each request's body, parses it as JSON and answers one result per
// message, and keeps nothing. A process of its own; prints its port as a JSON line.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Buffer } from 'node:buffer';

const RESULT = { To: 'x@sink0.test', SubmittedAt: '', MessageID: '', ErrorCode: 0, Message: 'OK' };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const answer = JSON.stringify(Array.isArray(parsed) ? parsed.map(() => RESULT) : RESULT);
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Content-Length', Buffer.byteLength(answer));
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
