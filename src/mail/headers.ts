// Header fields (RFC 5322 2.2).
import type { NamedAddress } from './address.ts';

export interface HeaderField {
  readonly name: string;
  /** Unfolded and trimmed; UTF-8 where the bytes are valid UTF-8, else latin1. Encoded words are not decoded. */
  readonly value: string;
  /** The octets of the field as latin1, CRLF included. */
  readonly raw: string;
}

export interface SplitMessage {
  readonly fields: readonly HeaderField[];
  /** Offset of the first octet of the body; the length of the message when it has none. */
  readonly bodyOffset: number;
}

export interface SplitLimits {
  readonly maxHeaderBytes?: number;
  readonly maxFields?: number;
}

export function splitMessage(_raw: Uint8Array, _limits?: SplitLimits): SplitMessage | { readonly error: string } {
  throw new Error('not written yet');
}

export function isFieldName(_name: string): boolean {
  throw new Error('not written yet');
}

export function formatField(_name: string, _value: string): string | undefined {
  throw new Error('not written yet');
}

export function formatAddressField(_name: string, _mailboxes: readonly NamedAddress[]): string {
  throw new Error('not written yet');
}

export function formatDate(_ms: number): string {
  throw new Error('not written yet');
}
