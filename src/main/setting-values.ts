// How the texts of settings are read: each reader gives a value, or says in words what the text must be.
import { isIP } from 'node:net';
import { domainToAscii } from '../mail/idna.ts';

/** A value or, in words, what is wrong with the text: `… must be <problem>`. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export function text(value: string): Parsed<string> {
  return value.trim() === '' ? { problem: 'a text' } : { value: value.trim() };
}

export function optional<T>(parse: (value: string) => Parsed<T>): (value: string) => Parsed<T | undefined> {
  return (value) => (value.trim() === '' ? { value: undefined } : parse(value));
}

export function endpoint(value: string): Parsed<Endpoint> {
  const match = /^\[([0-9a-f:.]+)\]:(\d{1,5})$|^([0-9.]+|localhost):(\d{1,5})$/i.exec(value.trim());
  const host = match?.[1] ?? match?.[3]?.replace(/^localhost$/i, '127.0.0.1');
  const port = Number(match?.[2] ?? match?.[4]);
  if (host === undefined || isIP(host) === 0 || port > 65535)
    return { problem: 'an address and a port, such as 127.0.0.1:2525 or [::1]:2525' };
  return { value: { host, port } };
}

export function list<T>(parse: (value: string) => Parsed<T>, least: number): (value: string) => Parsed<readonly T[]> {
  return (value) => {
    const items: T[] = [];
    for (const piece of value.split(/[\s,]+/).filter((part) => part !== '')) {
      const parsed = parse(piece);
      if ('problem' in parsed) return { problem: `a list, separated by commas, of ${parsed.problem}` };
      items.push(parsed.value);
    }
    return items.length < least ? { problem: `a list with ${least} entry at least` } : { value: items };
  };
}

export function integer(least: number, most: number): (value: string) => Parsed<number> {
  return (value) => {
    const number = Number(value.trim().replace(/_/g, ''));
    const fine = /^[\d_]+$/.test(value.trim()) && number >= least && number <= most;
    return fine ? { value: number } : { problem: `a whole number from ${least} to ${most}` };
  };
}

export function boolean(value: string): Parsed<boolean> {
  const lower = value.trim().toLowerCase();
  return lower === 'true' || lower === 'false' ? { value: lower === 'true' } : { problem: 'true or false' };
}

export function oneOf<const T extends string>(names: readonly T[]): (value: string) => Parsed<T> {
  return (value) => {
    const found = names.find((name) => name === value.trim().toLowerCase());
    return found === undefined ? { problem: `one of ${names.join(', ')}` } : { value: found };
  };
}

export function hostName(value: string): Parsed<string> {
  const ascii = domainToAscii(value.trim());
  return ascii === undefined ? { problem: 'a host name with a dot, such as mail.example.com' } : { value: ascii };
}

export function network(value: string): Parsed<string> {
  const [address = '', bits] = value.split('/');
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const fine = family !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
  return fine ? { value: `${address}/${bits ?? most}` } : { problem: 'networks such as 10.0.0.0/8 or fd00::/8' };
}

export function token(value: string): Parsed<string> {
  const lower = value.trim().toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(lower) ? { value: lower } : { problem: 'a UUID' };
}

export function masterKey(value: string): Parsed<Uint8Array> {
  return /^[0-9a-f]{64}$/i.test(value.trim())
    ? { value: Buffer.from(value.trim(), 'hex') }
    : { problem: '64 hex digits (32 bytes)' };
}
