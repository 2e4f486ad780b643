import { randomUUID } from 'node:crypto';
import type { Database } from '../../engine/runtime/store/database.ts';
import { addApproval, addAttempt, addPerson, addRun, insertRow } from '../support/corridor-rows.ts';

/* Rows of a story that was over forty days ago, each valid by itself; a test then says what of it is not. */

export const old = new Date(Date.now() - 40 * 86_400_000);
const tenant_id = 'default';

type Row = { [column: string]: unknown };

export async function addIncident(owner: Database, row: Row = {}): Promise<string> {
  const id = `inc_${randomUUID()}`;
  const columns = { tenant_id, id, source: 'edr', source_id: id, title: 'x', severity: 'high' };
  await insertRow(owner, 'incidents', {
    ...columns,
    status: 'resolved',
    created_at: old,
    updated_at: old,
    ...row,
  });
  return id;
}

export async function addAlert(owner: Database, row: Row = {}): Promise<string> {
  const id = `alr_${randomUUID()}`;
  const said = { title: 'x', severity: 'high', category: 'c', alert: '{}', raw: null, state: 'matched' };
  const columns = {
    tenant_id,
    id,
    source: 'edr',
    source_id: id,
    ...said,
    received_at: old,
    updated_at: old,
    ...row,
  };
  await insertRow(owner, 'alerts', columns);
  await insertRow(owner, 'alert_targets', { tenant_id, alert_id: columns.id, kind: 'host', target_id: 'h1' });
  return id;
}

export async function addSignal(owner: Database, row: Row = {}): Promise<string> {
  const id = `sig_${randomUUID()}`;
  const columns = { tenant_id, id, type: 'webhook', data: '{}', alert: '{}', state: 'matched', at: old };
  await insertRow(owner, 'signals', { ...columns, ...row });
  return id;
}

export const over = { state: 'succeeded', created_at: old, started_at: old, ended_at: old };

export async function addOldRun(owner: Database, row: Row = {}): Promise<string> {
  const run_id = await addRun(owner, { ...over, ...row });
  await insertRow(owner, 'scopes', {
    tenant_id,
    run_id,
    path: 'run',
    version: 1,
    snapshot: '{}',
    live: 'ended',
  });
  const step = { path: 'run/isolate', position: 0, kind: 'action', name: 'x', status: 'succeeded' };
  await insertRow(owner, 'steps', { tenant_id, run_id, ...step, started_at: old, finished_at: old });
  return run_id;
}

/** An alert, the run that it started, and its trace. */
export async function addStory(owner: Database, run: Row = {}, alert: Row = {}) {
  const alertId = await addAlert(owner, alert);
  const runId = await addOldRun(owner, { alert_id: alertId, ...run });
  const traced = { seq: 1, playbook_id: 'isolate', trigger_id: 'manual', outcome: 'started', run_id: runId };
  await insertRow(owner, 'decision_traces', { tenant_id, event_id: alertId, ...traced, at: old });
  return { alertId, runId };
}

export function addOldAttempt(owner: Database, runId: string, row: Row = {}): Promise<string> {
  return addAttempt(owner, runId, { state: 'done', created_at: old, finished_at: old, ...row });
}

export async function addRecord(owner: Database, run_id: string, row: Row = {}): Promise<string> {
  const id = `und_${randomUUID()}`;
  const done = {
    step_path: 'run/isolate',
    step_name: 'x',
    action: 'edr.isolate-host',
    action_key: id,
    connection: 'main',
  };
  const about = { target_kind: 'host', target_id: 'h1', effect: 'network-isolated', origin: 'ours' };
  const state = { inverse: '{"action":"edr.release-host"}', state: 'undone', settled_at: old };
  const times = { created_at: old, leased_at: old };
  const columns = { tenant_id, id, run_id, scope_path: 'run', ...done, ...about, ...state, ...times, ...row };
  await insertRow(owner, 'undo_records', columns);
  return id;
}

export async function addTask(owner: Database, run_id: string, row: Row = {}): Promise<void> {
  const asked = {
    step_path: 'run/isolate',
    number: 1,
    action: 'edr.isolate-host',
    class: 'contain',
    system: 'edr',
  };
  const shown = {
    digest: 'x',
    card: '{}',
    follows: '{}',
    can_ask: false,
    opened_at: old,
    answer_before: old,
  };
  const columns = { tenant_id, id: `tsk_${randomUUID()}`, run_id, scope_path: 'run', ...asked, ...shown };
  await insertRow(owner, 'tasks', {
    ...columns,
    state: 'withdrawn',
    settled_by: 'engine',
    ended_at: old,
    ...row,
  });
}

export async function addOldApproval(owner: Database, runId: string, row: Row = {}): Promise<string> {
  const times = { requested_at: old, approve_before: old, ended_at: old };
  return addApproval(owner, runId, { step_path: 'run/isolate', state: 'granted', ...times, ...row });
}

/** A decision and its withdrawal are history that triggers keep; inserted as they were, in their order. */
export async function addDecision(
  owner: Database,
  approval_id: string,
): Promise<{ decision: string; person: string }> {
  const person = await addPerson(owner);
  const decision = `dec_${randomUUID()}`;
  const said = { decision: 'approve', digest: 'x', at: old };
  await insertRow(owner, 'decisions', { tenant_id, id: decision, approval_id, person_id: person, ...said });
  return { decision, person };
}
