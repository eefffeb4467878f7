// `bulkhead status`: asks the running server how it is.
import { reachServer } from './ask-server.ts';
import type { Command } from './command.ts';
import { asClause } from './lines.ts';

export const statusCommand: Command = {
  name: 'status',
  summary: 'ask the running server how it is',
  help: [
    'usage: bulkhead status [--json]',
    '',
    'Says whether mail is captured or delivered, where the server listens, what waits in each lane and why,',
    'which streams are paused and why, what the guards warn of, and which domains miss their DKIM record.',
    'Exit code 0 when every role is ready, 1 when one is not or nothing answers.',
  ].join('\n'),
  async run(args, host) {
    const status = (await (await reachServer(host, '/status')).json()) as StatusShape;
    if (args.includes('--json')) host.out(JSON.stringify(status, null, 2));
    else for (const line of told(status)) host.out(line);
    return status.Status === 'Ready' ? 0 : 1;
  },
};

/** The part of GET /status that is told here. */
interface StatusShape {
  readonly Status: string;
  readonly Version: string;
  readonly Hostname: string;
  readonly Delivery: 'Capture' | 'Direct';
  readonly Http: readonly string[];
  readonly Smtp: readonly { readonly StreamType: string; readonly Address: string }[];
  readonly Mx?: readonly string[];
  readonly Roles: readonly { readonly Name: string; readonly Ready: boolean }[];
  readonly Lanes?: readonly LaneShape[];
  readonly Holds?: readonly (OfStream & { readonly By: string; readonly HeldAt: string })[];
  readonly Warnings?: readonly OfStream[];
  readonly Domains?: readonly { readonly Domain: string; readonly MaySend: boolean; readonly Reason: string }[];
}

interface LaneShape {
  readonly ID: string;
  readonly Queued: number;
  readonly InFlight: number;
  readonly NextDueAt: string | null;
  readonly WaitsBecause: string | null;
  readonly Addresses: readonly { readonly Address: string; readonly Note?: string }[];
}

interface OfStream {
  readonly ServerID: number;
  readonly StreamID: string;
  readonly Reason: string;
}

function told(status: StatusShape): string[] {
  const broken = status.Roles.filter((role) => !role.Ready).map((role) => role.Name);
  return [
    `Bulkhead ${status.Version} at ${status.Hostname}: ${broken.length === 0 ? 'ready' : `NOT READY (${broken.join(', ')})`}`,
    status.Delivery === 'Capture'
      ? 'mail is CAPTURED: nothing leaves this machine. BULKHEAD_DELIVERY=direct turns delivery on'
      : 'mail is delivered to the MX hosts of its recipients',
    ...status.Http.map((address) => `  API: ${address}`),
    ...status.Smtp.map(({ StreamType, Address }) => `  SMTP, ${StreamType.toLowerCase()}: ${Address}`),
    ...(status.Mx ?? []).map((address) => `  bounces come back to: ${address}`),
    ...(status.Lanes ?? []).flatMap(toldLane),
    ...(status.Holds ?? []).map(
      (hold) =>
        `  PAUSED: stream ${hold.StreamID} of server ${hold.ServerID}, by ${hold.By === 'Guard' ? 'its guard' : 'the operator'} since ${hold.HeldAt}: ${hold.Reason}`,
    ),
    ...(status.Warnings ?? []).map(
      (warning) => `  warning: stream ${warning.StreamID} of server ${warning.ServerID}: ${warning.Reason}`,
    ),
    ...(status.Domains ?? []).map(
      ({ Domain, MaySend, Reason }) => `  ${MaySend ? 'warning' : 'MAY NOT SEND'}: domain ${Domain}: ${Reason}`,
    ),
  ];
}

function toldLane({ ID, Queued, InFlight, NextDueAt, WaitsBecause, Addresses }: LaneShape): string[] {
  const next = NextDueAt === null ? '' : `, next due ${NextDueAt}`;
  return [
    `  lane ${ID}: ${Queued} messages not finished, ${InFlight} in flight${next}`,
    ...(WaitsBecause === null ? [] : [`    WAITS: ${WaitsBecause}`]),
    ...Addresses.flatMap(({ Address, Note }) =>
      Note === undefined ? [] : [`    ${Address} is shared: ${asClause(Note)}`],
    ),
  ];
}
