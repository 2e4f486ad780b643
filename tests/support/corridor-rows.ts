import { randomUUID } from 'node:crypto';
import { compilerVersion } from '../../engine/core/contracts/plan.ts';
import { snapshotVersion } from '../../engine/core/run/context.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';

/*
 * Rows that are valid in every respect, for tests that then do one thing wrong.
 * A value given replaces the valid one; each function returns the new row's id.
 */

type Row = { [column: string]: unknown };

const tenant_id = 'default';

export async function insertRow(sql: Sql, table: string, row: Row): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`);
  await sql.query(
    `insert into ${table} (${columns.map((name) => `"${name}"`).join(', ')}) values (${places.join(', ')})`,
    Object.values(row),
  );
}

export async function addPerson(sql: Sql, row: Row = {}): Promise<string> {
  const id = `per_${randomUUID()}`;
  await insertRow(sql, 'people', { tenant_id, id, name: 'Ada', ...row });
  return id;
}

export async function addRun(sql: Sql, row: Row = {}): Promise<string> {
  await sql.query(
    `insert into playbook_versions (tenant_id, playbook_id, version, semver, title, source, source_sha256, plan, digest,
      compiler_version, published_by)
    values ($1, 'isolate', 1, '1.0.0', 'Isolate', 'x', 'x', '{}', 'x', 1, 'system') on conflict do nothing`,
    [tenant_id],
  );
  const id = `run_${randomUUID()}`;
  await insertRow(sql, 'runs', {
    tenant_id,
    id,
    playbook_id: 'isolate',
    playbook_version: 1,
    digest: 'x',
    compiler_version: compilerVersion,
    snapshot_version: snapshotVersion,
    run_key: id,
    trigger_id: 'manual',
    mode: 'enforce',
    priority: 1,
    state: 'running',
    given: '{}',
    started_by: 'system',
    ...row,
  });
  return id;
}

export async function addAttempt(sql: Sql, run_id: string, row: Row = {}): Promise<string> {
  const id = `att_${randomUUID()}`;
  await insertRow(sql, 'attempts', {
    tenant_id,
    id,
    run_id,
    scope_path: 'run',
    step_path: 'isolate',
    purpose: 'perform',
    number: 1,
    action_key: `key of ${id}`,
    action: 'edr.isolate-host',
    action_version: '1.0.0',
    class: 'contain',
    system: 'edr',
    connection: 'main',
    arguments: '{}',
    priority: 1,
    timeout_ms: 60_000,
    intent_entry_id: `ent_${randomUUID()}`,
    ...row,
  });
  return id;
}

export const claimed = { state: 'claimed', worker: 'w1', lease_until: new Date('2100-01-01') };

export async function addApproval(sql: Sql, run_id: string, row: Row = {}): Promise<string> {
  const id = `apr_${randomUUID()}`;
  await insertRow(sql, 'approvals', {
    tenant_id,
    id,
    run_id,
    scope_path: 'run',
    step_path: 'isolate',
    ask_number: 1,
    digest: 'x',
    plan: Buffer.from('{}'),
    card: '{}',
    approvers: ['role:approver'],
    quorum: 1,
    separate: true,
    require_comment: 'never',
    approve_before: new Date('2100-01-01'),
    ...row,
  });
  return id;
}

export async function addLogEntry(sql: Sql, idx: number, row: Row = {}): Promise<void> {
  await insertRow(sql, 'audit_log', {
    tenant_id,
    log_id: 'log',
    idx,
    entry: Buffer.from('{}'),
    leaf: Buffer.alloc(32, 1),
    entry_id: `ent_${randomUUID()}`,
    type: 'run.started',
    at: new Date('2026-01-01'),
    ...row,
  });
}
