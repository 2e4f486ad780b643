import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { textArgument } from '../../client/read-input.ts';
import { type Account, identityOutputs } from '../client/account.ts';
import { first } from '../client/dialect.ts';
import { findAccount } from '../client/find-account.ts';
import { inDirectory } from '../client/in-directory.ts';
import type { Directory } from '../client/read-directory.ts';
import { type Group, readGroups } from './read-groups.ts';

const defaultTagPrefix = 'riposte-';

export async function performGetUser(context: ActionContext, input: JsonObject): Promise<ActionOutcome> {
  const talk = await inDirectory<ActionOutcome>(context, async (session, directory) => {
    const objection = whoIsHigh(directory);
    if (objection !== null) return failed(terminal('misconfigured', objection));
    const reading = await findAccount(session, directory, textArgument(input, 'user_id'));
    if (!reading.ok) return failed(reading.failure);
    const memberships = await readGroups(session, directory, reading.account);
    if (!memberships.ok) return failed(memberships.failure);
    const outputs = outputsOf(directory, reading.account, memberships.groups);
    return { kind: 'succeeded', changed: false, outputs };
  });
  switch (talk.kind) {
    case 'told':
      return talk.told;
    case 'refused':
      return failed(talk.failure);
    case 'unknown':
      return talk;
  }
}

/** OpenLDAP does not know which groups administer; an unnamed one would make everybody harmless. */
function whoIsHigh({ kind, settings }: Directory): string | null {
  if (kind === 'active-directory' || (settings.adminGroups ?? '').trim() !== '') return null;
  return 'OpenLDAP needs the names of its administrators\' groups in the setting "adminGroups", separated by ";".';
}

function outputsOf({ settings }: Directory, account: Account, groups: Group[]): JsonObject {
  const prefix = (settings.tagGroupPrefix ?? defaultTagPrefix).toLowerCase();
  const named = (settings.adminGroups ?? '').split(';').map((name) => name.trim().toLowerCase());
  const roles = groups
    .filter(({ name, high }) => high || named.includes(name.toLowerCase()))
    .map(({ name }) => name)
    .sort();
  const tags = groups
    .map(({ name }) => name.toLowerCase())
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .sort();
  // Also once: what protected an administrator's account is not taken off again by itself (MS-ADTS 3.1.1.6.1).
  const isPrivileged = roles.length > 0 || first(account.entry, 'adminCount') === '1';
  const mail = first(account.entry, 'mail');
  return {
    ...identityOutputs(account),
    title: first(account.entry, 'title') ?? '',
    ...(mail !== null && { mail }),
    enabled: account.enabled,
    is_privileged: isPrivileged,
    roles,
    tags: isPrivileged ? [...tags, 'privileged'] : tags,
  };
}
