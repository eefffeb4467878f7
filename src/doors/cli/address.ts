// `bulkhead address`: list, add, remove, check and warm up the addresses of pools.
import { UsageError, action, commandOf, type CliHost, type ControlAccess, type ExitCode } from './command.ts';
import { fail } from './pool.ts';
import { told, tableOf } from './told-address.ts';
import {
  addAddress,
  checkAddress,
  findAddress,
  listAddresses,
  removeAddress,
  setWarmUp,
  viewOf,
  type AddressRef,
  type WantedWarmUp,
} from '../../core/manage-addresses.ts';
import type { PoolAddress } from '../../domain/pool.ts';
import type { LaneId } from '../../lib/ids.ts';
import { WARM_UP_PLANS } from '../../domain/warm-up.ts';

const POOL = { pool: { type: 'string' } } as const;
const DAY = { day: { type: 'string' } } as const;

export const addressCommand = commandOf(
  {
    name: 'address',
    summary: 'list, add, remove, check or warm up the addresses of pools',
    help: [
      'usage: bulkhead address list [--pool <pool>] [--json]',
      '       bulkhead address add <ip> --pool <pool> [--ehlo <host name>] [--shared] [--warm-up <plan> [--day <n>]]',
      '       bulkhead address remove <ip or number> [--pool <pool>]',
      '       bulkhead address check [<ip or number>] [--pool <pool>]      all (of the pool) without an address',
      '       bulkhead address warm-up <ip or number> <plan>|off [--day <n>] [--pool <pool>]',
      '',
      'An address is of this machine (IPv4 or IPv6) and in one pool. --shared says that several pools have it, which all of',
      "them must say: queues are isolated then, reputation is not. 'host' stands for whichever address the system chooses; the",
      'first address of its own takes it out of a pool. An address is checked when it is added, and each hour: it is of this',
      'machine, has a PTR record that leads back to it, its EHLO name leads to it, no block list has it. One that fails is',
      'quarantined: the other addresses of its pool send for it, and without any the mail of the pool waits.',
      '',
      'An address that is to warm up is best added with its plan: with `address warm-up` afterwards, what leaves in the',
      'moments between is not counted.',
      '',
      'Warm-up plans:',
      ...WARM_UP_PLANS.map(({ name, about }) => `  ${name.padEnd(8)}  ${about}`),
      '',
      'Exit codes: 0 done; 1 refused, an address that is not fit, or one that the running server has not let go of yet.',
    ].join('\n'),
  },
  {
    list: action({ options: { ...POOL, json: { type: 'boolean' } } }, ({ control, host, values }) =>
      list(control, host, values),
    ),
    add: action(
      {
        words: 1,
        options: {
          ...POOL,
          ...DAY,
          ehlo: { type: 'string' },
          shared: { type: 'boolean' },
          'warm-up': { type: 'string' },
        },
      },
      ({ control, host, words, values }) =>
        add(control, host, { ip: words[0], ...values, warmUp: warmUpOf(values['warm-up'], values.day) }),
    ),
    remove: action({ words: 1, options: POOL }, ({ control, host, words, values }) =>
      remove(control, host, reference(words[0], values.pool)),
    ),
    check: action({ words: 1, options: POOL }, ({ control, host, words, values }) =>
      check(control, host, { which: words[0], pool: values.pool }),
    ),
    'warm-up': action({ words: 2, options: { ...POOL, ...DAY } }, ({ control, host, words, values }) =>
      warmUp(control, host, reference(words[0], values.pool), { plan: words[1], day: values.day }),
    ),
  },
);

/** A whole number is the address's own; anything else is the address itself. */
function reference(which: string | undefined, pool: string | undefined): AddressRef {
  if (which === undefined) throw new UsageError('an address, or its number from `address list`, is needed');
  return { ...(/^\d+$/.test(which) ? { id: Number(which) } : { ip: which }), pool };
}

interface Listing {
  readonly pool?: string | undefined;
  readonly json?: boolean | undefined;
}

async function list(control: ControlAccess, host: CliHost, { pool, json }: Listing): Promise<ExitCode> {
  const views = await listAddresses(control, pool);
  if (json === true)
    host.out(
      JSON.stringify(
        views.map(({ address, warmUp }) => ({ ...address, warmUp })),
        null,
        2,
      ),
    );
  else for (const line of tableOf(views, host.hostname)) host.out(line);
  return 0;
}

interface Adding {
  readonly ip: string | undefined;
  readonly pool?: string | undefined;
  readonly ehlo?: string | undefined;
  readonly shared?: boolean | undefined;
  readonly warmUp: WantedWarmUp | undefined;
}

async function add(control: ControlAccess, host: CliHost, wanted: Adding): Promise<ExitCode> {
  const { ip, pool, ehlo, shared = false, warmUp } = wanted;
  if (ip === undefined || pool === undefined) throw new UsageError("'add' needs an address and --pool");
  const done = await addAddress(control, { ip, pool, ehlo, shared, warmUp });
  if (done.kind === 'refused') return fail(host, done);
  const { address, replacedHost, remarks } = done;
  host.out(`${address.ip} is in the pool '${address.pool}'${address.shared ? ', shared' : ''}`);
  if (replacedHost !== undefined) {
    host.out(
      `the machine's own address ('host') has left the pool for it: nothing of '${pool}' leaves from elsewhere now`,
    );
    await dropIfIdle(control, replacedHost.pool);
  }
  for (const remark of remarks) host.err(`note: ${remark}`);
  return sayProof(host, address);
}

function sayProof(host: CliHost, address: PoolAddress): ExitCode {
  for (const line of told(address)) host.out(line);
  return address.proof?.verdict === 'quarantined' ? 1 : 0;
}

interface Checking {
  /** All without it. */
  readonly which: string | undefined;
  readonly pool: string | undefined;
}

async function check(control: ControlAccess, host: CliHost, { which, pool }: Checking): Promise<ExitCode> {
  const refs = which === undefined ? await numbersIn(control, pool) : [reference(which, pool)];
  if (refs.length === 0) {
    host.err(`there is no address${pool === undefined ? '' : ` in the pool '${pool}'`}`);
    return 1;
  }
  let code: ExitCode = 0;
  for (const each of refs) {
    const found = await checkAddress(control, each);
    if (found.kind === 'refused') return fail(host, found);
    if (sayProof(host, found.address) !== 0) code = 1;
  }
  return code;
}

async function numbersIn({ store }: ControlAccess, pool: string | undefined): Promise<readonly AddressRef[]> {
  const addresses = await store.pools.addresses();
  return addresses.filter((each) => pool === undefined || each.pool === pool).map(({ id }) => ({ id }));
}

async function remove(control: ControlAccess, host: CliHost, ref: AddressRef): Promise<ExitCode> {
  const done = await removeAddress(control, ref);
  if (done.kind === 'refused') return fail(host, done);
  const { address, remarks } = done;
  for (const remark of remarks) host.err(`note: pool '${address.pool}': ${remark}`);
  if ((await dropIfIdle(control, address.pool)) || (await isGone(control, address.id))) {
    host.out(`${address.ip} is out of the pool '${address.pool}': nothing leaves through it any more`);
    return 0;
  }
  host.err(
    `nothing new leaves through ${address.ip}, but attempts under way still use it; run the command again to see`,
  );
  return 1;
}

/** Where no server runs, nobody has to let go of what is leaving: it is gone at once. */
function dropIfIdle({ store, whileIdle }: ControlAccess, pool: LaneId): Promise<boolean> {
  return whileIdle(pool, async () => {
    const leaving = (await store.pools.addresses()).filter((each) => each.pool === pool && each.state === 'leaving');
    for (const { id } of leaving) await store.pools.dropAddress(id);
  });
}

/** Waits for the running server's lane to let go of it. */
async function isGone({ store, clock }: ControlAccess, id: number): Promise<boolean> {
  const until = clock.now() + LET_GO_MS;
  while (clock.now() < until) {
    if (!(await store.pools.addresses()).some((address) => address.id === id)) return true;
    await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  }
  return false;
}

const LET_GO_MS = 30_000;
const LOOK_EVERY_MS = 50;

interface WarmingUp {
  readonly plan: string | undefined;
  readonly day: string | undefined;
}

async function warmUp(control: ControlAccess, host: CliHost, ref: AddressRef, wanted: WarmingUp): Promise<ExitCode> {
  const { plan, day } = wanted;
  const warmUp = warmUpOf(plan === 'off' ? undefined : plan, day);
  if (plan === undefined) {
    const found = await findAddress(control, ref);
    if (found.kind === 'refused') return fail(host, found);
    for (const line of tableOf([viewOf(control, found.address)], host.hostname)) host.out(line);
    return 0;
  }
  const done = await setWarmUp(control, ref, warmUp);
  if ('kind' in done) return fail(host, done);
  if (done.warmUp === undefined) host.out(`${done.address.ip} sends without bounds`);
  else for (const line of tableOf([done], host.hostname)) host.out(line);
  return 0;
}

function warmUpOf(plan: string | undefined, day: string | undefined): WantedWarmUp | undefined {
  if (day !== undefined && plan === undefined) throw new UsageError('--day needs a plan');
  if (day !== undefined && !/^\d{1,4}$/.test(day)) throw new UsageError('--day must be a whole number');
  return plan === undefined ? undefined : { plan, day: day === undefined ? undefined : Number(day) };
}
