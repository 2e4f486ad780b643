import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type FaultPoint, retentionPoints } from '../../engine/runtime/fault-point.ts';
import { addStory } from '../retention/old-rows.ts';
import { useDatabase } from '../support/database.ts';

/*
 * The process that lets rows go dies within a batch and behind one. A story is there whole or not at all, each that
 * went is told once, and the next process goes on.
 */

const { owner, url } = await useDatabase();
const stories = 250;

/** No sequencer runs here: entries that wait would be taken for a database that has no time. */
let sealing: Promise<unknown> = Promise.resolve();
const sealer = setInterval(() => {
  sealing = sealing.then(() => owner.query('update audit_pack set enqueued_at = clock_timestamp()'));
}, 250);
afterAll(async () => {
  clearInterval(sealer);
  await sealing;
});

it('dies at every point, and what went is what the log says', async () => {
  const runs: string[] = [];
  for (let number = 0; number < stories; number++) runs.push((await addStory(owner)).runId);
  for (const point of retentionPoints) await dies(point, 2);
  await expectWhole();
  const left = await count('runs');
  expect(left).toBeLessThan(stories);
  expect(left).toBeGreaterThan(0);

  const last = start(undefined);
  for (let looked = 0; looked < 1_200 && (await count('runs')) > 0; looked++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  last.kill('SIGKILL');
  await once(last, 'exit');
  expect(await count('runs')).toBe(0);
  await expectWhole();
}, 180_000);

function start(death: string | undefined) {
  return spawn(process.execPath, [join(import.meta.dirname, 'run-retention.ts'), url], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...(death !== undefined && { FAULT_DIE_AT: death }) },
  });
}

async function dies(point: FaultPoint, passing: number): Promise<void> {
  const [, signal] = await once(start(`${point}:${passing}`), 'exit');
  expect(signal, point).toBe('SIGKILL');
}

const count = async (table: string): Promise<number> =>
  (await owner.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n ?? -1;

/** Nothing is there by half, and the entries add up to what is gone. */
async function expectWhole(): Promise<void> {
  const left = await count('runs');
  for (const table of ['alerts', 'alert_targets', 'decision_traces', 'scopes', 'steps'])
    expect(await count(table), table).toBe(left);
  expect(await count('gone_names')).toBe(stories - left);
  const { rows } = await owner.query<{ entry: Buffer }>('select entry from audit_pending');
  const told = rows
    .map(({ entry }) => JSON.parse(entry.toString('utf8')) as { type: string; data?: { runs?: number } })
    .filter(({ type }) => type === 'retention.removed')
    .reduce((sum, { data }) => sum + (data?.runs ?? 0), 0);
  expect(told).toBe(stories - left);
}
