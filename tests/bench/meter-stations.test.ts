import { expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { releaseAfter } from '../support/release-after.ts';
import { threeSteps } from './bench-playbooks.ts';
import { addMeters, type StationMeters } from './meter-stations.ts';
import { openRiposte } from './open-riposte.ts';

/*
 * Simulation and its calibration rest on knowing whose a transaction is. Whoever rewrites the hot path and
 * leaves out the name of a station sees it here, not in predictions that are off.
 */

const database = await useDatabase();

/** What each station did for five runs of three steps, one after the other. */
async function metersOf(way: { overQueueOnly: boolean; matchApart: boolean }): Promise<StationMeters> {
  const riposte = await openRiposte({ databaseUrl: database.url, redisUrl: null, ...way });
  let open = true;
  releaseAfter(async () => {
    if (open) await riposte.close();
  });
  await riposte.publish(threeSteps);
  for (let run = 0; run < 5; run++) await riposte.oneRun();
  for (;;) {
    const { rows } = await database.app.query<{ left: number }>(
      'select count(*)::int as left from audit_pending',
    );
    if (rows[0]?.left === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Two engines would take each other's alerts.
  await riposte.close();
  open = false;
  return addMeters(riposte.app.stations, riposte.ledger.stations);
}

it('every transaction of a run says whose it is, and looks that find nothing are no batches', async () => {
  const overQueue = await metersOf({ overQueueOnly: true, matchApart: true });
  expect(overQueue).toMatchObject({
    intake: { batches: 5 },
    match: { batches: 5 },
    claim: { batches: 15 },
    advance: { batches: 15 },
  });
  const own = await metersOf({ overQueueOnly: false, matchApart: false });
  // Who accepts also matches, and who decides also claims: the first step with the run, the others with the one before.
  expect(own).toMatchObject({
    intake: { batches: 5 },
    claim: { batches: 0 },
    advance: { batches: 15 },
  });
  // The matcher looks when it starts and every second: what arrives in that instant is matched apart.
  expect(own.match.batches).toBeLessThan(5);
  for (const meters of [overQueue, own]) {
    expect(meters.seal.batches).toBeGreaterThan(0);
    for (const meter of Object.values(meters)) expect(meter.turns).toBeLessThanOrEqual(meter.asks);
  }
}, 30_000);
