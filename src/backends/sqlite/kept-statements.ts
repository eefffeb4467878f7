// Statements of a connection, prepared once and kept for the next time that the same text is asked for.
import type { Connection, Statement } from './database.ts';

export interface KeptStatements {
  prepared(sql: string): Statement;
  /** Gives the first column alone. */
  plucked(sql: string): Statement;
}

export function keepStatements(db: Connection): KeptStatements {
  const prepare = (sql: string): Statement => db.prepare(sql);
  return { prepared: keeping(prepare), plucked: keeping((sql) => prepare(sql).pluck()) };
}

function keeping(make: (sql: string) => Statement): (sql: string) => Statement {
  const kept = new Map<string, Statement>();
  return (sql) => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    if (kept.size >= KEPT_STATEMENTS) kept.clear();
    const made = make(sql);
    kept.set(sql, made);
    return made;
  };
}

/** Far more than the searches have forms. */
const KEPT_STATEMENTS = 200;
