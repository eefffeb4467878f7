// Turns a session in the clear into one over TLS, after the far side said yes to STARTTLS (RFC 3207).
//
// Certificates are not verified: opportunistic TLS keeps out those who only listen (RFC 7435).
import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Dialogue } from './client-dialogue.ts';
import { lost } from './client-phases.ts';
import type { ConnectFailure, ConnectOptions } from './client-target.ts';
import { failure, reasonOf } from './client-target.ts';

/** What came in the clear after the reply to STARTTLS could be an attacker's: never mixed into the secure session. */
export async function startTls(dialogue: Dialogue, options: ConnectOptions): Promise<ConnectFailure | undefined> {
  if (dialogue.unread) return failure(options, 'tls', lost('handshake', 'it sent more in the clear after its reply'));
  const { host, secureContext, deadlines, clock, signal } = options;
  return new Promise((resolve) => {
    const socket = connectTls({
      socket: dialogue.detach(),
      secureContext,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    });
    const end = (cause?: 'handshake' | 'aborted', note = ''): void => {
      cancelTimer();
      signal.removeEventListener('abort', stop);
      socket.off('error', onError).off('close', onClose);
      dialogue.attach(socket);
      if (cause !== undefined) dialogue.lose(cause, note);
      resolve(cause === undefined ? undefined : failure(options, 'tls', lost(cause, note)));
    };
    const stop = (): void => end('aborted', reasonOf(signal));
    const onError = (error: NodeJS.ErrnoException): void => end('handshake', error.code ?? error.message);
    const onClose = (): void => end('handshake', 'the connection was closed');
    const cancelTimer = clock.after(deadlines.tls, () => end('handshake', 'timed out'));
    signal.addEventListener('abort', stop, { once: true });
    socket.on('error', onError).on('close', onClose);
    socket.once('secureConnect', () => end());
  });
}
