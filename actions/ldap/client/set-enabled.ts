import type {
  ActionContext,
  ActionOutcome,
  CheckOutcome,
  Failure,
} from '../../../engine/core/contracts/action.ts';
import type { LdapSession } from '../../../engine/core/contracts/ldap.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { optionalText, textArgument } from '../../client/read-input.ts';
import { type Account, identityOutputs } from './account.ts';
import { findAccount } from './find-account.ts';
import { inDirectory } from './in-directory.ts';
import { lockChanges } from './lock.ts';
import { lockWorks } from './lock-works.ts';
import { refuseOwnLogin } from './own-login.ts';
import { pinTo } from './pin.ts';
import type { Directory, Read } from './read-directory.ts';

/** Brings the lock of an account to the wanted state. */
export async function setEnabled(
  context: ActionContext,
  input: JsonObject,
  enabled: boolean,
): Promise<ActionOutcome> {
  const talk = await inDirectory<ActionOutcome>(context, async (session, directory) => {
    const reading = await readAccount(session, directory, input);
    if (!reading.ok) return failed(reading.failure);
    const { account } = reading;
    const objection =
      (await refuseOwnLogin(session, directory, account)) ??
      (enabled ? null : await lockWorks(session, directory, account));
    if (objection !== null) return failed(objection);
    const outputs = outputsOf(account, enabled);
    if (account.enabled === enabled) return { kind: 'succeeded', outputs, changed: false };
    const pinned = await pinTo(session, directory.kind, account);
    if (!pinned.ok) return failed(pinned.failure);
    const { dn, assert } = pinned.pin;
    await session.modify(dn, lockChanges(directory.kind, account.state, enabled), assert);
    return { kind: 'succeeded', outputs, changed: true };
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

/** The present state; unknown when it cannot be read, also for an account that is not there. */
export async function checkEnabled(
  context: ActionContext,
  input: JsonObject,
  enabled: boolean,
): Promise<CheckOutcome> {
  const talk = await inDirectory<CheckOutcome>(context, async (session, directory) => {
    const reading = await readAccount(session, directory, input);
    if (!reading.ok) return { kind: 'unknown', message: reading.failure.message };
    const { account } = reading;
    if (account.enabled !== enabled) return { kind: 'absent', shows: { enabled: account.enabled } };
    return { kind: 'present', outputs: outputsOf(account, enabled) };
  });
  switch (talk.kind) {
    case 'told':
      return talk.told;
    case 'refused':
      return { kind: 'unknown', message: talk.failure.message };
    case 'unknown':
      return talk;
  }
}

/** The account that is named, and if an id is given only while it is that one. */
async function readAccount(
  session: LdapSession,
  directory: Directory,
  input: JsonObject,
): Promise<Read<{ account: Account }>> {
  const reading = await findAccount(session, directory, textArgument(input, 'user_id'));
  const wanted = optionalText(input, 'object_id', '').toLowerCase();
  if (!reading.ok || wanted === '' || reading.account.id === wanted) return reading;
  return { ok: false, failure: anotherOne() };
}

function anotherOne(): Failure {
  return terminal(
    'conflict',
    'user_id is the name of another account by now than the one with this object_id.',
  );
}

function outputsOf(account: Account, enabled: boolean): JsonObject {
  return { ...identityOutputs(account), enabled, was_enabled: account.enabled };
}
