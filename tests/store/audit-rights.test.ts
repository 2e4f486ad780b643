import { describe, expect, it } from 'vitest';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { addLogEntry, insertRow } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import { checkViolation, noRight, refused, uniqueViolation } from '../support/refused.ts';

const { owner, app, sequencer } = await useDatabase();
const roles: [string, Sql][] = [
  ['the application', app],
  ['the sequencer', sequencer],
  ['the owner', owner],
];
const log = { tenant_id: 'default', log_id: 'log' };
await addLogEntry(sequencer, 0);
await insertRow(sequencer, 'audit_checkpoint', { ...log, size: 1, root: Buffer.alloc(32), note: 'signed' });
await insertRow(sequencer, 'audit_tile', { ...log, level: 0, n: 0, hashes: Buffer.alloc(32) });

const rowsOf = async (table: string): Promise<unknown[]> =>
  (await owner.query(`select * from ${table} order by 1, 2, 3, 4`)).rows;

const changes: { [table: string]: string[] } = {
  audit_log: [
    'update audit_log set entry = null',
    "update audit_log set type = 'other'",
    'delete from audit_log',
    'truncate audit_log',
    `insert into audit_log select * from audit_log on conflict (tenant_id, log_id, idx) do update set leaf = excluded.leaf`,
  ],
  audit_checkpoint: [
    "update audit_checkpoint set note = 'forged'",
    'delete from audit_checkpoint',
    'truncate audit_checkpoint',
  ],
  audit_tile: ['delete from audit_tile', 'truncate audit_tile'],
};

describe.each(roles)('%s', (_, database) => {
  it.each(Object.entries(changes).flatMap(([table, texts]) => texts.map((text) => [text, table] as const)))(
    'is refused: %s',
    async (text, table) => {
      const before = await rowsOf(table);
      expect(before).not.toEqual([]);
      expect(await refused(database.query(text))).toBe(noRight);
      expect(await rowsOf(table)).toEqual(before);
    },
  );
});

describe('the audit log', () => {
  it('is written by the sequencer alone', async () => {
    expect(await refused(addLogEntry(app, 1))).toBe(noRight);
    expect(
      await refused(insertRow(app, 'audit_checkpoint', { ...log, size: 2, root: Buffer.alloc(32) })),
    ).toBe(noRight);
    expect(
      await refused(insertRow(app, 'audit_tile', { ...log, level: 0, n: 1, hashes: Buffer.alloc(32) })),
    ).toBe(noRight);
    expect(await refused(insertRow(app, 'audit_log_meta', { ...log, origin: 'here' }))).toBe(noRight);
    expect(await refused(addLogEntry(sequencer, 1))).toBeNull();
  });

  it('has each index and each entry once', async () => {
    await addLogEntry(sequencer, 10, { entry_id: 'ent_once' });
    expect(await refused(addLogEntry(sequencer, 10))).toBe(uniqueViolation);
    expect(await refused(addLogEntry(sequencer, 11, { entry_id: 'ent_once' }))).toBe(uniqueViolation);
  });

  it('takes only hashes of 32 bytes', async () => {
    expect(await refused(addLogEntry(sequencer, 20, { leaf: Buffer.alloc(31) }))).toBe(checkViolation);
    const checkpoint = { ...log, size: 20, root: Buffer.alloc(33) };
    expect(await refused(insertRow(sequencer, 'audit_checkpoint', checkpoint))).toBe(checkViolation);
    const tile = { ...log, level: 0, n: 20, hashes: Buffer.alloc(33) };
    expect(await refused(insertRow(sequencer, 'audit_tile', tile))).toBe(checkViolation);
    const wide = { ...log, level: 0, n: 20, hashes: Buffer.alloc(257 * 32) };
    expect(await refused(insertRow(sequencer, 'audit_tile', wide))).toBe(checkViolation);
  });
});

describe('entries that wait for the sequencer', () => {
  const pending = (row: object = {}) => ({
    tenant_id: 'default',
    id: 'ent_1',
    entry: Buffer.from('{}'),
    leaf: Buffer.alloc(32),
    ...row,
  });

  const pack = (row: object = {}) => ({
    tenant_id: 'default',
    ids: ['ent_1', 'ent_2'],
    lengths: [2, 2],
    entries: Buffer.from('{}{}'),
    leaves: Buffer.alloc(64),
    ...row,
  });

  it('cannot be changed or taken back by the application', async () => {
    await insertRow(app, 'audit_pending', pending());
    expect(await refused(app.query("update audit_pack set entries = 'x'"))).toBe(noRight);
    expect(await refused(app.query('delete from audit_pack'))).toBe(noRight);
    expect(await refused(app.query('truncate audit_pack'))).toBe(noRight);
    await expect(app.query('delete from audit_pending')).rejects.toThrow('cannot delete from view');
    const { rows } = await app.query('select id, entry, leaf from audit_pending');
    expect(rows).toEqual([{ id: 'ent_1', entry: Buffer.from('{}'), leaf: Buffer.alloc(32) }]);
  });

  it('cannot be written or changed by the sequencer, only taken', async () => {
    expect(await refused(insertRow(sequencer, 'audit_pending', pending({ id: 'ent_2' })))).toBe(noRight);
    expect(await refused(insertRow(sequencer, 'audit_pack', pack()))).toBe(noRight);
    expect(await refused(sequencer.query("update audit_pack set entries = 'x'"))).toBe(noRight);
    const { rows } = await sequencer.query('delete from audit_pack returning ids');
    expect(rows).toEqual([{ ids: ['ent_1'] }]);
  });

  it.each([
    ['no entry', { ids: [], lengths: [], leaves: Buffer.alloc(0) }],
    [
      'more than 256',
      { ids: Array(257).fill('a'), lengths: Array(257).fill(0), leaves: Buffer.alloc(32 * 257) },
    ],
    ['an id that is missing', { ids: ['ent_1', null] }],
    ['ids longer than entries are', { ids: ['ent_1', 'x'.repeat(16_384)] }],
    ['ids in two dimensions', { ids: [['ent_1'], ['ent_2']] }],
    ['a length that is missing', { lengths: [4, null] }],
    ['a length too few', { lengths: [4] }],
    ['a negative length', { lengths: [-1, 5] }],
    ['a length that no entry has', { lengths: [16_385, 2] }],
    ['a leaf too few', { leaves: Buffer.alloc(32) }],
    ['more bytes than the longest entry', { entries: Buffer.alloc(16_385) }],
  ])('do not lie in a pack with %s', async (_, row) => {
    expect(await refused(insertRow(app, 'audit_pack', pack(row)))).toBe(checkViolation);
  });

  it('can be looked at and counted, also where lengths lie', async () => {
    await insertRow(app, 'audit_pack', pack({ lengths: [3, 16_384] }));
    const { rows } = await app.query('select id, entry from audit_pending order by enqueued_at, id');
    expect(rows).toEqual([
      { id: 'ent_1', entry: Buffer.from('{}{') },
      { id: 'ent_2', entry: Buffer.from('}') },
    ]);
  });

  it('are at most 16 KiB long', async () => {
    const long = pending({ id: 'ent_3', entry: Buffer.alloc(16_385) });
    expect(await refused(insertRow(app, 'audit_pending', long))).toBe(checkViolation);
    expect(
      await refused(insertRow(app, 'audit_pending', { ...long, entry: Buffer.alloc(16_384) })),
    ).toBeNull();
  });
});
