import { expect, test } from 'vitest';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { useDatabase } from '../support/database.ts';
import { tenant } from './draft-entry.ts';
import { numbered, record, sequencerOf } from './open-log.ts';
import { truncateTexts } from './truncate-texts.ts';

test('texts that go by retention while the log is verified are no problem', async () => {
  const database = await useDatabase();
  await record(database, numbered(700));
  await sequencerOf(database.sequencer).flush();
  let pages = 0;
  const meanwhile: Sql = {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      const page = text.includes('idx >= $3 and idx < $4');
      if (page) pages += 1;
      if (page && pages === 2) await truncateTexts(database, 512);
      return await database.app.query<Row>(text, values);
    },
  };
  expect(await verifyAudit(meanwhile, tenant, { pageRows: 256 })).toMatchObject({
    ok: true,
    problems: [],
    prunedBelow: 512,
  });
  expect(pages).toBeGreaterThan(3);
});
