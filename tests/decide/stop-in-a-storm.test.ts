import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { setStop } from '../../engine/runtime/set-stop.ts';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { readStops } from '../../engine/runtime/store/queries/win-facts.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { actor, openMatching } from '../match/open-matching.ts';

const { database, engine } = await openMatching();

describe('the emergency stop', () => {
  it('gets its turn although dispatches that read it never pause', async () => {
    const crowd = openDatabase(database.url, { role: 'riposte_app', max: 40 });
    let over = false;
    const dispatch = async () => {
      while (!over) {
        await crowd.transaction(async (tx) => {
          await readStops(tx, defaultTenant);
          await sleep(15 + Math.random() * 30);
        });
      }
    };
    const dispatching = Promise.all(Array.from({ length: 40 }, dispatch));
    try {
      await sleep(200);
      const stop = {
        scope: 'everything',
        subject: '*',
        reason: 'test',
        actor,
        personId: null,
        requestId: 't',
      } as const;
      // It would be refused by the statement timeout if it had to wait for a gap between them.
      expect(await setStop(engine.parts, stop)).toMatchObject({ ok: true });
    } finally {
      over = true;
      await dispatching;
      await crowd.close();
    }
    const { rows } = await database.app.query(`select active from stops where scope = 'everything'`);
    expect(rows).toEqual([{ active: true }]);
  });
});
