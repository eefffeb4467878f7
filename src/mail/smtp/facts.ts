// What a server tells of its sessions, for logs and counters. Never holds a credential, an address of mail or content.
import type { SessionContext } from './handlers.ts';

export type CloseReason =
  | 'quit'
  /** The client ended the connection, or it broke. */
  | 'client'
  | 'timeout'
  /** Too many errors, failed authentications, commands or transactions. */
  | 'limit'
  | 'violation'
  /** A handler answered 421. */
  | 'handler'
  | 'shutdown'
  | 'fault';

export type Violation =
  'bare-line-end' | 'nul' | 'line-too-long' | 'not-utf8' | 'starttls-injection' | 'desynchronised' | 'flood';

export type SessionFact =
  | { readonly kind: 'opened' }
  | { readonly kind: 'closed'; readonly reason: CloseReason; readonly messages: number }
  | { readonly kind: 'tls'; readonly protocol: string }
  | { readonly kind: 'tls-failed'; readonly detail: string }
  | { readonly kind: 'authenticated'; readonly mechanism: string }
  | { readonly kind: 'auth-failed'; readonly mechanism: string; readonly code: number }
  | { readonly kind: 'violation'; readonly what: Violation }
  /** A message was complete; `code` is the reply that it got. */
  | { readonly kind: 'message'; readonly bytes: number; readonly recipients: number; readonly code: number }
  /** A handler had its answer after the connection was gone: the client may send the message again. */
  | { readonly kind: 'reply-lost'; readonly code: number }
  | { readonly kind: 'handler-failed'; readonly handler: 'authenticate' | 'message'; readonly error: unknown }
  | { readonly kind: 'handler-timeout' }
  /** A defect of this code or of `onFact`: the session was ended. */
  | { readonly kind: 'fault'; readonly error: unknown };

export type ServerFact =
  | (SessionFact & { readonly ctx: SessionContext })
  | { readonly kind: 'rejected'; readonly reason: 'too-many' | 'too-many-from-client'; readonly remoteAddress: string };
