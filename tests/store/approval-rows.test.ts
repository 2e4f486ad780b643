import { describe, expect, it } from 'vitest';
import { addApproval, addPerson, addRun, insertRow } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import {
  checkViolation,
  foreignKeyViolation,
  noRight,
  refused,
  uniqueViolation,
} from '../support/refused.ts';

const { owner, app } = await useDatabase();

describe('what was asked', () => {
  it.each([
    ["digest = 'other'"],
    ["plan = 'other'"],
    ['quorum = 2'],
    ["approvers = array['role:nobody']"],
    ["approve_before = approve_before + interval '1 day'"],
    ["approve_before = approve_before - interval '1 minute', extended_at = clock_timestamp()"],
    ['extended_at = clock_timestamp()'],
  ])('cannot change: %s', async (change) => {
    for (const database of [app, owner]) {
      const id = await addApproval(owner, await addRun(owner));
      const before = (await owner.query('select * from approvals where id = $1', [id])).rows;
      expect(await refused(database.query(`update approvals set ${change} where id = $1`, [id]))).toBe(
        checkViolation,
      );
      expect((await owner.query('select * from approvals where id = $1', [id])).rows).toEqual(before);
    }
  });

  it('may be put to more people', async () => {
    const id = await addApproval(app, await addRun(app));
    const widen = `update approvals set approvers = approvers || array['role:lead'] where id = $1`;
    expect(await refused(app.query(widen, [id]))).toBeNull();
  });

  it('may be given more time once, while it is open', async () => {
    const id = await addApproval(app, await addRun(app));
    const extend = `update approvals set approve_before = approve_before + interval '15 minutes',
      extended_at = clock_timestamp() where id = $1`;
    expect(await refused(app.query(extend, [id]))).toBeNull();
    expect(await refused(app.query(extend, [id]))).toBe(checkViolation);
    const ended = await addApproval(app, await addRun(app));
    await app.query(`update approvals set state = 'denied' where id = $1`, [ended]);
    expect(await refused(app.query(extend, [ended]))).toBe(checkViolation);
  });

  it('is open once for each step, and each asking is counted', async () => {
    const run = await addRun(app);
    const first = await addApproval(app, run, { ask_number: 1 });
    expect(await refused(addApproval(app, run, { ask_number: 2 }))).toBe(uniqueViolation);
    await app.query(`update approvals set state = 'superseded' where id = $1`, [first]);
    expect(await refused(addApproval(app, run, { ask_number: 1 }))).toBe(uniqueViolation);
    expect(await refused(addApproval(app, run, { ask_number: 2 }))).toBeNull();
  });

  it('needs at least one approval', async () => {
    expect(await refused(addApproval(app, await addRun(app), { quorum: 0 }))).toBe(checkViolation);
  });
});

describe('a decision', () => {
  const decision = (approval_id: string, person_id: string, row: object = {}) => ({
    tenant_id: 'default',
    id: `dec_${approval_id}_${person_id}`,
    approval_id,
    person_id,
    decision: 'approve',
    digest: 'x',
    ...row,
  });

  it('of one person counts once', async () => {
    const approval = await addApproval(app, await addRun(app));
    const person = await addPerson(app);
    await insertRow(app, 'decisions', decision(approval, person));
    const again = decision(approval, person, { id: 'dec_again', decision: 'deny' });
    expect(await refused(insertRow(app, 'decisions', again))).toBe(uniqueViolation);
  });

  it('is made by a person who exists, about an approval that exists', async () => {
    const approval = await addApproval(app, await addRun(app));
    expect(await refused(insertRow(app, 'decisions', decision(approval, 'per_none')))).toBe(
      foreignKeyViolation,
    );
    const stray = decision('apr_none', await addPerson(app));
    expect(await refused(insertRow(app, 'decisions', stray))).toBe(foreignKeyViolation);
  });

  it('cannot be changed or taken back', async () => {
    const approval = await addApproval(app, await addRun(app));
    await insertRow(app, 'decisions', decision(approval, await addPerson(app)));
    for (const database of [app, owner]) {
      expect(await refused(database.query(`update decisions set decision = 'deny'`))).toBe(noRight);
      expect(await refused(database.query('delete from decisions'))).toBe(noRight);
    }
    expect(await refused(app.query('truncate decisions'))).toBe(noRight);
  });

  it('can be withdrawn once, by its own person, while the question is open, and then made again', async () => {
    const run = await addRun(app);
    const approval = await addApproval(app, run);
    const person = await addPerson(app);
    const row = decision(approval, person);
    await insertRow(app, 'decisions', row);
    const withdrawal = {
      tenant_id: 'default',
      decision_id: row.id,
      approval_id: approval,
      person_id: person,
    };
    const stranger = { ...withdrawal, person_id: await addPerson(app) };
    expect(await refused(insertRow(app, 'withdrawals', stranger))).toBe(foreignKeyViolation);
    await insertRow(app, 'withdrawals', withdrawal);
    expect(await refused(insertRow(app, 'withdrawals', withdrawal))).toBe(uniqueViolation);
    for (const database of [app, owner]) {
      expect(await refused(database.query(`update withdrawals set comment = 'x'`))).toBe(noRight);
      expect(await refused(database.query('delete from withdrawals'))).toBe(noRight);
    }
    const standing = () => app.query('select 1 from standing_decisions where approval_id = $1', [approval]);
    expect((await standing()).rows).toEqual([]);
    const second = decision(approval, person, { id: `${row.id}_2`, number: 2 });
    await insertRow(app, 'decisions', second);
    expect((await standing()).rows).toHaveLength(1);
    await app.query(`update approvals set state = 'granted' where id = $1`, [approval]);
    const late = { ...withdrawal, decision_id: second.id };
    expect(await refused(insertRow(app, 'withdrawals', late))).toBe(checkViolation);
  });

  it('to deny cannot be withdrawn', async () => {
    const approval = await addApproval(app, await addRun(app));
    const person = await addPerson(app);
    const row = decision(approval, person, { decision: 'deny' });
    await insertRow(app, 'decisions', row);
    const withdrawal = {
      tenant_id: 'default',
      decision_id: row.id,
      approval_id: approval,
      person_id: person,
    };
    expect(await refused(insertRow(app, 'withdrawals', withdrawal))).toBe(checkViolation);
  });

  it('is to approve or to deny', async () => {
    const approval = await addApproval(app, await addRun(app));
    const vague = decision(approval, await addPerson(app), { decision: 'maybe' });
    expect(await refused(insertRow(app, 'decisions', vague))).toBe(checkViolation);
  });
});
