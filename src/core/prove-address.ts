// Whether an own address is fit to send from, seen from the inside and by DNS: what receivers look at before they listen.
//
//   bound       this machine has it
//   ptr         it has a name (PTR), and one of its names leads back to it (forward-confirmed)
//   ehlo        the name that it says in EHLO leads to it
//   dnsbl ZONE  the block list does not have it (RFC 5782)
//
// Promises: a check that fails quarantines where it is among those that count, and is a note where not. What cannot be
// found out (DNS in trouble) neither quarantines nor frees: the last verdict stays, with a note. Never rejects for
// anything that DNS says. The machine's own address (`host`) is the system's choice, so that nothing is known of it.
import { familyOf } from '../domain/own-address.ts';
import { HOST_ADDRESS, type AddressProof, type PoolAddress } from '../domain/pool.ts';
import { listedName } from '../mail/dns/reverse.ts';
import type { Resolver } from '../ports/resolver.ts';

export type AddressCheck = 'bound' | 'ptr' | 'ehlo' | 'dnsbl';
export const ADDRESS_CHECKS: readonly AddressCheck[] = ['bound', 'ptr', 'ehlo', 'dnsbl'];

export interface ProofDeps {
  readonly resolver: Pick<Resolver, 'a' | 'aaaa' | 'ptr' | 'txt'>;
  /** Whether this machine has the address. */
  readonly isBound: (ip: string) => Promise<boolean>;
  readonly now: () => number;
  /** The name of the installation: what an address without a name of its own says in EHLO. */
  readonly hostname: string;
  /** Those that quarantine. */
  readonly checks: readonly AddressCheck[];
  /** Block lists that are asked, such as `zen.example.org`. */
  readonly dnsblZones: readonly string[];
}

type ProvenAddress = Pick<PoolAddress, 'ip' | 'ehlo' | 'proof'>;

export async function proveAddress(deps: ProofDeps, address: ProvenAddress): Promise<AddressProof> {
  const checkedAt = deps.now();
  if (address.ip === HOST_ADDRESS) {
    return { checkedAt, verdict: 'fit', reasons: [], failed: [], notes: [NOT_CHECKED], unsure: false, ptr: undefined };
  }
  const ehlo = address.ehlo ?? deps.hostname;
  const [bound, ptr, name, ...lists] = await Promise.all([
    checkBound(deps, address.ip),
    checkPtr(deps, address.ip),
    checkEhlo(deps, address.ip, ehlo),
    ...deps.dnsblZones.map((zone) => checkList(deps, address.ip, zone)),
  ]);
  const found = judge([bound, ptr, name, ...lists], deps.checks, address.proof);
  const differs = ptr.names.length > 0 && !ptr.names.includes(ehlo);
  const notes = differs ? [...found.notes, differingNames(ptr.names, ehlo)] : found.notes;
  return { checkedAt, ...found, notes, ptr: ptr.names[0] ?? keptName(ptr, address.proof) };
}

const NOT_CHECKED = 'not checked: the system chooses the address';

interface Check {
  /** `bound`, `ptr`, `ehlo` or `dnsbl ZONE`. */
  readonly key: string;
  readonly state: 'ok' | 'failed' | 'unknown';
  /** For people; empty where nothing is to be said. */
  readonly text: string;
}

interface Judged {
  readonly verdict: AddressProof['verdict'];
  readonly reasons: readonly string[];
  readonly failed: readonly string[];
  readonly notes: readonly string[];
  readonly unsure: boolean;
}

function judge(checks: readonly Check[], counting: readonly AddressCheck[], last: AddressProof | undefined): Judged {
  const reasons: string[] = [];
  const failed: string[] = [];
  const notes: string[] = [];
  for (const { key, state, text } of checks) {
    const counts = counting.includes(key.split(' ', 1)[0] as AddressCheck);
    const index = last?.failed?.indexOf(key) ?? -1;
    const before = state === 'unknown' && counts ? last?.reasons[index] : undefined;
    const reason = state === 'failed' && counts ? text : before;
    if (reason !== undefined) {
      reasons.push(reason);
      failed.push(key);
    }
    if (text !== '' && reason !== text) notes.push(text);
  }
  const unsure = checks.some(({ state }) => state === 'unknown');
  return { verdict: reasons.length > 0 ? 'quarantined' : 'fit', reasons, failed, notes, unsure };
}

async function checkBound({ isBound }: ProofDeps, ip: string): Promise<Check> {
  if (await isBound(ip)) return ok('bound');
  return { key: 'bound', state: 'failed', text: `this machine does not have ${ip}` };
}

/** `names` begin with one that leads back to the address, where there is one. */
async function checkPtr(deps: ProofDeps, ip: string): Promise<Check & { readonly names: readonly string[] }> {
  const answer = await deps.resolver.ptr(ip);
  if (answer.kind === 'temporary') return { ...unknown('ptr', `what the PTR record of ${ip} is`, answer), names: [] };
  if (answer.kind !== 'found') {
    return { key: 'ptr', state: 'failed', text: `${ip} has no PTR record; who has the address sets it`, names: [] };
  }
  const names = answer.records.slice(0, MAX_NAMES).map(printable);
  const forward = await Promise.all(names.map((name) => leadsTo(deps, name, ip)));
  const confirmed = names.filter((_name, index) => forward[index]?.kind === 'yes');
  if (confirmed.length > 0) return { ...ok('ptr'), names: [...new Set([...confirmed, ...names])] };
  const trouble = forward.find((each) => each.kind === 'temporary');
  if (trouble?.kind === 'temporary') return { ...unknown('ptr', `where ${names[0]} leads`, trouble), names };
  return { key: 'ptr', state: 'failed', text: `${ip} is called ${names[0]} (PTR), ${saidOf(forward[0], ip)}`, names };
}

async function checkEhlo(deps: ProofDeps, ip: string, ehlo: string): Promise<Check> {
  const forward = await leadsTo(deps, ehlo, ip);
  switch (forward.kind) {
    case 'yes':
      return ok('ehlo');
    case 'temporary':
      return unknown('ehlo', `where ${ehlo} leads`, forward);
    case 'no':
      return { key: 'ehlo', state: 'failed', text: `it says ${ehlo} in EHLO, ${saidOf(forward, ip)}` };
  }
}

type Forward =
  | { readonly kind: 'yes' }
  | { readonly kind: 'no'; readonly addresses: readonly string[] }
  | { readonly kind: 'temporary'; readonly reason: string };

async function leadsTo({ resolver }: ProofDeps, name: string, ip: string): Promise<Forward> {
  const answer = await (familyOf(ip) === 4 ? resolver.a(name) : resolver.aaaa(name));
  if (answer.kind === 'temporary') return answer;
  const addresses = answer.kind === 'found' ? answer.records : [];
  return addresses.includes(ip) ? { kind: 'yes' } : { kind: 'no', addresses };
}

function saidOf(forward: Forward | undefined, ip: string): string {
  const type = familyOf(ip) === 4 ? 'A' : 'AAAA';
  if (forward?.kind !== 'no' || forward.addresses.length === 0) return `and that name has no ${type} record`;
  return `and that name leads to ${forward.addresses.slice(0, MAX_NAMES).join(', ')} and not to ${ip}`;
}

/** RFC 5782 2.1: listed where there is an A record in 127.0.0.0/8; the TXT record says why. */
async function checkList({ resolver }: ProofDeps, ip: string, zone: string): Promise<Check> {
  const key = `dnsbl ${zone}`;
  const name = listedName(ip, zone);
  const answer = await resolver.a(name);
  if (answer.kind === 'temporary') return unknown(key, `whether ${zone} lists ${ip}`, answer);
  if (answer.kind !== 'found') return ok(key);
  const listings = answer.records.filter((record) => record.startsWith('127.') && !record.startsWith(REFUSED_PREFIX));
  if (listings.length === 0) return { key, state: 'unknown', text: noListing(zone, answer.records) };
  const said = await resolver.txt(name);
  const why = said.kind === 'found' ? `: ${printable(said.records[0] ?? '')}` : '';
  return { key, state: 'failed', text: `${zone} lists ${ip} (${listings.join(', ')})${why}` };
}

/** The large lists answer so to resolvers that they do not serve: public ones, and those that ask too much. */
const REFUSED_PREFIX = '127.255.255.';

function noListing(zone: string, records: readonly string[]): string {
  const shown = records.slice(0, MAX_NAMES).join(', ');
  if (records.some((record) => record.startsWith(REFUSED_PREFIX)))
    return `${zone} does not answer this resolver (${shown}): ask it over a resolver of your own`;
  return `${zone} answered ${shown}, which is no answer of a block list: is the list gone?`;
}

function ok(key: string): Check {
  return { key, state: 'ok', text: '' };
}

function unknown(key: string, what: string, { reason }: { readonly reason: string }): Check {
  return { key, state: 'unknown', text: `it could not be found out ${what}: ${reason}` };
}

function differingNames(names: readonly string[], ehlo: string): string {
  return `its PTR record says ${names[0]} and its EHLO ${ehlo}; some receivers want one name`;
}

function keptName(ptr: Check, last: AddressProof | undefined): string | undefined {
  return ptr.state === 'unknown' ? last?.ptr : undefined;
}

const MAX_NAMES = 5;
const MAX_TEXT = 200;

function printable(text: string): string {
  return text.slice(0, MAX_TEXT).replaceAll(/[^\x20-\x7e]/g, '?');
}
