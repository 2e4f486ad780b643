import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import { pollMs } from '../../client/read-setting.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { judgeIsolation, newestSuccess, type Wanted } from './judge-isolation.ts';
import { listIsolationActions } from './list-machine-actions.ts';
import { isFinal, type MachineAction } from './machine-action.ts';
import { isolationHandle, isolationOutputs, shownIsolation } from './show-isolation.ts';
import { isOurs } from './tag-comment.ts';

/** The present state, from the same list and by the same judgement as the order itself. Changes nothing. */
export async function checkIsolation(
  mde: VendorApi,
  context: ActionContext,
  order: { machineId: string; wanted: Wanted },
): Promise<CheckOutcome> {
  const list = await listIsolationActions(mde, context, order.machineId);
  if (!list.ok) return { kind: 'unknown', message: list.failure.message };
  const judgement = judgeIsolation(list.actions, order.wanted);
  switch (judgement.kind) {
    case 'no-change':
      return { kind: 'present', outputs: isolationOutputs(judgement.action) };
    case 'adopt':
      return inTransition(context, judgement.action);
    // what opposes would take the state away, so it does not count as reached; an order of ours beside it
    // can still be carried out, and what may still happen is not absent
    case 'clear': {
      const own = list.actions.find(
        (action) =>
          !isFinal(action) && !judgement.opposing.includes(action) && isOurs(action, context.actionKey),
      );
      if (own !== undefined) return inTransition(context, own);
      return { kind: 'absent', shows: shownIsolation(judgement.opposing[0]) };
    }
    case 'post': {
      const newest = newestSuccess(list.actions);
      return { kind: 'absent', ...(newest !== null && { shows: shownIsolation(newest) }) };
    }
  }
}

function inTransition(context: ActionContext, action: MachineAction): CheckOutcome {
  return {
    kind: 'in-transition',
    handle: isolationHandle(action, isOurs(action, context.actionKey), 0),
    pollAfterMs: pollMs(context.connection),
  };
}
