import { expect } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { age, rejuvenate } from './grown-log.ts';
import { origin, sequencerOf, until } from './open-log.ts';
import { orderer } from './order.ts';

const archive = `sha256:${'a'.repeat(64)}`;

/** The texts of all entries below `to`, a multiple of 256, go by the order of two people. The log has to be sealed. */
export async function truncateTexts(database: TestDatabase, to: number): Promise<void> {
  await age(database, to, 500);
  const [first, second] = [await orderer(database, 'first'), await orderer(database, 'second')];
  const wish = {
    kind: 'truncation',
    archive,
    archivedLog: origin,
    archivedTo: to,
    retentionDays: 400,
  } as const;
  const proposed = await first.propose(wish, 'old');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(await second.confirm(proposed.digest)).toMatchObject({ ok: true });
  const sequencer = sequencerOf(database.sequencer, {
    retentionDays: 400,
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 50 },
  });
  await sequencer.start();
  await until(async () => {
    const { rows } = await database.owner.query<{ done: boolean }>(
      'select cleared_below = $1 as done from audit_log_meta order by incarnation desc limit 1',
      [to],
    );
    return rows[0]?.done === true;
  }, 'the texts are gone');
  await sequencer.stop();
  expect(sequencer.errors).toEqual([]);
  await rejuvenate(database, to, 500);
}
