// What is known of an opening or a click: which program showed the message, on what, and where (contract management 7.5).
//
// Texts that are not known are empty, never absent: official clients read the four objects without asking.

/** A program or a system, as lists of user agents name it. */
export interface Agent {
  readonly name: string;
  readonly company: string;
  readonly family: string;
}

export const PLATFORMS = ['WebMail', 'Desktop', 'Mobile', 'Unknown'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface GeoPlace {
  readonly countryIsoCode: string;
  readonly country: string;
  readonly regionIsoCode: string;
  readonly region: string;
  readonly city: string;
  readonly zip: string;
  /** `lat,long` in degrees. */
  readonly coords: string;
  readonly ip: string;
}

export interface Reader {
  readonly userAgent: string;
  readonly client: Agent;
  readonly os: Agent;
  readonly platform: Platform;
  readonly geo: GeoPlace;
}

export type ClickLocation = 'HTML' | 'Text';

/** For the history of a message: `Apple Mail on OS X 10.15`. */
export function readerInWords({ client, os, platform }: Reader): string {
  const program = client.name || client.family || 'An unknown program';
  const system = os.name || os.family;
  if (system !== '') return `${program} on ${system}`;
  return platform === 'Unknown' ? program : `${program} (${platform})`;
}
