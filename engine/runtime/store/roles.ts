import type { Database } from './database.ts';
import { sqlState } from './sql-state.ts';
import { StartError } from './start-error.ts';

/*
 * The login owns the tables and migrates. Everything else takes one of two roles that own nothing:
 * the application cannot write the audit log, the sequencer cannot write anything but it.
 * Roles belong to the whole server, so several databases share them.
 */
const roles = ['riposte_app', 'riposte_sequencer'] as const;

interface RoleState {
  name: string;
  superuser: boolean;
  /** Whether the login may take the role. From PostgreSQL 16 on membership alone is not enough. */
  usable: boolean;
}

const stateText = `
select rolname as name, rolsuper as superuser,
  case when current_setting('server_version_num')::int >= 160000
    then pg_has_role(current_user, oid, 'set') else pg_has_role(current_user, oid, 'member') end as usable
from pg_roles where rolname = any($1)`;

/** Creates what is missing and lets the login take both roles. Safe when several start at once. Throws `StartError`. */
export async function ensureRoles(database: Database): Promise<void> {
  for (const role of roles) {
    let state = await stateOf(database, role);
    if (state === undefined) {
      // 42710, 23505: somebody else created it since we looked.
      await attempt(database, `create role ${role} nologin`, ['42710', '23505']);
      state = await stateOf(database, role);
    }
    if (state?.superuser === true) {
      throw new StartError(
        'start/bad-config',
        `Role ${role} is a superuser, so the audit log would not be protected from it. Write: alter role ${role} nosuperuser;`,
      );
    }
    // XX000: "tuple concurrently updated", another start grants at the same moment. 23505: it has just done so.
    if (state?.usable !== true) await attempt(database, `grant ${role} to current_user`, ['XX000', '23505']);
    if ((await stateOf(database, role))?.usable !== true) throw await lacksRights(database);
  }
}

const lackingText = `
select r as role from unnest($1::text[]) as r where not has_schema_privilege(r, 'riposte', 'usage') order by r`;

/**
 * The migrations give rights as they run. A dump that is put back where the roles do not exist, or that was made
 * without rights, has the tables and the ledger and none of them, and every statement would say that its table is
 * missing. Throws `StartError`.
 */
export async function expectRights(database: Database): Promise<void> {
  const { rows } = await database.query<{ role: string }>(lackingText, [roles]);
  if (rows.length === 0) return;
  throw new StartError(
    'start/bad-config',
    `The tables of Riposte are in this database, but ${rows.map(({ role }) => role).join(' and ')} may not use them: a backup was put back before the roles existed, or was made without rights (pg_dump -x). The roles exist now: put the backup back once more, into an empty database, and read what pg_restore says.`,
  );
}

async function stateOf(database: Database, role: string): Promise<RoleState | undefined> {
  return (await database.query<RoleState>(stateText, [[role]])).rows[0];
}

async function attempt(database: Database, text: string, harmless: string[]): Promise<void> {
  try {
    await database.query(text);
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (state === '42501') throw await lacksRights(database, error);
    if (!harmless.includes(state)) throw error;
  }
}

async function lacksRights(database: Database, cause?: unknown): Promise<StartError> {
  const { rows } = await database.query<{ login: string }>('select quote_ident(current_user) as login');
  const login = rows[0]?.login ?? 'the login';
  return new StartError(
    'start/bad-config',
    [
      `The login ${login} may not create or use the roles of Riposte. As an administrator of the server, run once:`,
      ...roles.map((role) => `  create role ${role} nologin;  -- if it does not exist yet`),
      `  grant ${roles.join(', ')} to ${login};`,
    ].join('\n'),
    { cause },
  );
}
