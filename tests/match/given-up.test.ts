import { expect, it, onTestFinished } from 'vitest';
import { createMatcher } from '../../engine/runtime/match-waiting.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { sqlState } from '../../engine/runtime/store/sql-state.ts';
import { openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

/* An event whose run cannot be stored is given up on, or tried again behind the others: it does not stop them. */

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

it('an event that takes too long by itself is tried again, and whoever came with it does not wait for that', async () => {
  await at.publish(waitingPlaybook('lengthy', ''));
  await at.publish(waitingPlaybook('brief', ''));
  // As `statement_timeout` ends what takes half a minute.
  await at.database.owner.query(`
    create function refuse_lengthy() returns trigger language plpgsql as $$
    begin
      if new.playbook_id = 'lengthy' then raise exception 'took too long' using errcode = '57014'; end if;
      return new;
    end $$;
    create trigger refuse_lengthy before insert on runs for each row execute function refuse_lengthy();`);
  const failing = await accept('lengthy', 'critical');
  const waiting = await accept('brief', 'low');
  const { parts, admitter } = at.engine;
  const matcher = createMatcher(parts, admitter);
  onTestFinished(() => matcher.stop());
  matcher.start();
  await expect.poll(() => at.runs('brief'), { timeout: 20_000 }).toMatchObject([{ alert_id: waiting }]);
  expect(await at.trace(failing)).toEqual([]);
  await at.database.owner.query('drop trigger refuse_lengthy on runs');
  await expect.poll(() => at.runs('lengthy'), { timeout: 20_000 }).toMatchObject([{ alert_id: failing }]);
}, 60_000);

it.each(['timeout exceeded when trying to connect', 'Connection terminated unexpectedly'])(
  'a plan that could not be read in time is no reason to give up its playbook: %s',
  async (message) => {
    const id = message.startsWith('timeout') ? 'late' : 'cut';
    await at.publish(waitingPlaybook(id, ''));
    const alert = await accept(id, 'high');
    const { parts, admitter } = at.engine;
    let failed = false;
    const loadPlan: typeof parts.loadPlan = async (digest) => {
      if (failed) return parts.loadPlan(digest);
      failed = true;
      throw new Error(message);
    };
    const matcher = createMatcher({ ...parts, loadPlan }, admitter);
    onTestFinished(() => matcher.stop());
    matcher.start();
    await expect.poll(() => at.trace(alert), { timeout: 20_000 }).toHaveLength(1);
    expect(await at.trace(alert)).toMatchObject([{ playbook_id: id, outcome: 'started' }]);
    expect(failed).toBe(true);
  },
);
