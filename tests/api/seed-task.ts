import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { seedWaitingRun } from './seed.ts';

/** Rows as the engine leaves them when nobody knows whether a host was isolated. */
export async function seedTask(
  sql: Sql,
  options: { cardClass?: 'restore' | 'contain' | 'eradicate'; canAsk?: boolean; title?: string } = {},
) {
  const { runId } = await seedWaitingRun(sql);
  const [taskId, attemptId, checkId] = [mintId('TaskId'), mintId('AttemptId'), mintId('AttemptId')];
  const { cardClass = 'contain', canAsk = true } = options;
  const digest = `sha256:${'ab'.repeat(32)}`;
  const t = defaultTenant;
  await sql.query(`update steps set phase = 'undecided' where run_id = $1 and path = 'run/isolate'`, [runId]);
  await sql.query(
    `update approvals set state = 'cancelled', ended_at = clock_timestamp() where run_id = $1`,
    [runId],
  );
  await sql.query(
    `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
       action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, state,
       intent_entry_id, outcome, claimed_at, finished_at)
     select $1, x.id, $2, 'run', 'run/isolate', x.purpose, 1, x.key, 'edr.isolate-host', '1.0.0', $3, 'edr', 'main',
       $4, 'host', 'H17', 2, 1000, 'done', 'ent_1', x.outcome, clock_timestamp(), clock_timestamp()
     from json_to_recordset($5::json) as x(id text, purpose text, key text, outcome json)`,
    [
      t,
      runId,
      cardClass,
      JSON.stringify({ host_id: 'H17', comment: 'secret words' }),
      JSON.stringify([
        {
          id: attemptId,
          purpose: 'perform',
          key: attemptId,
          outcome: { kind: 'unknown', message: 'did not answer: the request may have arrived.' },
        },
        {
          id: checkId,
          purpose: 'check',
          key: checkId,
          outcome: { kind: 'unknown', message: 'answered 503 (correlation 7eaa8cf7).' },
        },
      ]),
    ],
  );
  const card = {
    question: options.title ?? 'Isolate a host: DB-1. Did it happen? Network access of DB-1 is cut.',
    why: 'the target gave no answer before the deadline',
    stepName: 'Isolate',
    action: 'edr.isolate-host',
    actionVersion: '1.0.0',
    actionKey: 's4vt7ntfiydwvi6e3b45eyivklse7emc',
    class: cardClass,
    system: 'edr',
    connection: 'main',
    target: { kind: 'host', id: 'H17', name: 'DB-1' },
    arguments: [
      { name: 'host_id', value: 'H17' },
      { name: 'comment', value: 'secret words' },
    ],
    handle: { machine_action_id: '7a1f4b7e' },
    canAsk,
    byHand: {
      words: 'In the Microsoft Defender portal, open the device: does it say isolated?',
      docs: ['https://learn.microsoft.com/en-us/defender-endpoint/api/isolate-machine'],
    },
  };
  const follows = {
    happened: 'The step counts as succeeded. It can be taken back with edr.release-host.',
    didNotHappen: 'The step counts as failed.',
    silence: 'The step counts as failed with action/outcome-unknown.',
  };
  await sql.query(
    `insert into tasks (tenant_id, id, run_id, scope_path, step_path, generation, number, action, class, system,
       target_kind, target_id, digest, card, follows, can_ask, answer_before)
     values ($1, $2, $3, 'run', 'run/isolate', 0, 1, 'edr.isolate-host', $4, 'edr', 'host', 'H17', $5, $6, $7, $8,
       clock_timestamp() + interval '1 day')`,
    [t, taskId, runId, cardClass, digest, JSON.stringify(card), JSON.stringify(follows), canAsk],
  );
  return { runId, taskId, digest, attemptId, checkId };
}

/** As if a person had answered, and the target had said otherwise after them. */
export async function settleTask(
  sql: Sql,
  taskId: string,
  personId: string,
  contradicted = false,
): Promise<void> {
  await sql.query(
    `update tasks set state = 'did-not-happen', settled_by = 'person', person_id = $2, proof = 'not isolated in the portal',
       ended_at = clock_timestamp(), contradicted = $3, late = $4 where id = $1`,
    [
      taskId,
      personId,
      contradicted,
      JSON.stringify(
        contradicted
          ? [
              {
                attempt: 'att_1',
                purpose: 'check',
                outcome: 'present',
                says: 'isolated, correlation 9b1c2d3e',
                at: '2026-11-20T03:00:00.000Z',
              },
            ]
          : [],
      ),
    ],
  );
}
