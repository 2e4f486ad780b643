import { describe, expect, it } from 'vitest';
import { addApproval, addAttempt, addPerson, addRun, insertRow } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import {
  checkViolation,
  foreignKeyViolation,
  noRight,
  refused,
  uniqueViolation,
} from '../support/refused.ts';

const { app, sequencer, owner } = await useDatabase();
const run = await addRun(app);

describe('a word that the design does not know', () => {
  it.each([
    ['the state of a run', () => addRun(app, { state: 'resting' })],
    ['the mode of a run', () => addRun(app, { mode: 'yolo' })],
    ['the priority of a run', () => addRun(app, { priority: 0 })],
    ['the state of an attempt', () => addAttempt(app, run, { state: 'maybe' })],
    ['the purpose of an attempt', () => addAttempt(app, run, { purpose: 'retry' })],
    ['the class of an action', () => addAttempt(app, run, { class: 'destroy' })],
    ['the state of an approval', () => addApproval(app, run, { state: 'ignored' })],
    ['when a comment is needed', () => addApproval(app, run, { require_comment: 'sometimes' })],
    [
      'the status of a step',
      () =>
        insertRow(app, 'steps', {
          tenant_id: 'default',
          run_id: run,
          path: 'p',
          position: 0,
          kind: 'action',
          name: 'n',
          status: 'odd',
        }),
    ],
    [
      'the scope of a stop',
      () => insertRow(app, 'stops', { tenant_id: 'default', scope: 'galaxy', subject: '*' }),
    ],
    [
      'the outcome of a match',
      () =>
        insertRow(app, 'decision_traces', {
          tenant_id: 'default',
          event_id: 'a',
          seq: 1,
          playbook_id: 'p',
          trigger_id: 't',
          outcome: 'perhaps',
        }),
    ],
    [
      'the severity of an incident',
      () =>
        insertRow(app, 'incidents', {
          tenant_id: 'default',
          id: 'inc_w',
          source: 's',
          source_id: 'w',
          title: 't',
          severity: 'apocalyptic',
        }),
    ],
  ])('is not stored as %s', async (_, store) => {
    expect(await refused(store())).toBe(checkViolation);
  });
});

describe('a token', () => {
  const token = (id: string, row: object = {}) => ({
    tenant_id: 'default',
    id,
    hash: Buffer.from(id),
    kind: 'service',
    name: 'ci',
    created_by: 'system',
    expires_at: new Date('2100-01-01'),
    ...row,
  });

  it('belongs to a person exactly when it is a personal one', async () => {
    const person_id = await addPerson(app);
    expect(await refused(insertRow(app, 'tokens', token('t1', { kind: 'person' })))).toBe(checkViolation);
    expect(await refused(insertRow(app, 'tokens', token('t2', { person_id })))).toBe(checkViolation);
    expect(await refused(insertRow(app, 'tokens', token('t3', { kind: 'person', person_id: 'x' })))).toBe(
      foreignKeyViolation,
    );
    expect(await refused(insertRow(app, 'tokens', token('t4', { kind: 'person', person_id })))).toBeNull();
  });

  it('has a hash of its own', async () => {
    await insertRow(app, 'tokens', token('t5', { hash: Buffer.from('same') }));
    expect(await refused(insertRow(app, 'tokens', token('t6', { hash: Buffer.from('same') })))).toBe(
      uniqueViolation,
    );
  });
});

describe('an address', () => {
  it('belongs to one person, however it is written', async () => {
    await addPerson(app, { email: 'Ada@Example.org' });
    expect(await refused(addPerson(app, { email: 'ada@example.ORG' }))).toBe(uniqueViolation);
  });
});

describe('the emergency stop', () => {
  it('has its row from the start, so that there is something to lock', async () => {
    const { rows } = await app.query(`select active from stops where scope = 'everything' for share`);
    expect(rows).toEqual([{ active: false }]);
  });
});

describe('rights', () => {
  it('let the application change no schema and the sequencer see no people', async () => {
    expect(await refused(app.query('create table mine (id int)'))).toBe(noRight);
    expect(await refused(app.query('alter table runs disable trigger all'))).toBe(noRight);
    expect(await refused(app.query('drop table audit_log'))).toBe(noRight);
    expect(await refused(sequencer.query('select * from people'))).toBe(noRight);
    expect(await refused(sequencer.query('update runs set state = state'))).toBe(noRight);
  });

  it('keep published versions of playbooks from being deleted', async () => {
    expect(await refused(app.query('delete from playbook_versions'))).toBe(noRight);
  });

  it('are the same as listed here, table by table', async () => {
    const { rows } = await owner.query<{ table: string; rights: string }>(
      `select table_name || ' ' || substr(grantee, 9) as table,
        string_agg(lower(privilege_type), ' ' order by privilege_type) as rights
      from information_schema.role_table_grants
      where table_schema = 'riposte' and grantee in ('riposte_app', 'riposte_sequencer')
      group by table_name, grantee order by 1`,
    );
    const everything = rows
      .filter((row) => row.rights === 'delete insert select update')
      .map((row) => row.table);
    const rest = Object.fromEntries(
      rows.filter((row) => !everything.includes(row.table)).map((row) => [row.table, row.rights]),
    );
    expect(rest).toMatchObject({
      'approvals app': 'insert select update',
      'attempts app': 'insert select update',
      'audit_anchor app': 'select',
      'audit_anchor sequencer': 'insert select update',
      'audit_beside app': 'insert select',
      'audit_checkpoint app': 'select',
      'audit_checkpoint sequencer': 'insert select',
      'audit_cosignature app': 'select',
      'audit_cosignature sequencer': 'insert select',
      'audit_log app': 'select',
      'audit_log sequencer': 'insert select',
      'audit_log_meta app': 'select',
      'audit_log_meta sequencer': 'insert select update',
      'audit_pack app': 'insert select',
      'audit_pack sequencer': 'delete select',
      'audit_pending app': 'insert select',
      'audit_pending sequencer': 'select',
      'audit_tile app': 'select',
      'audit_tile sequencer': 'insert select update',
      'decisions app': 'insert select',
      'runs app': 'insert select update',
    });
    expect(everything.filter((each) => each.endsWith(' sequencer'))).toEqual([]);
    expect(everything.filter((each) => each.startsWith('audit_'))).toEqual([]);
  });
});
