// Where mail for the people who run the installation goes: to postmaster and abuse, from anybody (RFC 5321 section 4.5.1).
//
// Promises: what `keep` resolved for is on disk; room is bounded, and the oldest goes first.

export interface OperatorMail {
  readonly recipient: string;
  /** Empty for the null path. */
  readonly mailFrom: string;
  /** IP address of the client. */
  readonly client: string;
  readonly heloName: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly raw: Uint8Array;
}

export interface OperatorMailbox {
  /** The name under which a person finds it. */
  keep(mail: OperatorMail): Promise<string>;
}
