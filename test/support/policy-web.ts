// A web server on loopback that says one thing, whatever it is asked: a policy of MTA-STS, or a report's receiver.
import { createServer, type Server } from 'node:https';
import type { Pair } from './test-ca.ts';

export interface WebAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PolicyWeb {
  readonly port: number;
  readonly requests: string[];
  serve(answer: WebAnswer | undefined): void;
  close(): Promise<void>;
}

export async function startPolicyWeb({ cert, key }: Pair, first: WebAnswer): Promise<PolicyWeb> {
  let current: WebAnswer | undefined = first;
  const requests: string[] = [];
  const server: Server = createServer({ cert, key }, (request, response) => {
    requests.push(`${request.headers.host ?? ''}${request.url ?? ''}`);
    if (current === undefined) return void request.socket.destroy();
    const { status = 200, type = 'text/plain', body = '', headers = {} } = current;
    response.writeHead(status, { 'Content-Type': type, ...headers }).end(body);
  });
  server.on('tlsClientError', () => undefined);
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const at = server.address();
      resolve(at !== null && typeof at === 'object' ? at.port : 0);
    });
  });
  return {
    port,
    requests,
    serve: (answer) => void (current = answer),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
