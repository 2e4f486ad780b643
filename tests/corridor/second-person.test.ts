import { afterAll, beforeAll, expect, it } from 'vitest';
import { confirmGuardrails, publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { setPause } from '../../engine/runtime/set-pause.ts';
import { setStop } from '../../engine/runtime/set-stop.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { clearAsSeen, liftAsSeen } from '../support/lift-as-seen.ts';
import { waitingForLock } from '../support/waiting-for-lock.ts';

/* The word of the second of two people waits for what is under way, and counts only if it still may. */

let corridor: Corridor;
let first: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  first = await corridor.person('Ada', [], ['operator']);
});
afterAll(() => corridor.close());

const by = (personId: PersonId) => ({
  personId,
  actor: { kind: 'person' as const, id: personId, channel: 'api' as const },
  reason: 'over',
  requestId: 'test',
});

/** What becomes of a word that waits while whoever gives it is put out. */
async function putOutMeanwhile<Answer>(
  table: string,
  word: (second: PersonId) => Promise<Answer>,
): Promise<Answer> {
  const second = await corridor.person(`Second of ${table}`, [], ['operator']);
  const { app, owner } = corridor.database;
  const [answer] = await app.transaction(async (tx) => {
    await tx.query(`lock table ${table} in row share mode`);
    const given = word(second);
    await Promise.race([given, waitingForLock(owner, 1)]);
    await tx.query('update people set active = false where id = $1', [second]);
    return [given];
  });
  return await answer;
}

const refused = { ok: false, code: 'auth/forbidden' };

it('lifts no pause', async () => {
  const { parts } = corridor.engine;
  await setPause(parts, by(first));
  await liftAsSeen(parts, by(first));
  expect(await putOutMeanwhile('pauses', (second) => liftAsSeen(parts, by(second)))).toMatchObject(refused);
  const third = await corridor.person('Third', [], ['operator']);
  expect(await liftAsSeen(parts, by(third))).toMatchObject({ ok: true, state: 'lifted' });
});

it('clears no stop', async () => {
  const { parts } = corridor.engine;
  const stop = (who: PersonId) => ({ scope: 'everything' as const, subject: '*', ...by(who) });
  await setStop(parts, stop(first));
  await clearAsSeen(parts, stop(first));
  expect(await putOutMeanwhile('stops', (second) => clearAsSeen(parts, stop(second)))).toMatchObject(refused);
  const third = await corridor.person('Third', [], ['operator']);
  expect(await clearAsSeen(parts, stop(third))).toMatchObject({ ok: true, state: 'cleared' });
});

it('confirms no guardrails', async () => {
  const { parts } = corridor.engine;
  const file = { file: 'guardrails.yaml', source: 'kind: guardrails/v1\n' };
  await publishGuardrails(parts, { ...by(first), ...file, version: 0 });
  const changed = { ...by(first), ...file, source: `${file.source}# changed\n`, version: 1 };
  const proposed = await publishGuardrails(parts, changed);
  if (!proposed.ok) throw new Error(proposed.detail);
  const { digest } = proposed;
  expect(
    await putOutMeanwhile('guardrails_in_force', (second) =>
      confirmGuardrails(parts, { ...by(second), digest }),
    ),
  ).toMatchObject(refused);
});
