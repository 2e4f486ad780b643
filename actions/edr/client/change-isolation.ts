import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, retryable } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { pollMs } from '../../client/read-setting.ts';
import type { VendorApi, Writing } from '../../client/vendor-api.ts';
import { isolationOrigin } from './isolation-origin.ts';
import { judgeIsolation, type Wanted } from './judge-isolation.ts';
import { listIsolationActions } from './list-machine-actions.ts';
import { type MachineAction, readMachineAction } from './machine-action.ts';
import { isolationHandle, isolationOutputs } from './show-isolation.ts';
import { commentWithKey, isOurs } from './tag-comment.ts';

export interface Order {
  machineId: string;
  wanted: Wanted;
  comment: string;
}

/** Each round clears what opposes and reads again; a machine that still resists after three is left to a later attempt. */
const maxRounds = 3;

/**
 * The algorithm of facts 4.3: read, clear the opposite, adopt what is pending, leave what already
 * is, and only then post, once. A lost answer is reported as unknown and never repeated here.
 */
export async function changeIsolation(
  mde: VendorApi,
  context: ActionContext,
  order: Order,
): Promise<ActionOutcome> {
  for (let round = 0; round < maxRounds; round += 1) {
    const list = await listIsolationActions(mde, context, order.machineId);
    if (!list.ok) return failed(list.failure);
    const judgement = judgeIsolation(list.actions, order.wanted);
    switch (judgement.kind) {
      case 'clear': {
        const stop = await cancelAll(mde, context, judgement.opposing);
        if (stop !== null) return stop;
        break;
      }
      case 'adopt':
        return accepted(context, judgement.action);
      case 'no-change':
        return standing(context, list.actions, judgement.action);
      case 'post':
        return await post(mde, context, order);
    }
  }
  return failed(
    busy(
      context,
      'A request of the opposite kind is still under way on this machine and could not be cancelled.',
    ),
  );
}

async function post(mde: VendorApi, context: ActionContext, order: Order): Promise<ActionOutcome> {
  const comment = commentWithKey(order.comment, context.actionKey);
  const { machineId, wanted } = order;
  const writing =
    wanted.state === 'isolated'
      ? await mde.write(context, 'POST', path`/api/machines/${machineId}/isolate`, {
          Comment: comment,
          IsolationType: wanted.scope === 'selective' ? 'Selective' : 'Full',
        })
      : await mde.write(context, 'POST', path`/api/machines/${machineId}/unisolate`, { Comment: comment });

  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') {
    return saysInProgress(writing) ? await adoptPending(mde, context, order) : failed(writing.failure);
  }
  const action = writing.body === null ? null : readMachineAction(writing.body);
  if (action === null)
    return {
      kind: 'unknown',
      message: 'Defender for Endpoint took the order but its answer cannot be read.',
    };
  return accepted(context, action);
}

/** The one documented message that may be branched on (facts 4.3, step 6). */
function saysInProgress(writing: Writing & { kind: 'refused' }): boolean {
  return writing.status === 400 && writing.error.text.toLowerCase().includes('action is already in progress');
}

async function adoptPending(mde: VendorApi, context: ActionContext, order: Order): Promise<ActionOutcome> {
  const list = await listIsolationActions(mde, context, order.machineId);
  if (!list.ok) return failed(list.failure);
  const judgement = judgeIsolation(list.actions, order.wanted);
  if (judgement.kind === 'adopt') return accepted(context, judgement.action);
  if (judgement.kind === 'no-change') {
    return standing(context, list.actions, judgement.action);
  }
  return failed(
    busy(context, 'Defender for Endpoint says that an action is in progress but does not list it.'),
  );
}

/** Null when every cancellation was answered; the caller then reads the list again and trusts only that. */
async function cancelAll(
  mde: VendorApi,
  context: ActionContext,
  opposing: MachineAction[],
): Promise<ActionOutcome | null> {
  const comment = commentWithKey('Superseded by a newer order', context.actionKey);
  for (const action of opposing) {
    const writing = await mde.write(context, 'POST', path`/api/machineactions/${action.id}/cancel`, {
      Comment: comment,
    });
    if (writing.kind === 'unknown') return writing;
    // it ended by itself meanwhile, or it can no longer be stopped: the list will tell
    const tooLate = writing.kind === 'refused' && (writing.status === 400 || writing.status === 404);
    if (writing.kind === 'refused' && !tooLate) return failed(writing.failure);
  }
  return null;
}

/** Brought about by an earlier attempt of ours when it carries our key, e.g. one that had to be cleared of an opposite order. */
function standing(context: ActionContext, actions: MachineAction[], action: MachineAction): ActionOutcome {
  const { actionKey } = context;
  return {
    kind: 'succeeded',
    outputs: isolationOutputs(action),
    ...isolationOrigin(actions, action, { ours: isOurs(action, actionKey), actionKey }),
  };
}

function accepted(context: ActionContext, action: MachineAction): ActionOutcome {
  const handle: JsonObject = isolationHandle(action, isOurs(action, context.actionKey), 0);
  return { kind: 'accepted', handle, pollAfterMs: pollMs(context.connection) };
}

/** `unavailable`, so that the default retry of a playbook covers it. */
function busy(context: ActionContext, message: string) {
  return retryable('unavailable', message, pollMs(context.connection));
}
