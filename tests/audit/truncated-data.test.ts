import { expect, test } from 'vitest';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { useDatabase } from '../support/database.ts';
import { draft, tenant } from './draft-entry.ts';
import { numbered, record, sequencerOf } from './open-log.ts';
import { truncateTexts } from './truncate-texts.ts';

/* Two people order that texts go: what did not fit into such an entry is part of its text. */

const database = await useDatabase();
const long = (word: string) =>
  draft({ data: { keys: Array.from({ length: 3_000 }, (_, n) => `${word} ${n}`) } });

test('what stands beside an entry goes with its text, and nothing beside the others', async () => {
  const ids = await record(database, [
    ...numbered(20),
    long('old'),
    long('both'),
    ...numbered(260, 20),
    long('both'),
    long('new'),
  ]);
  await sequencerOf(database.sequencer).flush();
  await truncateTexts(database, 256);
  const { rows } = await database.owner.query<{ id: string }>('select entry_id as id from audit_beside');
  expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.slice(-2).toSorted());
  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, problems: [], prunedBelow: 256 });
});
