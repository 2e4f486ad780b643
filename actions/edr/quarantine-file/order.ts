import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { optionalText, textArgument } from '../../client/read-input.ts';
import { machineIdOf } from '../client/machine-id.ts';
import type { Once } from '../client/order-once.ts';
import { hostName } from '../client/show-isolation.ts';

export function orderOf(input: JsonObject): { ok: true; order: Once } | { ok: false; failure: Failure } {
  const machine = machineIdOf(input);
  if (!machine.ok) return machine;
  const sha1 = textArgument(input, 'sha1').trim().toLowerCase();
  if (!/^[0-9a-f]{40}$/.test(sha1)) {
    return { ok: false, failure: terminal('invalid-request', 'sha1 must be 40 hexadecimal digits.') };
  }
  return {
    ok: true,
    order: {
      machineId: machine.machineId,
      type: 'StopAndQuarantineFile',
      operation: 'StopAndQuarantineFile',
      body: { Sha1: sha1 },
      comment: optionalText(input, 'comment', 'File quarantined by Riposte'),
      fileHash: sha1,
      show: (action) => ({ state: 'quarantined', machine_action_id: action.id, ...hostName(action) }),
    },
  };
}
