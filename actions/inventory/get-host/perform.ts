import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { textArgument } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { describeMachine } from './describe-machine.ts';

/** A machine id is 40 hexadecimal digits; anything else must look like a computer name, so that it cannot name another call. */
const hostPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/;

export async function performGetHost(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const hostId = textArgument(input, 'host_id').trim();
  if (!hostPattern.test(hostId)) {
    return failed(terminal('invalid-request', 'host_id is neither a machine id nor a computer name.'));
  }
  const answer = await mde.read(context, path`/api/machines/${hostId}`);
  if (!answer.ok) return failed(answer.failure);
  const outputs = describeMachine(answer.body);
  if (outputs === null) {
    return failed(terminal('invalid-response', 'Defender for Endpoint sent a machine that cannot be read.'));
  }
  return { kind: 'succeeded', outputs, changed: false };
}
