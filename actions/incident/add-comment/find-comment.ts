import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { rowsOf, textOf } from '../../client/read-field.ts';
import { textArgument } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';

/** The last line of our comments: by it a repeat is recognised. */
export function markOf(actionKey: string): string {
  return `[riposte ${actionKey}]`;
}

/** Refuses what is no number of Defender's, and the number of somebody else's incident: Defender may have one of it too. */
export function incidentIdOf(
  { connection }: ActionContext,
  input: JsonObject,
): { ok: true; id: string } | { ok: false; failure: Failure } {
  const refuse = (message: string) => ({ ok: false as const, failure: terminal('invalid-request', message) });
  const id = textArgument(input, 'incident_id').trim();
  if (!/^\d{1,20}$/.test(id)) return refuse('incident_id is not the number of a Defender incident.');
  const own = connection.settings.incidentSources?.split(/[\s,]+/);
  const { source } = input;
  if (source === undefined || own === undefined || own.some((each) => each === source))
    return { ok: true, id };
  return refuse(
    `Incident ${id} is of another source than ${own.join(', ')}. If its alerts are of Defender, name their source in the setting "incidentSources" of connection "${connection.id}".`,
  );
}

/** Whether the comment with our mark already stands at the incident. */
export async function findComment(
  graph: VendorApi,
  context: ActionContext,
  incidentId: string,
): Promise<{ ok: true; found: boolean } | { ok: false; failure: Failure }> {
  const answer = await graph.read(context, path`/security/incidents/${incidentId}`);
  if (!answer.ok) return answer;
  // an incident nobody has commented on may say null; one without the field tells us nothing
  const comments = answer.body.comments === null ? [] : rowsOf(answer.body, 'comments');
  if (comments === null) {
    return {
      ok: false,
      failure: terminal('invalid-response', 'Microsoft Graph sent an incident without readable comments.'),
    };
  }
  return { ok: true, found: holdsMark(comments, context.actionKey) };
}

export function holdsMark(comments: JsonObject[], actionKey: string): boolean {
  const mark = markOf(actionKey);
  return comments.some(
    (comment) => isJsonObject(comment) && (textOf(comment, 'comment') ?? '').trimEnd().endsWith(mark),
  );
}
