import { beforeAll, describe, expect, it } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant as t } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/* Fifty thousand alerts, most of them about the same busy server: who asks for a host of long ago finds it all the same. */

const size = 50_000;
const database = await useDatabase();
const statements: Statements = new Map();
const read = openRead(watchStatements(database.app, statements));

beforeAll(async () => {
  const { owner } = database;
  await owner.query(
    `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, raw, state, received_at)
     select $1, 'alt_' || n, 'edr', 'a' || n, 'Something', 'high', 'malware', '{}', '{}', 'matched',
       '2026-01-01'::timestamptz + n * interval '1 second' from generate_series(1, $2::int) n`,
    [t, size],
  );
  await owner.query(
    `insert into alert_targets (tenant_id, alert_id, kind, target_id, name)
     select $1, 'alt_' || n, 'host', 'busy', 'WS-Busy' from generate_series(1, $2::int) n
     union all select $1, 'alt_' || n, 'host', 'host-' || n, 'ws-' || n || '.corp.example' from generate_series(1, $2::int, 5) n
     union all select $1, 'alt_' || n, 'user', 'user-' || n, null from generate_series(1, $2::int, 50) n`,
    [t, size],
  );
  for (const [kind, id, name] of [
    ['host', 'old-1', 'DB-Ledger.corp.example'],
    ['user', 'old-2', 'db-ledger'],
    ['host', 'old-3', 'DC-Ålesund'],
    ['mail', `old-4-${'x'.repeat(500)}`, `Invoice 100% due ${'ü'.repeat(490)}`],
    ['mail', `old-5-${'x'.repeat(500)}`, `Invoice 1000 due ${'ü'.repeat(490)}`],
  ])
    await owner.query(`insert into alert_targets values ($1, 'alt_1', $2, $3, $4)`, [t, kind, id, name]);
  await owner.query('analyze');
}, 120_000);

const ids = async (words: string) => (await read.findTargets(t, words)).map(({ id }) => id);

describe('a name of long ago is found', () => {
  it.each([
    ['db-ledger', ['old-1', 'old-2']],
    ['DB-LEDGER.corp', ['old-1']],
    ['dc-åle', ['old-3']],
    ['ws-6.', ['host-6']],
  ])('%s', async (words, found) => {
    expect((await ids(words)).toSorted()).toEqual(expect.arrayContaining(found));
  });

  it('as it was written, with what else it is called', async () => {
    expect(await read.findTargets(t, 'db-led')).toEqual([
      { kind: 'user', id: 'old-2', name: 'db-ledger' },
      { kind: 'host', id: 'old-1', name: 'DB-Ledger.corp.example' },
    ]);
  });

  it('by what was typed and by no pattern; nothing is found by half a letter more', async () => {
    expect((await ids('invoice 100% d')).map((id) => id.slice(0, 5))).toEqual(['old-4']);
    expect(await ids('db_ledger')).toEqual([]);
    expect(await ids('db-ledges')).toEqual([]);
    expect(await ids(`invoice 100% due ${'ü'.repeat(60)}x`)).toEqual([]);
  });
});

it('a target that most alerts name is one, and the others are not counted for it', async () => {
  statements.clear();
  const found = await ids('ws-');
  expect(found).toHaveLength(new Set(found).size);
  expect(found).toContain('host-1');
  const touched = [...(await rowsTouched(database.owner, statements))];
  const [, rows = 0] = touched.find(([text]) => text.includes('recursive')) ?? [];
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBeLessThan(200);
});

it('the busy one is found with all its alerts in one look', async () => {
  statements.clear();
  expect(await ids('ws-b')).toEqual(['busy']);
  const touched = [...(await rowsTouched(database.owner, statements))];
  expect(touched.find(([text]) => text.includes('recursive'))?.[1]).toBeLessThan(20);
});
