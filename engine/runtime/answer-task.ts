import type { Code } from '../../schemas/codes.ts';
import type { RunId, TaskId } from '../../schemas/ids.ts';
import type { RunEvent } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { judgeAnswer, type TaskVerdict, type TaskWord } from '../core/task/judge-answer.ts';
import { type Person, readVoter } from './approval-rows.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import { notThemAnyMore } from './identity/still-them.ts';
import { refuseUnheard } from './refuse-unheard.ts';
import { findTaskScope, lockTask, type TaskRow } from './store/queries/tasks.ts';
import type { Tx } from './store/sql.ts';

/*
 * A person says what became of an effect, or has the target asked once more. Judged, written down and
 * decided about in one transaction that holds the scope: an answer, silence and the target's own word
 * come one after the other, and the first one stands.
 */

export interface TaskAnswerInput extends TaskWord, Omit<Person, 'signedInAtMs'> {
  taskId: TaskId;
  requestId: string;
}

export type Answered =
  | { ok: true; state: 'happened' | 'did-not-happen' | 'asking' }
  | { ok: false; code: Code; detail: string };

export async function answerTask(
  parts: EngineParts,
  advancer: Advancer,
  input: TaskAnswerInput,
): Promise<Answered> {
  const scope = await findTaskScope(parts.database, parts.tenant, input.taskId);
  parts.pass?.('answer.found');
  if (scope === null) return { ok: false, code: 'request/not-found', detail: 'there is no such task' };
  let answered: Answered | undefined;
  let committed: (() => Promise<void>) | undefined;
  await advancer.submit({
    kind: 'ask',
    ...scope,
    resolve: async (tx, nowMs) => {
      const task = await lockTask(tx, parts.tenant, input.taskId);
      parts.pass?.('answer.locked');
      const voter = await readVoter(tx, parts.tenant, input);
      parts.pass?.('answer.judged');
      const { letIn = null } = input;
      const ended = letIn === null ? null : await notThemAnyMore(tx, parts.tenant, letIn);
      const verdict: TaskVerdict =
        ended === null ? judgeAnswer(task, voter, input, nowMs) : { kind: 'refuse', ...ended };
      const entry = entryOf(verdict, input, task, scope);
      committed = undefined;
      if (verdict.kind === 'refuse') {
        const refused = parts.told.refused(entry, input);
        committed = refused.committed;
        answered = { ok: false, code: verdict.code, detail: verdict.detail };
        return { events: [], entries: refused.entries };
      }
      answered = { ok: true, state: input.answer === 'ask' ? 'asking' : input.answer };
      if (input.answer !== 'ask') await settle(tx, parts.tenant, input);
      parts.pass?.('answer.settled');
      return { events: [eventOf(input, task)], entries: [entry] };
    },
  });
  await committed?.();
  parts.pass?.('answer.committed');
  if (answered !== undefined) return answered;
  const { actor, requestId, taskId: task, answer } = input;
  return refuseUnheard(parts, scope.runId, {
    type: 'task.refused',
    actor,
    requestId,
    data: { task, answer },
  });
}

function eventOf({ answer, proof, personId }: TaskAnswerInput, { stepPath }: TaskRow): RunEvent {
  const by = personId ?? '';
  return answer === 'ask'
    ? { type: 'task.ask', ref: stepPath, by }
    : { type: 'task.answered', ref: stepPath, answer, by, proof };
}

/** Refused attempts are written too: who said what, and why it did not count. */
function entryOf(
  verdict: TaskVerdict,
  input: TaskAnswerInput,
  task: TaskRow,
  { runId }: { runId: RunId },
): EntryDraft {
  const about = {
    actor: input.actor,
    runId,
    step: task.stepPath,
    action: task.action,
    planDigest: task.digest,
    requestId: input.requestId,
    data: { task: input.taskId, answer: input.answer },
  };
  if (verdict.kind === 'refuse') {
    const type = verdict.code === 'task/closed' ? 'task.ignored' : 'task.refused';
    return { type, ...about, outcome: 'denied', code: verdict.code, reason: verdict.detail };
  }
  if (input.answer === 'ask')
    return { type: 'task.asked', ...about, outcome: 'success', reason: input.proof };
  return { type: 'task.answered', ...about, outcome: 'success', reason: input.proof };
}

async function settle(tx: Tx, tenant: string, input: TaskAnswerInput): Promise<void> {
  await tx.query(
    `update tasks set state = $3, settled_by = 'person', person_id = $4, proof = $5, ended_at = clock_timestamp()
     where tenant_id = $1 and id = $2 and state = 'open'`,
    [tenant, input.taskId, input.answer, input.personId, input.proof],
  );
}
