// Mail for the operator as files in a folder, one a message, the newest ones: `<time>-<number>.eml`, readable by the owner only.
//
// Promises: those of the port. Bounded in files, in all bytes and in bytes of one message, so that nobody fills a disk by writing to
// postmaster. The trace fields are those of RFC 5321 section 4.4.
import { mkdir, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanName } from '../../mail/addr-spec.ts';
import { formatDate } from '../../mail/headers.ts';
import type { OperatorMail, OperatorMailbox } from '../../ports/operator-mail.ts';

export interface OperatorMailboxOptions {
  readonly folder: string;
  /** Our name in the Received field. */
  readonly hostname: string;
  readonly maxFiles?: number;
  readonly maxBytes?: number;
  /** Of one message; the rest of it is cut off. */
  readonly maxMessageBytes?: number;
}

const MIB = 1024 * 1024;
const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

export function createOperatorMailbox(options: OperatorMailboxOptions): OperatorMailbox {
  const { folder, hostname, maxFiles = 200, maxBytes = 50 * MIB, maxMessageBytes = MIB } = options;
  let last = Promise.resolve('');
  let count = 0;

  async function write(mail: OperatorMail): Promise<string> {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const body = Buffer.from(mail.raw.buffer, mail.raw.byteOffset, Math.min(mail.raw.length, maxMessageBytes));
    const content = Buffer.concat([Buffer.from(traceFields(mail, hostname)), body]);
    await makeRoom(folder, { files: maxFiles - 1, bytes: maxBytes - content.length });
    count += 1;
    const name = `${new Date(mail.at).toISOString().replaceAll(':', '')}-${process.pid}-${count}.eml`;
    await writeFile(join(folder, name), content, { mode: OWNER_ONLY, flush: true });
    return name;
  }

  return {
    // One at a time, so that the bounds are those of the folder.
    keep(mail) {
      last = last.catch(() => '').then(() => write(mail));
      return last;
    },
  };
}

function traceFields({ mailFrom, recipient, client, heloName, at }: OperatorMail, hostname: string): string {
  const from = cleanName(`${heloName} ([${client}])`);
  return [
    `Return-Path: <${cleanName(mailFrom)}>\r\n`,
    `Received: from ${from}\r\n\tby ${hostname} with ESMTP for <${cleanName(recipient)}>;\r\n\t${formatDate(at)}\r\n`,
  ].join('');
}

async function makeRoom(folder: string, room: { readonly files: number; readonly bytes: number }): Promise<void> {
  // Names begin with the time: the order of names is that of arrival.
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .reverse();
  let bytes = 0;
  let files = 0;
  for (const name of names) {
    bytes += (await stat(join(folder, name))).size;
    files += 1;
    if (files > room.files || bytes > room.bytes) await unlink(join(folder, name));
  }
}
