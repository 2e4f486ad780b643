import { expect, it } from 'vitest';
import type { Station } from '../../engine/runtime/store/run-transaction.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, hostAlert, isolateStep, madePlaybook, onlyQuestion, until, ws0117 } from './questions.ts';

/* A commit whose answer is lost is a commit: what it claimed goes out, and does not wait for the end of its lease. */

/** A corridor of which the next transaction of a station is committed, and its connection cut before the answer. */
async function openDeaf(): Promise<
  Corridor & { deafen(station: Station): void; refuse(station: Station): void }
> {
  let deaf: Station | null = null;
  let refused: Station | null = null;
  const corridor = await openCorridor({
    playbooks: [],
    watch: (database) => ({
      ...database,
      async transaction(work, options = {}) {
        if (refused !== null && options.station === refused) {
          refused = null;
          throw new Error('not this time');
        }
        const answer = await database.transaction(work, options);
        const didNothing = answer === null || (Array.isArray(answer) && answer.length === 0);
        if (deaf === null || options.station !== deaf || didNothing) return answer;
        deaf = null;
        throw Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' });
      },
    }),
  });
  return Object.assign(corridor, {
    deafen(station: Station) {
      deaf = station;
    },
    refuse(station: Station) {
      refused = station;
    },
  });
}

async function sent(corridor: Corridor): Promise<unknown[]> {
  const text = `select purpose, fence from attempts where step_path = 'run/isolate' and purpose <> 'confirm'`;
  return (await corridor.database.owner.query(text)).rows;
}

const isolated = (corridor: Corridor) => corridor.lab.estate.effect('network-isolated', `host:${ws0117}`);

it('what the commit of a decision claimed is sent all the same, once', async () => {
  const corridor = await openDeaf();
  const bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(
    madePlaybook('asks', `${isolateStep}    approval: { ask: "Isolate?", approvers: [group:soc] }\n`),
  );
  await corridor.sendBody(hostAlert('asks', 'asks-1', ws0117));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  corridor.deafen('advance');
  await expect(decide(corridor, asked, bo)).rejects.toThrow('Connection terminated');
  await until(async () => isolated(corridor).applied === 1);
  await corridor.rest();
  expect((await corridor.runs()).map(({ state }) => state)).toEqual(['succeeded']);
  expect(isolated(corridor)).toMatchObject({ orders: 1, duplicates: 0 });
  expect(await sent(corridor)).toEqual([{ purpose: 'perform', fence: 1 }]);
  await corridor.close();
});

it.each<Station>(['intake', 'match'])(
  'likewise what the commit claimed that began the run (%s)',
  async (station) => {
    const corridor = await openDeaf();
    await corridor.publish(madePlaybook('contains', isolateStep));
    // What cannot be matched when it is stored is matched afterwards.
    if (station === 'match') corridor.refuse('intake');
    corridor.deafen(station);
    await corridor.sendBody(hostAlert('contains', 'contains-1', ws0117));
    await until(async () => isolated(corridor).applied === 1);
    await corridor.rest();
    expect(isolated(corridor)).toMatchObject({ orders: 1, duplicates: 0 });
    expect(await sent(corridor)).toEqual([{ purpose: 'perform', fence: 1 }]);
    await corridor.close();
  },
);

it('what a worker claimed of a lot is sent all the same, once', async () => {
  const corridor = await openDeaf();
  // Everything goes over the queue.
  corridor.engine.parts.ownWorker = () => null;
  await corridor.publish(madePlaybook('contains', isolateStep));
  corridor.deafen('claim');
  await corridor.sendBody(hostAlert('contains', 'contains-1', ws0117));
  await until(async () => isolated(corridor).applied === 1);
  await corridor.rest();
  expect(isolated(corridor)).toMatchObject({ orders: 1, duplicates: 0 });
  expect(await sent(corridor)).toEqual([{ purpose: 'perform', fence: 1 }]);
  await corridor.close();
});
