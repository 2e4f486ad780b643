import { expect, it } from 'vitest';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { tenant } from '../audit/draft-entry.ts';
import { numbered, record, sequencerOf, storedRows, tamper } from '../audit/open-log.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* T10: the end of the log is cut together with every checkpoint that knew it. */

const database = await useDatabase();

it('a tail that was cut without a trace inside is missed by the anchor', async () => {
  const places = [anchorDirectory(await temporaryFolder())];
  await record(database, numbered(7));
  const sequencer = sequencerOf(database.sequencer, { places });
  await sequencer.start();
  await sequencer.stop();
  await record(database, numbered(2, 7));
  await sequencer.start();
  await sequencer.stop();
  expect(sequencer.errors).toEqual([]);
  expect(await storedRows(database)).toHaveLength(10);

  await tamper(
    database,
    `with rows as (delete from audit_log where idx >= 8),
      heads as (delete from audit_checkpoint where size > 8),
      tiles as (update audit_tile set hashes = substr(hashes, 1, 32 * 8))
    update audit_log_meta set size = 8`,
  );
  // From inside nothing is wrong: this is what the anchor is for.
  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, size: 8 });
  await record(database, numbered(5, 30));
  const next = sequencerOf(database.sequencer, { places });
  await next.start();
  expect(next.status()).toMatchObject({ state: 'halted', alarm: { code: 'audit/fork' } });
  expect(await storedRows(database)).toHaveLength(8);
});
