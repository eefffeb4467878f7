// `bulkhead status`: asks the running server how it is.
import type { Command } from './command.ts';

const DEADLINE_MS = 5000;

export const statusCommand: Command = {
  name: 'status',
  summary: 'ask the running server how it is',
  help: [
    'usage: bulkhead status [--json]',
    '',
    'Says whether mail is captured or delivered, where the server listens, and what waits in each lane.',
    'Exit code 0 when every role is ready, 1 when one is not or nothing answers.',
  ].join('\n'),
  async run(args, host) {
    let answer: Response;
    try {
      answer = await fetch(`${host.baseUrl}/status`, { signal: AbortSignal.timeout(DEADLINE_MS) });
    } catch {
      host.err(`nothing answers at ${host.baseUrl}: the server is not running, or BULKHEAD_HTTP differs`);
      return 1;
    }
    const status = (await answer.json()) as StatusShape;
    if (args.includes('--json')) host.out(JSON.stringify(status, null, 2));
    else for (const line of told(status)) host.out(line);
    return status.ready ? 0 : 1;
  },
};

/** The part of GET /status that is told here. */
interface StatusShape {
  readonly ready: boolean;
  readonly version: string;
  readonly hostname: string;
  readonly delivery: 'capture' | 'direct';
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  readonly roles: Readonly<Record<string, boolean>>;
  readonly lanes: readonly {
    readonly id: string;
    readonly queued: number;
    readonly inFlight: number;
    readonly nextDueAt: string | null;
  }[];
}

function told(status: StatusShape): string[] {
  const broken = Object.entries(status.roles).filter(([, ready]) => !ready);
  return [
    `Bulkhead ${status.version} at ${status.hostname}: ${status.ready ? 'ready' : `NOT READY (${broken.map(([role]) => role).join(', ')})`}`,
    status.delivery === 'capture'
      ? 'mail is CAPTURED: nothing leaves this machine. BULKHEAD_DELIVERY=direct turns delivery on'
      : 'mail is delivered to the MX hosts of its recipients',
    ...Object.entries(status.addresses).map(([name, addresses]) => `  ${name}: ${addresses.join(', ')}`),
    ...status.lanes.map(
      (lane) =>
        `  lane ${lane.id}: ${lane.queued} waiting, ${lane.inFlight} in flight${lane.nextDueAt === null ? '' : `, next due ${lane.nextDueAt}`}`,
    ),
  ];
}
