import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';

import { optionalText } from '../../client/read-input.ts';
import { machineIdOf } from '../client/machine-id.ts';
import type { Once } from '../client/order-once.ts';
import { hostName } from '../client/show-isolation.ts';

export function orderOf(input: JsonObject): { ok: true; order: Once } | { ok: false; failure: Failure } {
  const machine = machineIdOf(input);
  if (!machine.ok) return machine;

  return {
    ok: true,
    order: {
      machineId: machine.machineId,
      type: 'CollectInvestigationPackage',
      operation: 'collectInvestigationPackage',
      body: {},
      comment: optionalText(input, 'comment', 'Evidence collected by Riposte'),
      fileHash: null,
      show: (action) => ({ state: 'collected', machine_action_id: action.id, ...hostName(action) }),
    },
  };
}
