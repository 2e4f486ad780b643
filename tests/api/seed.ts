import { createHash } from 'node:crypto';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';

/** Rows as the engine would leave them when a run waits for an approval. */
export async function seedWaitingRun(
  sql: Sql,
  options: {
    title?: string;
    question?: string;
    happens?: string;
    approvers?: string[];
    excluded?: string[];
    quorum?: number;
    startedBy?: string;
    cardClass?: string;
    editable?: { name: string; schema: object }[];
    /** The scope that the question is asked in. */
    scope?: string;
    /** More of what is signed. */
    plan?: object;
  } = {},
) {
  const [alertId, runId, approvalId, attemptId] = [
    mintId('AlertId'),
    mintId('RunId'),
    mintId('ApprovalId'),
    mintId('AttemptId'),
  ];
  const incidentId = mintId('IncidentId');
  const title = options.title ?? 'Ransomware behaviour on DB-1';
  const plan = JSON.stringify({
    action: 'edr.isolate-host',
    params: { host_id: 'H17', comment: 'secret words' },
    ...options.plan,
  });
  const digest = `sha256:${createHash('sha256')
    .update(plan + approvalId)
    .digest('hex')}`;
  const t = defaultTenant;
  await seedPlaybook(sql);
  await sql.query(
    `insert into incidents (tenant_id, id, source, source_id, title, severity) values ($1, $2, 'edr', $2, $3, 'high')`,
    [t, incidentId, title],
  );
  await sql.query(
    `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, raw, incident_id, state)
     values ($1, $2, 'edr', $2, $3, 'high', 'ransomware', $4, $5, $6, 'matched')`,
    [
      t,
      alertId,
      title,
      JSON.stringify({ id: alertId, title }),
      JSON.stringify({ vendor: 'raw' }),
      incidentId,
    ],
  );
  await sql.query(
    `insert into alert_targets (tenant_id, alert_id, kind, target_id, name) values ($1, $2, 'host', 'H17', 'DB-1')`,
    [t, alertId],
  );
  await sql.query(
    `insert into decision_traces (tenant_id, event_id, seq, playbook_id, trigger_id, outcome, run_id)
     values ($1, $2, 1, 'isolate-host', 'on-alert', 'started', $3)`,
    [t, alertId, runId],
  );
  await sql.query(
    `insert into runs (tenant_id, id, playbook_id, playbook_version, digest, compiler_version, snapshot_version, run_key,
       trigger_id, alert_id, incident_id, mode, priority, state, given, started_by)
     values ($1, $2, 'isolate-host', 1, 'sha256:p', 1, 1, $2, 'on-alert', $3, $4, 'enforce', 2, 'waiting', $5, $6)`,
    [
      t,
      runId,
      alertId,
      incidentId,
      JSON.stringify({ inputs: { host_id: 'H17' } }),
      options.startedBy ?? 'alert',
    ],
  );
  await sql.query(
    `insert into steps (tenant_id, run_id, path, position, kind, name, action, status, phase, attempts, target_kind,
       target_id, outputs)
     values ($1, $2, 'run/asset', 0, 'action', 'Look it up', 'inventory.lookup-host', 'succeeded', null, 1, 'host', 'H17', $3),
            ($1, $2, 'run/isolate', 1, 'action', 'Isolate', 'edr.isolate-host', 'active', 'asking', 0, 'host', 'H17', '{}')`,
    [t, runId, JSON.stringify({ users: ['ann', 'bo'], count: 2 })],
  );
  await sql.query(
    `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
       action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, state,
       intent_entry_id, outcome)
     values ($1, $2, $3, 'run', 'run/asset', 'perform', 1, $2, 'inventory.lookup-host', '1.0.0', 'read', 'inventory',
       'main', $4, 'host', 'H17', 2, 1000, 'done', 'ent_1', $5)`,
    [
      t,
      attemptId,
      runId,
      JSON.stringify({ host_id: 'H17' }),
      JSON.stringify({ kind: 'succeeded', outputs: { role: 'server' } }),
    ],
  );
  const card = {
    question: options.question ?? 'Isolate server DB-1?',
    why: title,
    happens: options.happens ?? 'Network access of DB-1 is cut.',
    targets: [{ kind: 'host', id: 'H17', name: 'DB-1' }],
    reversible: true,
    wayBack: 'Undo any time.',
    arguments: [{ name: 'comment', value: 'secret words' }],
    editable: options.editable ?? [],
    evidence: [{ label: 'Users', value: 'ann, bo' }],
    falsepositives: ['backup agent'],
    action: 'edr.isolate-host',
    class: options.cardClass ?? 'contain',
    step: 'run/isolate',
    stepName: 'Isolate',
    unshowable: null,
  };
  await sql.query(
    `insert into approvals (tenant_id, id, run_id, scope_path, step_path, ask_number, digest, plan, card, approvers,
       quorum, separate, require_comment, excluded, approve_before)
     values ($1, $2, $3, $9, $9 || '/isolate', 1, $4, $5, $6, $7, $10, true, 'on_deny', $8, clock_timestamp() + interval '1 hour')`,
    [
      t,
      approvalId,
      runId,
      digest,
      Buffer.from(plan),
      JSON.stringify(card),
      options.approvers ?? ['group:soc-tier2'],
      options.excluded ?? [],
      options.scope ?? 'run',
      options.quorum ?? 1,
    ],
  );
  await sql.query(
    `insert into target_facts (tenant_id, kind, target_id, facts) values ($1, 'host', 'H17', $2)
     on conflict do nothing`,
    [t, JSON.stringify({ name: 'DB-1', role: 'server', criticality: 'high' })],
  );
  return { alertId, runId, approvalId, attemptId, incidentId, digest };
}

/** As the engine leaves it when somebody has decided alone; the role is as old as it has to be. */
export async function seedGlass(
  owner: Sql,
  approvalId: string,
  personId: string,
  reason: string,
): Promise<void> {
  await owner.query('alter table people disable trigger user');
  await owner.query(
    `update people set break_glass_since = clock_timestamp() - interval '2 days' where id = $1`,
    [personId],
  );
  await owner.query('alter table people enable trigger user');
  await owner.query(
    `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest, comment)
     select tenant_id, 'dec_' || id, id, $2, 'approve', digest, $3 from approvals where id = $1`,
    [approvalId, personId, reason],
  );
  await owner.query(
    `insert into break_glass (tenant_id, approval_id, person_id, reason) values ('default', $1, $2, $3)`,
    [approvalId, personId, reason],
  );
  await owner.query(`update approvals set state = 'granted', ended_at = clock_timestamp() where id = $1`, [
    approvalId,
  ]);
}

export async function seedPlaybook(sql: Sql): Promise<void> {
  const plan = {
    playbook: { id: 'isolate-host', title: 'Isolate a host', status: 'stable', owner: 'group:soc' },
    mode: 'enforce',
    impact: 'contain',
  };
  await sql.query(
    `insert into playbook_versions (tenant_id, playbook_id, version, semver, title, source, source_sha256, plan, digest,
       compiler_version, published_by)
     values ($1, 'isolate-host', 1, '1.3.0', 'Isolate a host', 'title: x', 'abc', $2, 'sha256:p', 1, 'start')
     on conflict do nothing`,
    [defaultTenant, JSON.stringify(plan)],
  );
  await sql.query(
    `insert into playbooks (tenant_id, id, current_version) values ($1, 'isolate-host', 1) on conflict do nothing`,
    [defaultTenant],
  );
}

export async function seedAlerts(sql: Sql, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const id = mintId('AlertId');
    // All in the same instant, so that only the id tells them apart.
    await sql.query(
      `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, received_at)
       values ($1, $2, 'bulk', $2, $3, $4, 'other', '{}', '2026-01-02T03:04:05.123456Z')`,
      [defaultTenant, id, `Bulk ${n}`, n % 2 === 0 ? 'low' : 'high'],
    );
  }
}

export async function seedEntry(sql: Sql, index: number, entry: { type: string; [field: string]: unknown }) {
  const bytes = Buffer.from(JSON.stringify(entry));
  await sql.query(
    `insert into audit_log_meta (tenant_id, log_id, origin) values ($1, 'log', 'test') on conflict do nothing`,
    [defaultTenant],
  );
  await sql.query(
    `insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, run_id, type, at)
     values ($1, 'log', $2, $3, $4, $5, $6, $7, clock_timestamp())`,
    [
      defaultTenant,
      index,
      bytes,
      createHash('sha256')
        .update(Buffer.from([0]))
        .update(bytes)
        .digest(),
      `ent_${index}`,
      entry.runId ?? null,
      entry.type,
    ],
  );
}
