import { checkServer } from './check-server.ts';
import { type Database, openDatabase } from './database.ts';
import { type Migration, readMigrations } from './read-migrations.ts';
import { ensureRoles, expectRights } from './roles.ts';
import type { Tx } from './sql.ts';
import { sqlState } from './sql-state.ts';
import { StartError } from './start-error.ts';

// Any constant; advisory locks are per database. The letters RIPO.
const lockKey = 0x5249504f;

const ledgerText = `
create table riposte.migrations (
  number int primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp()
)`;

/**
 * Brings a database to this version's schema: checks the server, creates roles and schema, applies the
 * numbered files of `dir` that its ledger lacks, each in one transaction. Any number may run at once.
 * Throws `StartError`, with `start/data-newer` when the database knows a migration that `dir` does not.
 */
export async function migrate(target: string | Database, dir: string): Promise<{ applied: string[] }> {
  if (typeof target !== 'string') return await bringUp(target, dir);
  const database = openDatabase(target, { role: 'owner', max: 1, applicationName: 'riposte migrate' });
  try {
    return await bringUp(database, dir);
  } finally {
    await database.close();
  }
}

async function bringUp(database: Database, dir: string): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(dir);
  await checkServer(database);
  await ensureRoles(database);
  const applied: string[] = [];
  for (;;) {
    const name = await database.transaction((tx) => applyNext(tx, migrations));
    if (name === null) break;
    applied.push(name);
  }
  await expectRights(database);
  return { applied };
}

/** The ledger is read again under the lock each time, because another migrator may have gone ahead. */
async function applyNext(tx: Tx, migrations: Migration[]): Promise<string | null> {
  await tx.query('select pg_advisory_xact_lock($1)', [lockKey]);
  await createLedger(tx);
  const { rows } = await tx.query<Omit<Migration, 'text'>>(
    'select number, name, sha256 from riposte.migrations order by number',
  );
  refuseOtherHistory(rows, migrations);
  const next = migrations[rows.length];
  if (next === undefined) return null;
  // The row first: whoever comes second fails on it before it has changed anything.
  await tx.query('insert into riposte.migrations (number, name, sha256) values ($1, $2, $3)', [
    next.number,
    next.name,
    next.sha256,
  ]);
  await tx.query(next.text);
  return next.name;
}

/** `stranger` owns the ledger, if the login is neither that role nor in it. */
const whatIsThere = `
select to_regnamespace('riposte') is not null as schema, to_regclass('riposte.migrations') is not null as ledger,
  (select pg_get_userbyid(relowner) from pg_class
    where oid = to_regclass('riposte.migrations') and not pg_has_role(current_user, relowner, 'usage')) as stranger,
  current_user as login`;

async function createLedger(tx: Tx): Promise<void> {
  const { rows } = await tx.query<{
    schema: boolean;
    ledger: boolean;
    stranger: string | null;
    login: string;
  }>(whatIsThere);
  const { stranger, login } = rows[0] ?? { stranger: null };
  if (stranger !== null) {
    throw new StartError(
      'start/bad-config',
      `The tables of Riposte belong to ${stranger}, and the login ${login} may do nothing with them: a backup was put back by another login, without its owners (pg_restore -O). Put it back as ${login}, or with its owners, into an empty database.`,
    );
  }
  try {
    // Asked first, because "if not exists" wants the right to create even where nothing is to be created.
    if (rows[0]?.schema === false) await tx.query('create schema riposte');
    if (rows[0]?.ledger === false) await tx.query(ledgerText);
  } catch (error) {
    if (sqlState(error) !== '42501') throw error;
    throw new StartError(
      'start/bad-config',
      'The login may not create the schema "riposte" or tables in it. As the owner of the database, run: create schema riposte authorization <login>;',
      { cause: error },
    );
  }
}

function refuseOtherHistory(applied: Omit<Migration, 'text'>[], known: Migration[]): void {
  for (const [index, row] of applied.entries()) {
    const ours = known[index];
    if (ours === undefined) {
      throw new StartError(
        'start/data-newer',
        `The database has ${row.name}, which this version does not know: its last is ${known.at(-1)?.name ?? 'none'}. Start the version that wrote it, or restore an older backup.`,
      );
    }
    if (row.number !== ours.number || row.sha256 !== ours.sha256) {
      throw new StartError(
        'start/data-newer',
        `The database was built with another text of ${row.name} than this version has. Start the version that wrote it.`,
      );
    }
  }
}
