import { expect, test } from 'vitest';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { AnchorPlace } from '../../engine/runtime/audit/anchor-place.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { useDatabase } from '../support/database.ts';
import { tenant } from './draft-entry.ts';
import { age, exportedNotes, exportedRows, rejuvenate } from './grown-log.ts';
import { numbered, origin, record, sequencerOf, testSigner, until } from './open-log.ts';
import { type Orderer, orderer } from './order.ts';

const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));

test('a truncation that was said and then refused does not spoil the next one', async () => {
  const database = await useDatabase();
  const is = async (text: string) => (await database.owner.query(text)).rowCount === 1;
  let away = false;
  const place: AnchorPlace = {
    name: 'test://place',
    wants: 'newest',
    newest: async () => null,
    carry: async () => {
      if (away) throw new Error('away');
      return [];
    },
  };
  const sequencer = sequencerOf(database.sequencer, {
    places: [place],
    retentionDays: 400,
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 },
  });
  await record(database, numbered(900));
  await sequencer.start();
  await until(() => is('select 1 from audit_anchor where size > 800'), 'brought');
  await age(database, 800, 500);
  const [ada, bo, cy] = [
    await orderer(database, 'ada'),
    await orderer(database, 'bo'),
    await orderer(database, 'cy'),
  ];
  const order = async (by: Orderer, archivedTo: number) => {
    const archive = `sha256:${'a'.repeat(64)}`;
    const proposed = await by.propose(
      { kind: 'truncation', archive, archivedLog: origin, archivedTo, retentionDays: 400 },
      'old',
    );
    if (!proposed.ok) throw new Error(proposed.detail);
    expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true });
  };
  // Said in the log, and who ordered it leaves while the place has yet to hear of it.
  away = true;
  await order(ada, 512);
  await until(() => is('select 1 from audit_orders where entry_index is not null'), 'said');
  await database.owner.query('update people set active = false where id = $1', [ada.id]);
  await until(() => is("select 1 from audit_orders where state = 'refused'"), 'refused');
  away = false;
  await until(
    () =>
      is(
        'select 1 from audit_anchor where failing_since is null and size = (select max(size) from audit_checkpoint)',
      ),
    'caught up',
  );
  await order(cy, 768);
  await until(() => is('select 1 from audit_log_meta where cleared_below = 768'), 'cleared');
  await sequencer.stop();
  await rejuvenate(database, 800, 500);

  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, problems: [], prunedBelow: 768 });
  const rows = await exportedRows(database);
  const checkpoints = await exportedNotes(database);
  expect(verifyExport({ entries: () => rows, checkpoints, key, trusted: [] }).findings).toEqual([]);
});
