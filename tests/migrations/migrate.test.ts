import { appendFile, copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeEntries } from '../../engine/runtime/record-audit.ts';
import { migrate } from '../../engine/runtime/store/migrate.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { draft } from '../audit/draft-entry.ts';
import { postgresServer, useDatabase } from '../support/database.ts';
import { migrationsDir, withClient } from '../support/services.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const shipped = (await readdir(migrationsDir)).sort().map((file) => file.replace('.sql', ''));

async function refusal(work: Promise<unknown>): Promise<StartError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof StartError) return error;
  throw new Error('it was not refused', { cause: error });
}

/** A folder with the shipped migrations and, after them, these. */
async function folderWith(...texts: string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of shipped) await copyFile(join(migrationsDir, `${name}.sql`), join(folder, `${name}.sql`));
  for (const [index, text] of texts.entries()) {
    await writeFile(join(folder, `${nextName(index)}.sql`), text);
  }
  return folder;
}

function nextName(index: number): string {
  return `${String(shipped.length + index + 1).padStart(4, '0')}-more`;
}

describe('migrating', () => {
  it('builds the whole schema in an empty database and writes down what it did', async () => {
    const { url, owner } = await useDatabase({ migrated: false });
    expect(await migrate(url, migrationsDir)).toEqual({ applied: shipped });
    const { rows } = await owner.query<{ number: number; name: string }>(
      'select number, name from migrations',
    );
    expect(rows.map((row) => row.name)).toEqual(shipped);
    const tables = await owner.query(
      `select 1 from pg_tables where schemaname = 'riposte' and tablename = 'audit_log'`,
    );
    expect(tables.rowCount).toBe(1);
  });

  it('keeps entries that waited for their index before there were packs, in their order', async () => {
    const { url, owner } = await useDatabase({ migrated: false });
    const before = await temporaryFolder();
    for (const name of shipped.filter((each) => each < '0020'))
      await copyFile(join(migrationsDir, `${name}.sql`), join(before, `${name}.sql`));
    await migrate(url, before);
    const waiting = [
      {
        id: 'ent_2',
        entry: Buffer.from('{"n":2}'),
        leaf: Buffer.alloc(32, 2),
        at: new Date(Date.UTC(2026, 0, 1)),
      },
      {
        id: 'ent_1',
        entry: Buffer.from([0xff]),
        leaf: Buffer.alloc(32, 1),
        at: new Date(Date.UTC(2026, 0, 2)),
      },
    ];
    for (const { id, entry, leaf, at } of waiting)
      await owner.query(
        `insert into audit_pending (tenant_id, id, entry, leaf, enqueued_at) values ('default', $1, $2, $3, $4)`,
        [id, entry, leaf, at],
      );
    await migrate(url, migrationsDir);
    const { rows } = await owner.query(
      'select id, entry, leaf, enqueued_at as at from audit_pending order by enqueued_at, id',
    );
    expect(rows).toEqual(waiting);
  });

  it('gives each entry what did not fit into it, sealed or waiting, also where two shared it', async () => {
    const { url, owner } = await useDatabase({ migrated: false });
    const before = await temporaryFolder();
    for (const name of shipped.filter((each) => each < '0035'))
      await copyFile(join(migrationsDir, `${name}.sql`), join(before, `${name}.sql`));
    await migrate(url, before);
    const data = { keys: Array.from({ length: 3_000 }, (_, n) => `key ${n}`) };
    const [one, two, small] = encodeEntries(
      defaultTenant,
      Date.UTC(2026, 0, 1),
      [draft({ data, reason: 'Grüße' }), draft({ data }), draft({ data: { n: 1 } })],
      mintId,
    );
    if (one?.blob == null || two === undefined || small === undefined) throw new Error('it fits');
    const { sha256, bytes, mediaType } = one.blob;
    await owner.query(
      "insert into audit_blob (tenant_id, sha256, bytes, media_type) values ('default', $1, $2, $3)",
      [sha256, bytes, mediaType],
    );
    for (const [idx, entry] of [Buffer.from([0xff]), one.bytes, small.bytes].entries())
      await owner.query(
        `insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at)
         values ('default', '1', $1, $2, $3, $4, 'run.started', now())`,
        [idx, entry, Buffer.alloc(32, idx), ['ent_odd', one.id, small.id][idx]],
      );
    await owner.query(
      `insert into audit_pending (tenant_id, id, entry, leaf) values ('default', $1, $2, $3)`,
      [two.id, two.bytes, two.leaf],
    );
    await migrate(url, migrationsDir);
    const { rows } = await owner.query<{ id: string }>(
      'select entry_id as id, sha256, bytes from audit_beside',
    );
    const kept = [one.id, two.id].map((id) => ({ id, sha256, bytes: Buffer.from(bytes) }));
    expect(rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      kept.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });

  it('gives playbooks that were published before the title and mode of their current version', async () => {
    const { url, owner } = await useDatabase({ migrated: false });
    const before = await temporaryFolder();
    for (const name of shipped.filter((each) => each < '0021'))
      await copyFile(join(migrationsDir, `${name}.sql`), join(before, `${name}.sql`));
    await migrate(url, before);
    await owner.query(
      `insert into playbook_versions (tenant_id, playbook_id, version, semver, title, source, source_sha256, plan, digest,
         compiler_version, published_by)
       select 'default', 'isolate', n, '1.0.' || n, 'Isolate ' || n, 'x', 'x',
         json_build_object('mode', case n when 1 then 'ask' else 'enforce' end), 'x' || n, 1, 'system' from generate_series(1, 3) n`,
    );
    await owner.query(
      `insert into playbooks (tenant_id, id, current_version, listens_since) values ('default', 'isolate', 2, '2026-01-01')`,
    );
    await migrate(url, migrationsDir);
    const { rows } = await owner.query('select id, title, mode, listens_since from playbooks');
    expect(rows).toEqual([
      { id: 'isolate', title: 'Isolate 2', mode: 'enforce', listens_since: new Date('2026-01-01T00:00:00Z') },
    ]);
  });

  it('does nothing the second time', async () => {
    const { owner } = await useDatabase();
    expect(await migrate(owner, migrationsDir)).toEqual({ applied: [] });
  });

  it('applies each file once when several processes start at the same moment', async () => {
    const { url, owner } = await useDatabase({ migrated: false });
    const results = await Promise.all(Array.from({ length: 4 }, () => migrate(url, migrationsDir)));
    expect(results.flatMap((each) => each.applied).sort()).toEqual(shipped);
    expect((await owner.query('select 1 from migrations')).rowCount).toBe(shipped.length);
  });

  it('goes on from where the database is', async () => {
    const { owner } = await useDatabase();
    const folder = await folderWith('create table more (id int)');
    expect(await migrate(owner, folder)).toEqual({ applied: [nextName(0)] });
    expect((await owner.query('select * from more')).rows).toEqual([]);
  });

  it('leaves nothing of a file that fails, and keeps those before it', async () => {
    const { owner } = await useDatabase();
    const folder = await folderWith(
      'create table first (id int)',
      'create table second (id int); select 1 / 0',
    );
    await expect(migrate(owner, folder)).rejects.toMatchObject({ code: '22012' });
    const { rows } = await owner.query(
      `select to_regclass('first') is not null as first, to_regclass('second') is not null as second`,
    );
    expect(rows).toEqual([{ first: true, second: false }]);
    expect((await owner.query('select 1 from migrations')).rowCount).toBe(shipped.length + 1);
  });

  it('refuses a database of a newer version and leaves it alone', async () => {
    const { owner } = await useDatabase();
    await migrate(owner, await folderWith('create table newer (id int)'));
    const error = await refusal(migrate(owner, migrationsDir));
    expect(error.code).toBe('start/data-newer');
    expect(error.message).toContain(nextName(0));
    expect((await owner.query('select * from newer')).rows).toEqual([]);
  });

  it('refuses a dump that was put back where the roles did not exist, and says what to do', async () => {
    const { owner } = await useDatabase();
    // What is left of `pg_restore` then: everything but its grants.
    await owner.query('revoke all on schema riposte from riposte_app, riposte_sequencer');
    await owner.query('revoke all on all tables in schema riposte from riposte_app, riposte_sequencer');
    const error = await refusal(migrate(owner, migrationsDir));
    expect(error.code).toBe('start/bad-config');
    expect(error.message).toContain('riposte_app and riposte_sequencer may not use them');
    expect(error.message).toContain('once more, into an empty database');
  });

  it('refuses a dump that somebody else put back as their own, and says whose it is', async () => {
    const { superuserUrl } = await postgresServer();
    const { url, owner } = await useDatabase();
    const name = new URL(url).pathname.slice(1);
    // What `pg_restore -O -U postgres` leaves.
    await withClient(new URL(`/${name}`, superuserUrl).href, (client) =>
      client.query('alter table riposte.migrations owner to postgres'),
    );
    const error = await refusal(migrate(owner, migrationsDir));
    expect(error.code).toBe('start/bad-config');
    expect(error.message).toContain('belong to postgres, and the login riposte may do nothing with them');
  });

  it('refuses a file that was changed after it had been applied', async () => {
    const { owner } = await useDatabase();
    const folder = await folderWith();
    await appendFile(join(folder, `${shipped[0]}.sql`), '\n-- one more word\n');
    const error = await refusal(migrate(owner, folder));
    expect(error.code).toBe('start/data-newer');
    expect(error.message).toContain(shipped[0]);
  });

  it('refuses a folder with a gap in its numbers', async () => {
    const { owner } = await useDatabase();
    const folder = await folderWith('select 1', 'select 2');
    await rm(join(folder, `${nextName(0)}.sql`));
    await expect(migrate(owner, folder)).rejects.toThrow(nextName(1));
  });
});

describe('a server that Riposte must not use', () => {
  it.each(['synchronous_commit', 'fsync', 'full_page_writes'])(
    'is refused when %s is off',
    async (setting) => {
      const { url, owner } = await useDatabase({ migrated: false });
      if (setting === 'synchronous_commit') {
        const address = new URL(url);
        address.searchParams.set('options', '-c synchronous_commit=off');
        const error = await refusal(migrate(address.href, migrationsDir));
        expect(error.code).toBe('start/bad-config');
        expect(error.message).toContain('synchronous_commit = on');
        return;
      }
      // The other two belong to the whole server, which the tests share, so its answer is changed on the way.
      const lying = {
        ...owner,
        query: async <Row>(text: string, values?: readonly unknown[]) => {
          const answer = await owner.query<Row>(text, values);
          return { ...answer, rows: answer.rows.map((row) => ({ ...row, [setting]: 'off' })) };
        },
      };
      const error = await refusal(migrate(lying, migrationsDir));
      expect(error.code).toBe('start/bad-config');
      expect(error.message).toContain(`${setting} = on`);
    },
  );

  it('is refused when nobody answers', async () => {
    const { url } = await useDatabase({ migrated: false });
    const address = new URL(url);
    address.port = '1';
    expect((await refusal(migrate(address.href, migrationsDir))).code).toBe('start/no-database');
  });
});

describe('a login', () => {
  it('that may not create roles is told which SQL to run, and can start once it was run', async () => {
    const { superuserUrl } = await postgresServer();
    const { url } = await useDatabase({ migrated: false });
    const address = new URL(url);
    const name = address.pathname.slice(1);
    const login = `Poor ${name}`;
    await withClient(superuserUrl, async (client) => {
      await client.query(`create role "${login}" login password 'poor'`);
      await client.query(`alter database ${name} owner to "${login}"`);
    });
    address.username = encodeURIComponent(login);
    address.password = 'poor';
    try {
      const error = await refusal(migrate(address.href, migrationsDir));
      expect(error.code).toBe('start/bad-config');
      expect(error.message).toContain(`grant riposte_app, riposte_sequencer to "${login}";`);
      const grants = error.message.split('\n').filter((line) => line.trim().startsWith('grant'));
      await withClient(superuserUrl, (client) => client.query(grants.join('\n')));
      expect(await migrate(address.href, migrationsDir)).toEqual({ applied: shipped });
    } finally {
      await withClient(superuserUrl, async (client) => {
        await client.query(`alter database ${name} owner to riposte`);
        await withClient(new URL(`/${name}`, superuserUrl).href, (inside) =>
          inside.query(`reassign owned by "${login}" to riposte; drop owned by "${login}"`),
        );
        await client.query(`drop role "${login}"`);
      });
    }
  });

  it('that may not create anything in the database is told so', async () => {
    const { superuserUrl } = await postgresServer();
    const { url } = await useDatabase({ migrated: false });
    const address = new URL(url);
    const login = `guest_${address.pathname.slice(1)}`;
    await withClient(superuserUrl, (client) =>
      client.query(
        `create role ${login} login password 'guest'; grant riposte_app, riposte_sequencer to ${login}`,
      ),
    );
    address.username = login;
    address.password = 'guest';
    try {
      const error = await refusal(migrate(address.href, migrationsDir));
      expect(error.code).toBe('start/bad-config');
      expect(error.message).toContain('create schema riposte');
    } finally {
      await withClient(superuserUrl, (client) => client.query(`drop role ${login}`));
    }
  });
});
