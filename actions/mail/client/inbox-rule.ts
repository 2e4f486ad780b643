import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { booleanOf, nonEmptyTextOf, objectOf, rowsOf, textOf, textsOf } from '../../client/read-field.ts';
import type { Reading, VendorApi } from '../../client/vendor-api.ts';

/** A rule of an inbox (facts 7.3), as far as it tells what an intruder would want of it. */
export interface InboxRule {
  id: string;
  name: string;
  enabled: boolean;
  readOnly: boolean;
  /** Addresses it forwards or redirects to, in lower case. */
  sendsTo: string[];
  /** Moves or deletes what it matches. */
  removes: boolean;
  marksRead: boolean;
  /** Words it looks for in subject or body, in lower case. */
  looksFor: string[];
}

/** Exchange allows far fewer; an answer that goes on longer is not believed. */
const maxPages = 20;

export async function listInboxRules(
  graph: VendorApi,
  context: ActionContext,
  mailbox: string,
): Promise<{ ok: true; rules: InboxRule[] } | { ok: false; failure: Failure }> {
  const rules: InboxRule[] = [];
  let answer: Reading = await graph.read(context, path`/users/${mailbox}/mailFolders/inbox/messageRules`);
  for (let page = 0; page < maxPages; page += 1) {
    if (!answer.ok) return answer;
    const rows = rowsOf(answer.body);
    if (rows === null) return unreadable('Microsoft Graph sent inbox rules that cannot be read.');
    for (const row of rows) {
      const rule = readInboxRule(row);
      if (rule === null) return unreadable('Microsoft Graph sent an inbox rule without id or state.');
      rules.push(rule);
    }
    const next = nonEmptyTextOf(answer.body, '@odata.nextLink');
    if (next === null) return { ok: true, rules };
    answer = await graph.readNext(context, next);
  }
  return unreadable('Microsoft Graph sent inbox rules without an end.');
}

function readInboxRule(row: JsonObject): InboxRule | null {
  const id = nonEmptyTextOf(row, 'id');
  const enabled = booleanOf(row, 'isEnabled');
  if (id === null || enabled === null) return null;
  const actions = objectOf(row, 'actions');
  const conditions = objectOf(row, 'conditions');
  const words = ['subjectContains', 'bodyContains', 'bodyOrSubjectContains'].flatMap(
    (name) => textsOf(conditions, name) ?? [],
  );
  return {
    id,
    name: textOf(row, 'displayName') ?? '',
    enabled,
    readOnly: booleanOf(row, 'isReadOnly') === true,
    sendsTo: [
      ...new Set(
        ['forwardTo', 'forwardAsAttachmentTo', 'redirectTo'].flatMap((name) =>
          addressesIn(Object.hasOwn(actions, name) ? (actions[name] ?? null) : null, 0),
        ),
      ),
    ].sort(),
    removes:
      nonEmptyTextOf(actions, 'moveToFolder') !== null ||
      booleanOf(actions, 'delete') === true ||
      booleanOf(actions, 'permanentDelete') === true,
    marksRead: booleanOf(actions, 'markAsRead') === true,
    looksFor: words.map((word) => word.toLowerCase()),
  };
}

/** The shape of a recipient is not in the documents that were read: whatever looks like an address counts. */
function addressesIn(value: Json, depth: number): string[] {
  if (depth > 4) return [];
  if (typeof value === 'string')
    return /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? [value.trim().toLowerCase()] : [];
  if (Array.isArray(value)) return value.flatMap((item) => addressesIn(item, depth + 1));
  return isJsonObject(value)
    ? Object.values(value).flatMap((item) => addressesIn(item ?? null, depth + 1))
    : [];
}

function unreadable(message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal('invalid-response', message) };
}
