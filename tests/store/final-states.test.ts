import { describe, expect, it } from 'vitest';
import { addApproval, addAttempt, addRun } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import { checkViolation, noRight, refused } from '../support/refused.ts';

const { owner, app } = await useDatabase();

/** What the state is after an attempt to change it, and how that was answered. */
async function change(
  table: string,
  id: string,
  state: string,
  also = '',
): Promise<[answer: string | null, state: unknown]> {
  const answer = await refused(app.query(`update ${table} set state = $2${also} where id = $1`, [id, state]));
  const { rows } = await app.query<{ state: string }>(`select state from ${table} where id = $1`, [id]);
  return [answer, rows[0]?.state];
}

describe('a run that has ended', () => {
  const ended = ['succeeded', 'failed', 'denied', 'cancelled', 'timed-out', 'skipped'];

  it.each(ended)('as %s does not run again or end otherwise', async (state) => {
    const id = await addRun(owner, { state });
    for (const other of ['queued', 'running', 'waiting', ...ended.filter((each) => each !== state)]) {
      expect(await change('runs', id, other)).toEqual([checkViolation, state]);
    }
  });

  it.each(['undone', 'undo-incomplete'])('as %s stays so, except for another undo', async (state) => {
    const id = await addRun(owner, { state });
    expect(await change('runs', id, 'running')).toEqual([checkViolation, state]);
    expect(await change('runs', id, 'succeeded')).toEqual([checkViolation, state]);
    expect(await change('runs', id, 'undoing')).toEqual([null, 'undoing']);
  });

  it('can still be undone', async () => {
    const id = await addRun(owner, { state: 'succeeded' });
    expect(await change('runs', id, 'undoing')).toEqual([null, 'undoing']);
    expect(await change('runs', id, 'undone')).toEqual([null, 'undone']);
  });

  it('cannot be deleted by the application', async () => {
    await addRun(owner, { state: 'succeeded' });
    expect(await refused(app.query('delete from runs'))).toBe(noRight);
  });
});

describe('what the rows of a run point to without a foreign key', () => {
  it.each(['runs', 'scopes', 'attempts', 'alerts'])(
    'is never deleted by the application: %s',
    async (table) => {
      expect(await refused(app.query(`delete from ${table}`))).toBe(noRight);
    },
  );
});

describe('an attempt that has ended', () => {
  it.each(['done', 'lost', 'revoked'])('as %s is never queued or claimed again', async (state) => {
    const id = await addAttempt(owner, await addRun(owner), { state, worker: 'w1' });
    for (const other of ['queued', 'claimed', 'done', 'lost', 'revoked'].filter((each) => each !== state)) {
      const lease = `, lease_until = case when $2 = 'claimed' then now() end`;
      expect(await change('attempts', id, other, lease)).toEqual([checkViolation, state]);
    }
  });

  it('cannot be deleted by the application', async () => {
    await addAttempt(owner, await addRun(owner));
    expect(await refused(app.query('delete from attempts'))).toBe(noRight);
  });
});

describe('an approval that has ended', () => {
  it.each(['denied', 'expired', 'cancelled', 'superseded'])('as %s is never granted', async (state) => {
    const id = await addApproval(owner, await addRun(owner), { state });
    expect(await change('approvals', id, 'granted')).toEqual([checkViolation, state]);
    expect(await change('approvals', id, 'pending')).toEqual([checkViolation, state]);
  });

  it('as granted can be withdrawn before it is used, and not after', async () => {
    const unused = await addApproval(owner, await addRun(owner), { state: 'granted' });
    expect(await change('approvals', unused, 'denied')).toEqual([checkViolation, 'granted']);
    expect(await change('approvals', unused, 'pending')).toEqual([checkViolation, 'granted']);
    expect(await change('approvals', unused, 'superseded')).toEqual([null, 'superseded']);
    const used = await addApproval(owner, await addRun(owner), { state: 'granted', consumed_at: new Date() });
    expect(await change('approvals', used, 'superseded')).toEqual([checkViolation, 'granted']);
    expect(await change('approvals', used, 'cancelled')).toEqual([checkViolation, 'granted']);
  });

  it('cannot be deleted by the application', async () => {
    await addApproval(owner, await addRun(owner));
    expect(await refused(app.query('delete from approvals'))).toBe(noRight);
  });
});
