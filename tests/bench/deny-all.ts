import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import { type ApprovalId, defaultTenant, mintId } from '../../schemas/ids.ts';
import type { Riposte } from './open-riposte.ts';

/** Answers at once to whoever asks at once: as many as a busy morning's people. */
const atOnce = 50;

/** A person says no to everything that is asked, until nothing is; nothing is left waiting. */
export async function denyAll({ engine, database }: Riposte): Promise<void> {
  const personId = mintId('PersonId');
  await database.query(
    `insert into people (tenant_id, id, name, roles) values ($1, $2, 'Approver of the benchmark', '{approver}')`,
    [defaultTenant, personId],
  );
  for (;;) {
    const { rows } = await database.query<{ id: ApprovalId; digest: string }>(
      `select id, digest from approvals where tenant_id = $1 and state = 'pending' limit $2`,
      [defaultTenant, atOnce],
    );
    if (rows.length === 0) return;
    const settled = await Promise.all(
      rows.map(({ id, digest }) =>
        settleApproval(engine.parts, engine.advancer, {
          approvalId: id,
          decision: 'deny',
          digest,
          comment: 'Nothing of this is real',
          personId,
          actor: { kind: 'person', id: personId, channel: 'api' },
          signedInAtMs: Date.now(),
          requestId: 'bench',
        }),
      ),
    );
    for (const each of settled) if (!each.ok) throw new Error(each.detail);
  }
}
