import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { objectIdOf, readRisk } from '../client/risk.ts';

export async function performGetRisk(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const user = await objectIdOf(graph, context, input);
  if (!user.ok) return failed(user.failure);
  const reading = await readRisk(graph, context, user.id);
  if (!reading.ok) return failed(reading.failure);
  const { level, state } = reading.risk;
  return {
    kind: 'succeeded',
    outputs: { id: user.id, risk_level: level, risk_state: state },
    changed: false,
  };
}
