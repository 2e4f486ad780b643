import { describe, expect, it } from 'vitest';
import { addAttempt, addRun, claimed, insertRow } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import { checkViolation, foreignKeyViolation, refused, uniqueViolation } from '../support/refused.ts';

const { app } = await useDatabase();

describe('an effect', () => {
  it('is claimed by one attempt at a time', async () => {
    const run = await addRun(app);
    const first = await addAttempt(app, run, { ...claimed, number: 1, action_key: 'isolate h1' });
    expect(await refused(addAttempt(app, run, { ...claimed, number: 2, action_key: 'isolate h1' }))).toBe(
      uniqueViolation,
    );
    const waiting = await addAttempt(app, run, { number: 3, action_key: 'isolate h1' });
    const claim = (): Promise<unknown> =>
      app.query(`update attempts set state = 'claimed', worker = 'w2', lease_until = now() where id = $1`, [
        waiting,
      ]);
    expect(await refused(claim())).toBe(uniqueViolation);
    await app.query(`update attempts set state = 'done', lease_until = null where id = $1`, [first]);
    expect(await refused(claim())).toBeNull();
  });

  it('is claimed by one of two workers that claim different attempts of it at the same time', async () => {
    const run = await addRun(app);
    const ids = [
      await addAttempt(app, run, { number: 1, action_key: 'isolate h2' }),
      await addAttempt(app, run, { number: 2, action_key: 'isolate h2' }),
    ];
    const answers = await Promise.all(
      ids.map((id) =>
        refused(
          app.transaction((tx) =>
            tx.query(
              `update attempts set state = 'claimed', worker = 'w', lease_until = now() where id = $1`,
              [id],
            ),
          ),
        ),
      ),
    );
    expect(answers.sort()).toEqual([uniqueViolation, null]);
  });

  it('has one attempt of each number, purpose and generation', async () => {
    const run = await addRun(app);
    await addAttempt(app, run);
    expect(await refused(addAttempt(app, run))).toBe(uniqueViolation);
    expect(await refused(addAttempt(app, run, { number: 2 }))).toBeNull();
    expect(await refused(addAttempt(app, run, { generation: 1 }))).toBeNull();
    expect(await refused(addAttempt(app, run, { purpose: 'check' }))).toBeNull();
  });

  it('is never claimed without a worker and an end of the lease', async () => {
    const run = await addRun(app);
    expect(await refused(addAttempt(app, run, { ...claimed, worker: null }))).toBe(checkViolation);
    expect(await refused(addAttempt(app, run, { ...claimed, lease_until: null }))).toBe(checkViolation);
  });

  it('has a lease for as long as it is claimed', async () => {
    const run = await addRun(app);
    expect(await refused(addAttempt(app, run, { lease_until: new Date() }))).toBe(checkViolation);
    const id = await addAttempt(app, run, claimed);
    const ended = app.query(`update attempts set state = 'done' where id = $1`, [id]);
    expect(await refused(ended)).toBe(checkViolation);
  });

  it('exists, when a row of the outbox names it', async () => {
    const outbox = { tenant_id: 'default', attempt_id: 'att_none', system: 'edr', priority: 1 };
    expect(await refused(insertRow(app, 'outbox', outbox))).toBe(foreignKeyViolation);
  });

  it('takes between a millisecond and a quarter of an hour', async () => {
    const run = await addRun(app);
    expect(await refused(addAttempt(app, run, { timeout_ms: 0 }))).toBe(checkViolation);
    expect(await refused(addAttempt(app, run, { timeout_ms: 900_001 }))).toBe(checkViolation);
  });
});

describe('an alert that is delivered twice', () => {
  it('starts one run', async () => {
    await addRun(app, { run_key: 'alert 1 in isolate' });
    expect(await refused(addRun(app, { run_key: 'alert 1 in isolate' }))).toBe(uniqueViolation);
  });

  it('is one alert of its source and one incident of its source', async () => {
    const alert = {
      tenant_id: 'default',
      source: 'defender',
      source_id: 'da1',
      title: 't',
      severity: 'high',
      category: 'c',
    };
    await insertRow(app, 'alerts', { ...alert, id: 'alr_1', alert: '{}' });
    expect(await refused(insertRow(app, 'alerts', { ...alert, id: 'alr_2', alert: '{}' }))).toBe(
      uniqueViolation,
    );
    const { category: _, ...incident } = alert;
    await insertRow(app, 'incidents', { ...incident, id: 'inc_1' });
    expect(await refused(insertRow(app, 'incidents', { ...incident, id: 'inc_2' }))).toBe(uniqueViolation);
  });
});

describe('a deadline', () => {
  it('is set once for each thing it is about', async () => {
    const run_id = await addRun(app);
    const deadline = {
      tenant_id: 'default',
      run_id,
      scope_path: 'run',
      ref: 'isolate',
      kind: 'expiry',
      due_at: new Date(),
    };
    await insertRow(app, 'deadlines', { ...deadline, id: 'due_1' });
    expect(await refused(insertRow(app, 'deadlines', { ...deadline, id: 'due_2' }))).toBe(uniqueViolation);
    expect(await refused(insertRow(app, 'deadlines', { ...deadline, id: 'due_3', kind: 'someday' }))).toBe(
      checkViolation,
    );
  });
});
