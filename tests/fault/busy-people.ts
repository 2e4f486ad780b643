import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/runtime/open-engine.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { ApprovalId, PersonId, RunId } from '../../schemas/ids.ts';
import type { People } from './taken-back.ts';

/*
 * People who work at the engine that dies: their decision or order is under way in its process, as a
 * request to its API is. They look again until nothing is left, as people do who got no answer.
 */

export async function workAs(people: People, engine: Engine, database: Database): Promise<never> {
  const act = async () => {
    await Promise.all([
      decideAll(people.approver, engine, database),
      undoAll(people.undoer, engine, database),
    ]);
  };
  for (;;) {
    // Without a database nothing can be asked or ordered; they come back.
    await act().catch((error: unknown) => process.stderr.write(`people: ${String(error)}\n`));
    await sleep(50);
  }
}

async function decideAll(personId: PersonId, engine: Engine, database: Database): Promise<void> {
  const { rows } = await database.query<{ id: ApprovalId; digest: string }>(
    `select id, digest from approvals where state = 'pending'`,
  );
  await Promise.all(
    rows.map(({ id, digest }) =>
      settleApproval(engine.parts, engine.advancer, {
        approvalId: id,
        decision: 'approve',
        digest,
        comment: 'Looked at it',
        personId,
        actor: { kind: 'person', id: personId, channel: 'api' },
        requestId: 'test',
      }),
    ),
  );
}

async function undoAll(personId: PersonId, engine: Engine, database: Database): Promise<void> {
  const { rows } = await database.query<{ id: RunId }>(
    `select id from runs r where playbook_id = 'back-by-hand' and state = 'succeeded'
       and exists (select 1 from undo_records u where u.run_id = r.id and u.state = 'done')`,
  );
  for (const { id } of rows) {
    await undoRun(engine.parts, {
      runId: id,
      steps: null,
      reason: 'It was nothing',
      actor: { kind: 'person', id: personId, channel: 'api' },
      personId,
      requestId: 'test',
    });
  }
}
