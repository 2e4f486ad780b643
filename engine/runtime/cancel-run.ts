import type { Code } from '../../schemas/codes.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';

/** Asks a run to end (language reference 9.12). Jobs that are out are awaited; what was done is taken back only when asked. */
export async function cancelRun(
  parts: EngineParts,
  advancer: Advancer,
  input: { runId: RunId; actor: Actor; reason: string; undo: boolean; requestId: string },
): Promise<{ ok: true } | { ok: false; code: Code; detail: string }> {
  let answer: { ok: true } | { ok: false; code: Code; detail: string } = {
    ok: false,
    code: 'request/not-found',
    detail: 'there is no such run',
  };
  await advancer.submit({
    kind: 'ask',
    runId: input.runId,
    path: 'run',
    resolve: async (tx) => {
      const { rows } = await tx.query<{ state: string; ending: string | null }>(
        `select r.state, s.snapshot::json->'context'->'ending'->>'outcome' as ending
         from runs r join scopes s on s.tenant_id = r.tenant_id and s.run_id = r.id and s.path = 'run'
         where r.tenant_id = $1 and r.id = $2`,
        [parts.tenant, input.runId],
      );
      const state = rows[0]?.state ?? 'gone';
      if (!['queued', 'running', 'waiting'].includes(state)) {
        answer = {
          ok: false,
          code: 'request/conflict',
          detail: `the run has ended as ${state}; there is nothing to cancel`,
        };
        return { events: [], entries: [] };
      }
      const ending = rows[0]?.ending ?? null;
      if (ending !== null) {
        const detail = `the run is ending as ${ending} and does its last steps; there is nothing left to cancel`;
        answer = { ok: false, code: 'request/conflict', detail };
        return { events: [], entries: [] };
      }
      answer = { ok: true };
      return {
        events: [{ type: 'run.cancel', by: input.actor.id, reason: input.reason, undo: input.undo }],
        entries: [
          {
            type: 'run.cancel-requested',
            actor: input.actor,
            runId: input.runId,
            reason: input.reason,
            data: { undo: input.undo },
            requestId: input.requestId,
          },
        ],
      };
    },
  });
  return answer;
}
