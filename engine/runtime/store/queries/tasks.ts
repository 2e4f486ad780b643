import type { AttemptId, RunId } from '../../../../schemas/ids.ts';
import type { TaskQuestion } from '../../../core/task/judge-answer.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Sql, Tx } from '../sql.ts';

/* Tasks as the use cases see them; lists and pages read them elsewhere. */

export interface TaskRow extends TaskQuestion {
  stepPath: string;
  /** With its version, as entries name it. */
  action: string;
}

export async function findTaskScope(sql: Sql, tenant: string, id: string): Promise<ScopeName | null> {
  const { rows } = await sql.query<ScopeName>(
    'select run_id as "runId", scope_path as path from tasks where tenant_id = $1 and id = $2',
    [tenant, id],
  );
  return rows[0] ?? null;
}

export async function lockTask(tx: Tx, tenant: string, id: string): Promise<TaskRow> {
  const { rows } = await tx.query<Omit<TaskRow, 'answerBeforeMs'> & { answerBeforeMs: string }>(
    `select step_path as "stepPath", action || '@' || (card->>'actionVersion') as action, state, digest, class,
       can_ask as "canAsk", floor(extract(epoch from answer_before) * 1000)::text as "answerBeforeMs",
       exists (select 1 from attempts a where a.tenant_id = t.tenant_id and a.run_id = t.run_id
         and a.step_path = t.step_path and a.purpose = 'check' and a.state in ('queued', 'claimed')) as asking
     from tasks t where tenant_id = $1 and id = $2 for update`,
    [tenant, id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a task disappeared; nobody may delete one');
  return { ...row, answerBeforeMs: Number(row.answerBeforeMs) };
}

/** The target's word about a step whose task it came too late for. */
export interface LateWord {
  outcome: string;
  /** What it says about the effect; null when it is not clear. */
  says: 'happened' | 'did-not-happen' | null;
}

export interface LateTask {
  id: string;
  runId: RunId;
  stepPath: string;
  state: string;
  contradicts: boolean;
}

/** A vendor that repeats itself does not fill the row. */
const lateMax = 20;

/** Keeps it with the newest task of the attempt's step, if there is one. */
export async function keepLateWord(
  tx: Tx,
  tenant: string,
  attemptId: AttemptId,
  word: LateWord,
): Promise<LateTask | null> {
  const { rows } = await tx.query<LateTask>(
    `update tasks t set
       late = case when json_array_length(t.late) >= ${lateMax} then t.late else (t.late::jsonb || jsonb_build_array(
         jsonb_build_object('attempt', $2::text, 'purpose', a.purpose, 'outcome', $3::text, 'says', $4::text,
           'at', to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))))::json end,
       contradicted = t.contradicted or (t.state in ('happened', 'did-not-happen') and t.state <> coalesce($4, t.state))
     from attempts a
     where a.tenant_id = $1 and a.id = $2 and t.tenant_id = $1 and t.run_id = a.run_id and t.step_path = a.step_path
       and t.generation = a.generation and t.number = (select max(o.number) from tasks o where o.tenant_id = $1
         and o.run_id = a.run_id and o.step_path = a.step_path and o.generation = a.generation)
     returning t.id, t.run_id as "runId", t.step_path as "stepPath", t.state,
       t.state in ('happened', 'did-not-happen') and t.state <> coalesce($4, t.state) as contradicts`,
    [tenant, attemptId, word.outcome, word.says],
  );
  return rows[0] ?? null;
}
