import type { Code } from '../../schemas/codes.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { undoRef } from '../core/run/scope-path.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import { type LetIn, notThemAnyMore } from './identity/still-them.ts';
import { peopleBehind } from './store/queries/people-behind.ts';

type Refused = { ok: false; code: Code; detail: string };

/** Asks a run to end (language reference 9.12). Jobs that are out are awaited; what was done is taken back only when asked. */
export async function cancelRun(
  parts: EngineParts,
  advancer: Advancer,
  input: {
    runId: RunId;
    actor: Actor;
    reason: string;
    undo: boolean;
    requestId: string;
    letIn?: LetIn | null;
  },
): Promise<{ ok: true } | Refused> {
  let answer: { ok: true } | Refused | undefined;
  await advancer.submit({
    kind: 'ask',
    runId: input.runId,
    path: 'run',
    resolve: async (tx) => {
      const { actor, requestId, runId, letIn = null } = input;
      const notThem = letIn === null ? null : await notThemAnyMore(tx, parts.tenant, letIn);
      if (notThem !== null) {
        answer = { ok: false, ...notThem };
        const { code, detail: reason } = notThem;
        const about = { actor, requestId, runId };
        return {
          events: [],
          entries: [{ type: 'auth.refused', ...about, outcome: 'denied', code, reason }],
        };
      }
      const { rows } = await tx.query<RunToCancel>(
        `select r.state, s.live = 'ended' as ended, r.restart_of as "restartOf",
           s.snapshot::json->'context'->'ending'->>'outcome' as ending,
           s.snapshot::json->'context'->'steps'->$3 is not null as "takesBack"
         from runs r join scopes s on s.tenant_id = r.tenant_id and s.run_id = r.id and s.path = 'run'
         where r.tenant_id = $1 and r.id = $2`,
        [parts.tenant, input.runId, undoRef('run')],
      );
      const [run] = rows;
      const state = run?.state ?? 'gone';
      if (!isUnderWay(state, run?.ended ?? true)) {
        answer = ended(state);
        return { events: [], entries: [] };
      }
      const ending = run?.ending ?? null;
      // Its outcome stands. What can still be asked for is that it does its last steps no further and takes back.
      if (ending !== null && (!input.undo || run?.takesBack === true)) {
        answer = doesItsLastSteps(ending, run?.takesBack ?? false);
        return { events: [], entries: [] };
      }
      const restartOf = run?.restartOf ?? null;
      if (input.undo && state === 'queued' && restartOf !== null) {
        answer = tookNothingUp(restartOf);
        return { events: [], entries: [] };
      }
      answer = { ok: true };
      const { reason, undo } = input;
      const excluded = undo ? await peopleBehind(tx, parts.tenant, [input.actor.id]) : [];
      return {
        events: [{ type: 'run.cancel', by: input.actor.id, reason, undo, excluded }],
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
  return answer ?? unasked(parts, input.runId);
}

interface RunToCancel {
  state: string;
  ended: boolean;
  restartOf: RunId | null;
  ending: string | null;
  /** Everything it did is being taken back by its own last steps, or was. */
  takesBack: boolean;
}

/** One whose undo step is at work is `undoing` as well as one that a person takes back after its end. */
function isUnderWay(state: string, itsScopeEnded: boolean): boolean {
  return ['queued', 'running', 'waiting'].includes(state) || (state === 'undoing' && !itsScopeEnded);
}

/** Who has not begun ends at once and has no place to act in, while what it goes on from stands. */
function tookNothingUp(restartOf: RunId): Refused {
  const detail = `the run has not begun; cancel it without undo, then take back ${restartOf}, which it goes on from`;
  return { ok: false, code: 'request/conflict', detail };
}

function doesItsLastSteps(ending: string, takesBack: boolean): Refused {
  const rest = takesBack
    ? 'everything it did is taken back by them, and there is nothing left to cancel'
    : 'cancel it with undo to cut them short and take back what it did';
  return {
    ok: false,
    code: 'request/conflict',
    detail: `the run is ending as ${ending} and does its last steps; ${rest}`,
  };
}

function ended(state: string): Refused {
  const detail =
    state === 'undoing'
      ? 'the run has ended and is being taken back; there is nothing to cancel'
      : `the run has ended as ${state}; there is nothing to cancel`;
  return { ok: false, code: 'request/conflict', detail };
}

/** Why a run was not asked: it is not there, or this engine cannot load it. */
async function unasked({ database, tenant }: EngineParts, runId: RunId): Promise<Refused> {
  const text = `select r.state, s.live = 'ended' as ended
    from runs r join scopes s on s.tenant_id = r.tenant_id and s.run_id = r.id and s.path = 'run'
    where r.tenant_id = $1 and r.id = $2`;
  const [run] = (await database.query<{ state: string; ended: boolean }>(text, [tenant, runId])).rows;
  if (run === undefined) return { ok: false, code: 'request/not-found', detail: 'there is no such run' };
  if (!isUnderWay(run.state, run.ended)) return ended(run.state);
  const detail = 'the run was compiled by another version; an engine of that version can cancel it';
  return { ok: false, code: 'run/needs-engine', detail };
}
