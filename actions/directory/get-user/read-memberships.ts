import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { path, query } from '../../client/path.ts';
import { nonEmptyTextOf, rowsOf, textOf } from '../../client/read-field.ts';
import type { Reading, VendorApi } from '../../client/vendor-api.ts';

const defaultTagPrefix = 'riposte-';
/** Nobody is in ten thousand groups; an answer that goes on longer is not believed. */
const maxPages = 100;

type Memberships = { ok: true; roles: string[]; tags: string[] } | { ok: false; failure: Failure };

/** Roles and tags, direct and through nested groups. Every page counts: the one role that matters may be on the last. */
export async function readMemberships(
  graph: VendorApi,
  context: ActionContext,
  userId: string,
): Promise<Memberships> {
  const prefix = (context.connection.settings.tagGroupPrefix ?? defaultTagPrefix).toLowerCase();
  const roles: string[] = [];
  const tags: string[] = [];
  let answer: Reading = await graph.read(
    context,
    path`/users/${userId}/transitiveMemberOf` + query({ $select: 'id,displayName' }),
  );
  for (let page = 0; page < maxPages; page += 1) {
    if (!answer.ok) return answer;
    const rows = rowsOf(answer.body);
    if (rows === null)
      return refuse('invalid-response', 'Microsoft Graph sent memberships that cannot be read.');
    for (const row of rows) {
      const name = nonEmptyTextOf(row, 'displayName');
      if (isRole(row)) roles.push(name ?? 'unnamed role');
      // without the permission to read groups Graph sends them without a name, and a tag could hide there
      else if (name === null)
        return refuse('forbidden', 'The names of groups cannot be read: Directory.Read.All is missing.');
      else if (name.toLowerCase().startsWith(prefix)) tags.push(name.slice(prefix.length).toLowerCase());
    }
    const next = nonEmptyTextOf(answer.body, '@odata.nextLink');
    if (next === null) return { ok: true, roles, tags };
    answer = await graph.readNext(context, next);
  }
  return refuse('invalid-response', 'Microsoft Graph sent memberships without an end.');
}

function isRole(row: JsonObject): boolean {
  return textOf(row, '@odata.type') === '#microsoft.graph.directoryRole';
}

function refuse(code: 'invalid-response' | 'forbidden', message: string): Memberships {
  return { ok: false, failure: terminal(code, message) };
}
