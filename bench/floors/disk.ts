// Disk floors, on the file system that the peers use: one 4 KB append with fdatasync at a time, and 4 KB rows into SQLite
// (WAL, synchronous=FULL) in groups of 64 a commit, the shape in which a queue can be durable at all.
import { Buffer } from 'node:buffer';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { rateOf, type Rate } from './rate.ts';

const ROW_BYTES = 4096;
const GROUP = 64;

export function fsyncRate(folder: string, milliseconds: number): Rate {
  const file = openSync(join(folder, 'fsync'), 'a');
  const block = Buffer.alloc(ROW_BYTES, 'x');
  try {
    return rateOf(milliseconds, 1, () => {
      writeSync(file, block);
      fdatasyncSync(file);
    });
  } finally {
    closeSync(file);
  }
}

export function sqliteGroupRate(folder: string, milliseconds: number): Rate {
  const database = new Database(join(folder, 'group.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('create table row (id integer primary key, body blob not null) strict');
  const insert = database.prepare('insert into row (body) values (?)');
  const body = Buffer.alloc(ROW_BYTES, 'x');
  const group = database.transaction(() => {
    for (let row = 0; row < GROUP; row += 1) insert.run(body);
  });
  try {
    return rateOf(milliseconds, GROUP, () => group());
  } finally {
    database.close();
  }
}
