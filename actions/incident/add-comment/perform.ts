import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { rowsOf } from '../../client/read-field.ts';
import { textArgument } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { findComment, holdsMark, incidentIdOf, markOf } from './find-comment.ts';

/** The vendor documents no limit; a comment is read by people, and a page is enough. */
const maxCommentLength = 4000;

export async function performAddComment(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const incident = incidentIdOf(context, input);
  if (!incident.ok) return failed(incident.failure);
  const before = await findComment(graph, context, incident.id);
  if (!before.ok) return failed(before.failure);
  const outputs: JsonObject = { incident_id: incident.id };
  if (before.found) return { kind: 'succeeded', outputs, changed: false };

  const writing = await graph.write(context, 'POST', path`/security/incidents/${incident.id}/comments`, {
    '@odata.type': 'microsoft.graph.security.alertComment',
    comment: `${readable(textArgument(input, 'text'))}\n${markOf(context.actionKey)}`,
  });
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  const comments = writing.body === null ? null : rowsOf(writing.body);
  if (comments === null || !holdsMark(comments, context.actionKey)) {
    return { kind: 'unknown', message: 'Microsoft Graph took the comment but does not show it.' };
  }
  return { kind: 'succeeded', outputs, changed: true };
}

/** Line breaks stay, other control characters go. */
function readable(text: string): string {
  const clean = text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(/(?!\n)\p{Cc}/gu, ' ')
    .trim();
  return clean.length <= maxCommentLength ? clean : `${clean.slice(0, maxCommentLength - 1).toWellFormed()}…`;
}
