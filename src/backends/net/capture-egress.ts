// The way out of a lane that captures: nothing leaves, everything counts as taken. A new installation starts with it.
import type { Outcome } from '../../domain/outcome.ts';
import type { Egress } from '../../ports/egress.ts';

export function createCaptureEgress(): Egress {
  return {
    send: async (_site, { recipients }) => recipients.map(() => CAPTURED),
    close: async () => undefined,
  };
}

const CAPTURED: Outcome = {
  kind: 'delivered',
  mode: 'capture',
  phase: 'final',
  peer: undefined,
  reply: { code: 250, enhanced: '2.0.0', text: 'captured' },
};
