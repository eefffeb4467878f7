// Describes what the installation tells of itself. Ours, not Postmark's.
import { Type } from 'typebox';
import { flag, int, listOf, text, texts, time, type Descriptions } from './description.ts';

const health = {
  Status: Type.Enum(['Ready', 'NotReady']),
  Roles: listOf(Type.Object({ Name: text, Ready: flag, Detail: Type.Optional(text) })),
};
const any = Type.Object({}, { additionalProperties: true });
const destination = { Domain: text, Policy: Type.Unknown(), SucceededToday: int, FailedToday: int, Hosts: listOf(any) };

const of = { tag: 'Installation', token: 'public', ours: true } as const;
const toAccounts = { ...of, token: 'account' } as const;

export const INSTALLATION: Descriptions = {
  'GET /': { ...of, summary: 'The page for people', answer: 'text/html' },
  'GET /docs': { ...of, summary: 'This description as a page', answer: 'text/html' },
  'GET /openapi.json': { ...of, summary: 'This description', answer: any },
  'GET /health': {
    ...of,
    summary: 'Whether every role is ready',
    answer: Type.Object(health),
    statuses: { 503: 'A role is not ready: the envelope with code 100, and the same fields.' },
  },
  'GET /status': {
    ...of,
    summary: 'What runs and where',
    more: 'Queue depths, paused streams and warnings for the machine itself and for account tokens only.',
    answer: Type.Object(
      {
        ...health,
        Version: text,
        Hostname: text,
        Delivery: Type.Enum(['Capture', 'Direct']),
        StartedAt: time,
        Http: texts,
        Mx: texts,
        Smtp: listOf(Type.Object({ StreamType: text, Address: text })),
      },
      { additionalProperties: true },
    ),
  },
  'GET /metrics': {
    ...of,
    summary: 'Metrics for Prometheus',
    more: 'For the machine itself; from elsewhere with an account token.',
    answer: 'text/plain',
  },
  'GET /tls': {
    ...toAccounts,
    summary: 'What is known of TLS to each destination',
    answer: Type.Object({ Day: text, TotalCount: int, Destinations: listOf(Type.Object(destination)) }),
  },
  'GET /tls/{domain}': {
    ...toAccounts,
    summary: 'The same for one destination',
    answer: Type.Object({ Day: text, ...destination }),
    codes: [12],
  },
};
