import { expect, it } from 'vitest';
import { createMatcher } from '../../engine/runtime/match-waiting.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { sqlState } from '../../engine/runtime/store/sql-state.ts';
import { openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

/* An event whose run cannot be stored is given up on, so that it does not stop the others. */

const at = await openMatching();

async function accept(category: string, severity: string) {
  const accepted = await at.accept(ownAlert(category, { category, severity }));
  if (!accepted.ok) throw new Error(accepted.detail);
  return accepted.alertId;
}

it('only the event that failed is given up on, whatever more severe comes before that is written', async () => {
  await at.publish(waitingPlaybook('unstorable', ''));
  await at.publish(waitingPlaybook('harmless', ''));
  // Stands for anything in an event that makes its rows impossible to store.
  await at.database.owner.query(`
    create function refuse_unstorable() returns trigger language plpgsql as $$
    begin
      if new.playbook_id = 'unstorable' then raise exception 'cannot be stored' using errcode = '22P05'; end if;
      return new;
    end $$;
    create trigger refuse_unstorable before insert on runs for each row execute function refuse_unstorable();`);
  const failing = await accept('unstorable', 'high');
  const { parts, admitter } = at.engine;
  let failed = false;
  let meanwhile: typeof failing | null = null;
  const database: Database = {
    ...parts.database,
    async transaction(work, options) {
      const givesUp = failed && options?.station !== 'match';
      if (givesUp && meanwhile === null) meanwhile = await accept('harmless', 'critical');
      try {
        return await parts.database.transaction(work, options);
      } catch (error) {
        failed ||= sqlState(error) === '22P05';
        throw error;
      }
    },
  };
  const matcher = createMatcher({ ...parts, database }, admitter);
  matcher.nudge();
  await expect.poll(() => at.runs('harmless'), { timeout: 20_000 }).toHaveLength(1);
  await matcher.stop();
  expect(meanwhile).not.toBeNull();
  expect(await at.runs('harmless')).toMatchObject([{ alert_id: meanwhile }]);
  expect(await at.trace(failing)).toMatchObject([{ outcome: 'error', code: 'match/not-storable' }]);
});
