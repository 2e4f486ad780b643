import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { findComment, incidentIdOf } from './find-comment.ts';

export async function checkAddComment(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  const incident = incidentIdOf(context, input);
  if (!incident.ok) return { kind: 'unknown', message: incident.failure.message };
  const now = await findComment(graph, context, incident.id);
  if (!now.ok) return { kind: 'unknown', message: now.failure.message };
  return now.found ? { kind: 'present', outputs: { incident_id: incident.id } } : { kind: 'absent' };
}
