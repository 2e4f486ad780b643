import { expect, test } from 'vitest';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { age, rejuvenate } from './grown-log.ts';
import { numbered, record, sequencerOf, until } from './open-log.ts';
import { orderer } from './order.ts';

test('texts that go by retention while the log is verified are no problem', async () => {
  const database = await useDatabase();
  const places = [anchorDirectory(await temporaryFolder())];
  const open = () =>
    sequencerOf(database.sequencer, {
      places,
      retentionDays: 400,
      limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 },
    });
  await record(database, numbered(700));
  const first = open();
  await first.start();
  await until(
    async () => (await database.owner.query('select 1 from audit_pending')).rowCount === 0,
    'sealed',
  );
  await first.stop();
  await age(database, 600, 500);
  const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
  const archive = `sha256:${'a'.repeat(64)}`;
  const proposed = await ada.propose(
    { kind: 'truncation', archive, archivedTo: 700, retentionDays: 400 },
    'old',
  );
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true });

  const truncate = async () => {
    const sequencer = open();
    await sequencer.start();
    await until(async () => {
      const { rows } = await database.owner.query<{ n: number }>(
        'select count(entry) as n from audit_log where idx < 512',
      );
      return Number(rows[0]?.n) === 1;
    }, 'the texts are gone');
    await sequencer.stop();
    await rejuvenate(database, 600, 500);
  };
  let pages = 0;
  const meanwhile: Sql = {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      if (text.includes('idx >= $3 and idx < $4')) pages += 1;
      if (pages === 2) {
        pages += 1;
        await truncate();
      }
      return await database.app.query<Row>(text, values);
    },
  };
  expect(await verifyAudit(meanwhile, tenant, { pageRows: 256 })).toMatchObject({
    ok: true,
    problems: [],
    prunedBelow: 512,
  });
});
