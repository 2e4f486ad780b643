import type {
  ActionContext,
  ActionOutcome,
  CheckOutcome,
  Failure,
} from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { ended, failed, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { nonEmptyTextOf } from '../../client/read-field.ts';
import { pollMs } from '../../client/read-setting.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { listMachineActions } from './list-machine-actions.ts';
import { isFinal, type MachineAction, newestFirst, readMachineAction } from './machine-action.ts';
import { commentWithKey, isOurs } from './tag-comment.ts';

/** An order to a machine that does one thing and leaves no state behind: a package, a file in quarantine. */
export interface Once {
  machineId: string;
  /** The vendor's word in the list of actions, and the last segment of the call. */
  type: string;
  operation: string;
  /** The body besides the comment. */
  body: JsonObject;
  comment: string;
  /** The file it is about, in lower case; null for the whole machine. */
  fileHash: string | null;
  show(action: MachineAction): JsonObject;
}

/** 5 s, then 15 s, then every 60 s (facts 4.2), in multiples of the connection's base interval. */
const pollFactors = [3, 12];

/**
 * Reads the list first: an order of ours that is there is not given again, one that is pending is
 * adopted whoever gave it, and only then is it posted, once. A lost answer is unknown.
 */
export async function orderOnce(mde: VendorApi, context: ActionContext, once: Once): Promise<ActionOutcome> {
  const before = await find(mde, context, once);
  if ('code' in before) return failed(before);
  const { own, pending } = before;
  if (own !== null && isFinal(own)) return { kind: 'succeeded', outputs: once.show(own), changed: true };
  const adopted = own ?? pending;
  if (adopted !== null) return accepted(context, adopted, 0);

  const writing = await mde.write(context, 'POST', path`/api/machines/${once.machineId}/${once.operation}`, {
    Comment: commentWithKey(once.comment, context.actionKey),
    ...once.body,
  });
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') {
    // a second order while one runs is 400; whether one does run is read, not taken from the message
    const after = writing.status === 400 ? await find(mde, context, once) : null;
    const running = after === null || 'code' in after ? null : (after.own ?? after.pending);
    return running === null ? failed(writing.failure) : accepted(context, running, 0);
  }
  const action = writing.body === null ? null : readMachineAction(writing.body);
  if (action !== null) return accepted(context, action, 0);
  return { kind: 'unknown', message: 'Defender for Endpoint took the order but its answer cannot be read.' };
}

/** One action is the whole truth here: there is no state that a later order could take back. */
export async function confirmOnce(
  mde: VendorApi,
  context: ActionContext,
  once: Once,
  handle: JsonObject,
): Promise<ActionOutcome> {
  const id = nonEmptyTextOf(handle, 'machine_action_id');
  if (id === null) throw new Error('The handle of a machine order has no machine_action_id.');
  const answer = await mde.read(context, path`/api/machineactions/${id}`);
  if (!answer.ok) return failed(answer.failure);
  const action = readMachineAction(answer.body);
  if (action === null) {
    return failed(terminal('invalid-response', 'Defender for Endpoint sent an action that cannot be read.'));
  }
  if (!isFinal(action)) {
    return accepted(context, action, (typeof handle.polls === 'number' ? handle.polls : 0) + 1);
  }
  if (action.status !== 'Succeeded') return ended(explainEnd(action.status));
  return { kind: 'succeeded', outputs: once.show(action), changed: isOurs(action, context.actionKey) };
}

/** Only an order that carries our key counts: an older one of somebody else did something else. */
export async function checkOnce(mde: VendorApi, context: ActionContext, once: Once): Promise<CheckOutcome> {
  const found = await find(mde, context, once);
  if ('code' in found) return { kind: 'unknown', message: found.message };
  const { own } = found;
  if (own === null) return { kind: 'absent' };
  if (isFinal(own)) return { kind: 'present', outputs: once.show(own) };
  return { kind: 'in-transition', handle: handleOf(own, 0), pollAfterMs: pollMs(context.connection) };
}

/** Why a final action that did not succeed ended. */
export function explainEnd(status: string): Failure {
  switch (status) {
    case 'TimeOut':
      return terminal(
        'target-timed-out',
        'The device did not come online in time; the order has lapsed and must be given again.',
      );
    case 'Cancelled':
      return terminal(
        'target-cancelled',
        'Someone cancelled the order in Defender before it was carried out.',
      );
    default:
      return terminal('target-failed', 'The device could not carry out the order.');
  }
}

/**
 * `own`: ours and not ended badly, so that a retry after a failure orders again. Its key is enough: by which of its
 * hashes the vendor names the file is not said (facts 4.2), and what is missed here is ordered a second time.
 */
async function find(
  mde: VendorApi,
  context: ActionContext,
  once: Once,
): Promise<{ own: MachineAction | null; pending: MachineAction | null } | Failure> {
  const list = await listMachineActions(mde, context, once.machineId, [once.type]);
  if (!list.ok) return list.failure;
  const newest = newestFirst(list.actions);
  const alive = newest.filter((action) => !isFinal(action) || action.status === 'Succeeded');
  return {
    own: alive.find((action) => isOurs(action, context.actionKey)) ?? null,
    pending: alive.find((action) => !isFinal(action) && action.fileHash === once.fileHash) ?? null,
  };
}

function accepted(context: ActionContext, action: MachineAction, polls: number): ActionOutcome {
  const factor = polls === 0 ? 1 : (pollFactors[Math.min(polls - 1, pollFactors.length - 1)] ?? 1);
  return {
    kind: 'accepted',
    handle: handleOf(action, polls),
    pollAfterMs: pollMs(context.connection) * factor,
  };
}

function handleOf(action: MachineAction, polls: number): JsonObject {
  return { machine_action_id: action.id, polls };
}
