import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { LdapSession } from '../../../engine/core/contracts/ldap.ts';
import type { Look, Probe, ProbeOutcome, Right } from '../../../engine/core/contracts/probe.ts';
import { terminal } from '../../client/fail.ts';
import { lockPermission, readUsers } from './account-schema.ts';
import { dialects } from './dialect.ts';
import { findAccount } from './find-account.ts';
import { inDirectory } from './in-directory.ts';
import { pinTo } from './pin.ts';
import type { Directory } from './read-directory.ts';

/**
 * Signs in, reads the base, and whether a change can be kept to one object. What the login may write no directory says
 * as a whole: Active Directory says it of one object (`allowedAttributesEffective`, MS-ADTS section 3.1.1.4.5.7), so
 * the operator may name one in `probeUser`. Without it rights are not known.
 */
export const probeLdap: Probe = async (context) => {
  const talk = await inDirectory(context, lookAround);
  if (talk.kind === 'told')
    return { ...talk.told, looks: [{ what: 'sign in', failure: null }, ...talk.told.looks] };
  const failure: Failure =
    talk.kind === 'refused' ? talk.failure : terminal('invalid-response', talk.message);
  return { looks: [{ what: 'sign in', failure }], rights: {} };
};

async function lookAround(session: LdapSession, directory: Directory): Promise<ProbeOutcome> {
  const { kind, baseDn } = directory;
  const [base] = await session.search({
    base: baseDn,
    scope: 'base',
    filter: { is: 'present', attribute: 'objectClass' },
    attributes: [dialects[kind].id],
  });
  const pinned = await pinTo(session, kind, { id: '', dn: '' });
  const looks: Look[] = [
    {
      what: 'read the base',
      failure: base === undefined ? terminal('not-found', `${baseDn} is not shown.`) : null,
    },
    { what: 'keep a change to one object', failure: pinned.ok ? null : pinned.failure },
  ];
  const { probeUser = '' } = directory.settings;
  if (probeUser === '') return { looks, rights: {} };
  const found = await findAccount(session, directory, probeUser);
  looks.push({ what: 'look at the account of "probeUser"', failure: found.ok ? null : found.failure });
  if (!found.ok) return { looks, rights: {} };
  const lock = kind === 'active-directory' ? await rightOn(session, found.account.dn) : 'unknown';
  return { looks, rights: { [readUsers]: 'held', [lockPermission]: lock } };
}

async function rightOn(session: LdapSession, dn: string): Promise<Right> {
  const attribute = 'allowedAttributesEffective';
  const [entry] = await session.search({
    base: dn,
    scope: 'base',
    filter: { is: 'present', attribute: 'objectClass' },
    attributes: [attribute],
  });
  const writable = entry?.values.get(attribute.toLowerCase()) ?? [];
  // Nothing at all is not said by a server that answers the question.
  if (writable.length === 0) return 'unknown';
  return writable.some((name) => name.toLowerCase() === 'useraccountcontrol') ? 'held' : 'missing';
}
