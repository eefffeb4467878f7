// Return paths that name a message and a recipient, and cannot be forged.
export type ReturnPathKey = Uint8Array;

export interface ReturnPathId {
  /** Lower-case UUID of the message. */
  readonly uuid: string;
  /** Index of the recipient; undefined where one transaction carried several. */
  readonly recipient: number | undefined;
}

export function encodeReturnPath(_id: ReturnPathId, _key: ReturnPathKey): string {
  throw new Error('not written yet');
}

export function decodeReturnPath(_localPart: string, _key: ReturnPathKey): ReturnPathId | undefined {
  throw new Error('not written yet');
}
