import { expect, it } from 'vitest';
import { claimLog } from '../../engine/runtime/audit/claim-log.ts';
import { rowsReadBy, settleReads, tellReads } from '../store/count-rows.ts';
import { useDatabase } from '../support/database.ts';
import { tenant } from './draft-entry.ts';
import { numbered, origin, record, sequencerOf, testSigner } from './open-log.ts';

/*
 * Every start of the engine claims the log and looks at its end. Years of entries must not make that longer: read
 * are the rows under the last tile, not the log.
 */

const database = await useDatabase();

async function grow(entries: number): Promise<void> {
  for (let made = 0; made < entries; made += 1_000) await record(database, numbered(1_000, made));
  const sequencer = sequencerOf(database.sequencer);
  await sequencer.flush();
  await sequencer.stop();
  expect(sequencer.errors).toEqual([]);
  await database.owner.query('analyze audit_log');
}

/** Rows of the log that one claim reads, and how many there are beyond the last full tile. */
async function claimed(): Promise<{ read: number; tail: number; size: number }> {
  const log = { logId: '1', origin, publicKey: testSigner.publicKey };
  await settleReads(database.sequencer, 5);
  let size = 0;
  const all = await rowsReadBy(database.owner, async () => {
    ({ size } = await claimLog(tellReads(database.sequencer), tenant, log));
  });
  const { byIndex = 0, byScan = 0 } = all.audit_log ?? {};
  return { read: byIndex + byScan, tail: size % 256, size };
}

it('a claim reads the rows under the last tile, in a small log as in a large one', async () => {
  await grow(2_000);
  const small = await claimed();
  await grow(18_000);
  const large = await claimed();
  expect(large.size).toBeGreaterThan(9 * small.size);
  for (const { read, tail } of [small, large]) expect(read).toBeLessThanOrEqual(tail + 1);
}, 60_000);
