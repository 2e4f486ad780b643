import { expect, it } from 'vitest';
import { addPerson, insertRow } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import { letGoAll, placesOf } from './let-go-all.ts';
import { addDecision, addOldApproval, addOldRun, addStory, old } from './old-rows.ts';

/* Rows go through one function that judges by itself; the application can delete none of them (decision record 0040). */

const { owner, app, sequencer } = await useDatabase();
const tenant_id = 'default';
const kept = [
  'runs',
  'alerts',
  'attempts',
  'approvals',
  'decisions',
  'scopes',
  'signals',
  'undo_records',
  'tasks',
  'notices',
  'withdrawals',
  'break_glass',
  'break_glass_reviews',
  'decision_evidence',
  'gone_names',
  'gone_evidence',
  'retention',
];

it('lets nobody but the function delete: not the application, not with its own word for it, and not the owner by hand', async () => {
  const { runId } = await addStory(owner);
  const approval = await addOldApproval(owner, runId);
  const { decision } = await addDecision(owner, approval);
  for (const table of kept)
    await expect(app.query(`delete from ${table}`), table).rejects.toThrow('permission denied');
  const pretend = (by: typeof app) =>
    by.transaction(async (tx) => {
      await tx.query(`select set_config('riposte.letting_go', pg_current_xact_id()::text, true)`);
      await tx.query('delete from decisions where id = $1', [decision]);
    });
  await expect(pretend(app)).rejects.toThrow('permission denied');
  await owner.query('grant delete on decisions, notices to riposte_app');
  await expect(pretend(app)).rejects.toThrow('append-only');
  await owner.query('revoke delete on decisions, notices from riposte_app');
  await expect(owner.query('delete from decisions')).rejects.toThrow('append-only');
  await expect(owner.query('update decisions set comment = $1', ['x'])).rejects.toThrow('append-only');
  expect(await placesOf(owner, [runId, decision])).toContain('decisions.id');
  await letGoAll(app);
  expect(await placesOf(owner, [runId, decision])).toEqual([]);
});

it('refuses days under 31 and takes no batch without an end', async () => {
  for (const days of [0, 1, 30, -40, null])
    await expect(app.query('select let_go($1, $2, 10)', ['default', days])).rejects.toThrow(
      'nothing goes before 31 days',
    );
  const young = await addOldRun(owner, { created_at: new Date(), ended_at: new Date() });
  await app.query('select let_go($1, 31, 1000000)', ['default']);
  await letGoAll(app);
  expect(await placesOf(owner, [young])).toContain('runs.id');
});

it('is for the application alone, and its parts for nobody', async () => {
  await expect(sequencer.query(`select let_go('default', 31, 1)`)).rejects.toThrow('permission denied');
  for (const call of [
    `delete_family('default', '{}', '{}', '{run_1}', '{}')`,
    `lock_family('default', '{}', '{}', '{}', '{}')`,
  ])
    await expect(app.query(`select ${call}`)).rejects.toThrow('permission denied');
  await expect(app.query(`update retention set after_at = now()`)).rejects.toThrow('permission denied');
});

it('keeps what a key signed for a question that went, as the log names it', async () => {
  const { runId } = await addStory(owner);
  const approval = await addOldApproval(owner, runId);
  const { decision, person } = await addDecision(owner, approval);
  const passkey = { credential_id: Buffer.from('c'), name: 'key', public_key: Buffer.from('k'), counter: 0 };
  await insertRow(owner, 'passkeys', {
    tenant_id,
    id: 'pky_1',
    person_id: person,
    ...passkey,
    syncable: false,
    synced: false,
  });
  const evidence = Buffer.from('{"v":1}');
  await insertRow(owner, 'decision_evidence', {
    tenant_id,
    decision_id: decision,
    passkey_id: 'pky_1',
    evidence,
  });
  await letGoAll(app);
  const { rows } = await app.query('select * from gone_evidence');
  expect(rows).toEqual([
    {
      tenant_id,
      approval_id: approval,
      word_id: decision,
      run_id: runId,
      person_id: person,
      at: old,
      passkey_id: 'pky_1',
      evidence,
      shared: null,
    },
  ]);
  await expect(owner.query('delete from gone_evidence')).rejects.toThrow('append-only');
});

it('remembers the names of alerts and incidents longer than their rows, and not for ever', async () => {
  const { alertId } = await addStory(owner);
  await letGoAll(app);
  const names = async () => (await app.query('select 1 from gone_names where id = $1', [alertId])).rowCount;
  expect(await names()).toBe(1);
  await owner.query(`update gone_names set went_at = now() - interval '399 days'`);
  await letGoAll(app);
  expect(await names()).toBe(1);
  await owner.query(`update gone_names set went_at = now() - interval '401 days'`);
  await letGoAll(app, 41);
  expect(await names()).toBe(1);
  await letGoAll(app, 31);
  expect(await names()).toBe(0);
});

it('leaves people and playbooks alone', async () => {
  const person = await addPerson(owner);
  await letGoAll(app);
  expect((await owner.query('select 1 from people where id = $1', [person])).rowCount).toBe(1);
  expect((await owner.query('select 1 from playbook_versions')).rowCount).toBe(1);
});
