import type { ActionContext, ActionOutcome, Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { ended, failed, retryable, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { nonEmptyTextOf } from '../../client/read-field.ts';
import { pollMs } from '../../client/read-setting.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { isolationOrigin } from './isolation-origin.ts';
import { holdsNow, newestSuccess, type Wanted } from './judge-isolation.ts';
import { listIsolationActions } from './list-machine-actions.ts';
import { isFinal, type MachineAction, readMachineAction } from './machine-action.ts';
import { explainEnd } from './order-once.ts';
import { isolationHandle, isolationOutputs } from './show-isolation.ts';

/** 5 s, then 15 s, then every 60 s (facts 4.2), in multiples of the connection's base interval. */
const pollFactors = [3, 12];

/**
 * Looks after an accepted order. The status of one action is not enough: the state of the machine is
 * what the whole list says, because another action may have succeeded after ours or wait to do so.
 */
export async function confirmIsolation(
  mde: VendorApi,
  context: ActionContext,
  order: { machineId: string; wanted: Wanted },
  handle: JsonObject,
): Promise<ActionOutcome> {
  const id = nonEmptyTextOf(handle, 'machine_action_id');
  if (id === null) throw new Error('The handle of an isolation has no machine_action_id.');
  const ours = handle.ours === true;
  const list = await listIsolationActions(mde, context, order.machineId);
  if (!list.ok) return failed(list.failure);

  const reached = holdsNow(list.actions, order.wanted);
  if (reached !== null) {
    const changed = isolationOrigin(list.actions, reached, {
      ours: ours && reached.id === id,
      actionKey: context.actionKey,
    });
    return { kind: 'succeeded', outputs: isolationOutputs(reached), ...changed };
  }

  const listed = list.actions.find((action) => action.id === id);
  const action = listed ?? (await readOne(mde, context, id));
  if ('code' in action) return failed(action);
  if (!isFinal(action)) {
    const polls = typeof handle.polls === 'number' ? handle.polls : 0;
    const factor = pollFactors[Math.min(polls, pollFactors.length - 1)] ?? 1;
    return {
      kind: 'accepted',
      handle: isolationHandle(action, ours, polls + 1),
      pollAfterMs: pollMs(context.connection) * factor,
    };
  }
  return ended(explain(action, list.actions, order.wanted));
}

async function readOne(mde: VendorApi, context: ActionContext, id: string): Promise<MachineAction | Failure> {
  const answer = await mde.read(context, path`/api/machineactions/${id}`);
  if (!answer.ok) return answer.failure;
  return (
    readMachineAction(answer.body) ??
    terminal('invalid-response', 'Defender for Endpoint sent an action that cannot be read.')
  );
}

function explain(action: MachineAction, actions: MachineAction[], wanted: Wanted): Failure {
  if (action.status !== 'Succeeded') return explainEnd(action.status);
  // it succeeded, and yet the wanted state does not hold
  if (actions.some((other) => !isFinal(other))) {
    return retryable(
      'unavailable',
      'The order succeeded, but an opposite one is pending behind it; the next attempt clears it.',
    );
  }
  const newest = newestSuccess(actions);
  if (newest?.type === 'Isolate' && wanted.state === 'isolated') {
    return retryable(
      'conflict',
      'The device is isolated selectively by an earlier order; full isolation was asked for.',
    );
  }
  return terminal('conflict', 'The order succeeded, but a later one took the state back.');
}
