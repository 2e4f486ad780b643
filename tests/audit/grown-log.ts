import type { ExportedEntry } from '../../api/cli/audit/verifier/exported-entry.ts';
import type { TestDatabase } from '../support/database.ts';
import { tamper } from './open-log.ts';

/** As years would make it: the rows' times, which no hash covers, lie back. The entries' own stay, so columns differ. */
export async function age(database: TestDatabase, below: number, days: number): Promise<void> {
  await tamper(database, 'update audit_log set at = at - make_interval(days => $2) where idx < $1', [
    below,
    days,
  ]);
}

/** And back again, so that nothing but what is under test differs. */
export async function rejuvenate(database: TestDatabase, below: number, days: number): Promise<void> {
  await age(database, below, -days);
}

export async function exportedRows(database: TestDatabase): Promise<ExportedEntry[]> {
  const { rows } = await database.owner.query<{ idx: number; leaf: string; raw: string | null }>(
    `select idx, encode(leaf, 'hex') as leaf, convert_from(entry, 'UTF8') as raw from audit_log
     where idx < (select max(size) from audit_checkpoint) order by idx`,
  );
  return rows.map((row) => ({ ...row, idx: Number(row.idx) }));
}

export async function exportedNotes(database: TestDatabase): Promise<string[]> {
  const { rows } = await database.owner.query<{ note: string }>(
    'select note from audit_checkpoint order by size',
  );
  return rows.map(({ note }) => note);
}
