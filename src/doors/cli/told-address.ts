// Addresses as the command line tells of them: a table, and what a check found in lines.
import { table } from './table.ts';
import type { AddressView, WarmUpView } from '../../core/manage-addresses.ts';
import type { PoolAddress } from '../../domain/pool.ts';

export function tableOf(views: readonly AddressView[], hostname: string): string[] {
  const rows = views.map(({ address, warmUp }) => [
    String(address.id),
    address.pool,
    `${address.ip}${address.shared ? ' (shared)' : ''}`,
    address.ehlo ?? hostname,
    warmUpOf(warmUp),
    [stateOf(address), ...(address.proof?.reasons ?? [])].join('; '),
  ]);
  return table(['NO', 'POOL', 'ADDRESS', 'EHLO', 'WARM-UP', 'STATE'], rows);
}

function stateOf({ state, proof }: PoolAddress): string {
  if (state === 'leaving') return 'leaving';
  return proof === undefined ? 'not checked yet' : proof.verdict;
}

function warmUpOf(warmUp: WarmUpView | undefined): string {
  if (warmUp === undefined) return '-';
  const { plan, day, days, sent, total, perProvider } = warmUp;
  if (total === Infinity) return `${plan}: done`;
  return `${plan}, day ${day} of ${days}: ${sent} of ${total} today, ${perProvider} a provider`;
}

export function told({ ip, pool, proof }: PoolAddress): string[] {
  if (proof === undefined) return [];
  const names = proof.ptr === undefined ? '' : ` (${proof.ptr})`;
  return [
    `${ip}${names} of pool '${pool}': ${proof.verdict}`,
    ...proof.reasons.map((reason) => `  FAILED ${reason}`),
    ...(proof.notes ?? []).map((note) => `  note   ${note}`),
  ];
}
