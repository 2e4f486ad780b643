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
 * Signs in, reads the base, which kind the server says it is, and whether a change can be kept to one object. What the login may write no directory says
 * as a whole: Active Directory says it of one object (`allowedAttributesEffective`, MS-ADTS section 3.1.1.4.5.7), so
 * the operator may name one in `probeUser`. Without it rights are not known.
 */
export const probeLdap: Probe = async (context) => {
  const looks: Look[] = [];
  // What is under way, so that what breaks off is told of it.
  let what = 'sign in';
  const done = (failure: Failure | null, next: string): void => {
    looks.push({ what, failure });
    what = next;
  };
  const talk = await inDirectory(context, async (session, directory) => {
    done(null, 'read the base');
    const { kind, baseDn } = directory;
    const [base] = await session.find({ ...anything, base: baseDn, attributes: [dialects[kind].id] });
    const hidden = terminal('forbidden', 'The login is not shown the base.');
    done(base === undefined ? hidden : null, 'know its kind, and keep a change to one object');
    const pinned = await pinTo(session, kind, { id: '', dn: '' });
    done(pinned.ok ? null : pinned.failure, 'look at the account of "probeUser"');
    const { probeUser = '' } = directory.settings;
    if (probeUser === '') return {};
    const found = await findAccount(session, directory, probeUser);
    done(found.ok ? null : found.failure, 'ask what the login may write');
    return found.ok ? await rightsOn(session, directory, found.account.dn) : {};
  });
  if (talk.kind === 'told') return { looks, rights: talk.told };
  const failure = talk.kind === 'refused' ? talk.failure : terminal('invalid-response', talk.message);
  return { looks: [...looks, { what, failure }], rights: {} };
};

const anything = { scope: 'base', filter: { is: 'present', attribute: 'objectClass' } } as const;

async function rightsOn(
  session: LdapSession,
  { kind }: Directory,
  dn: string,
): Promise<ProbeOutcome['rights']> {
  const lock = kind === 'active-directory' ? await rightOn(session, dn) : 'unknown';
  return { [readUsers]: 'held', [lockPermission]: lock };
}

async function rightOn(session: LdapSession, dn: string): Promise<Right> {
  const attribute = 'allowedAttributesEffective';
  const [entry] = await session.find({ ...anything, base: dn, attributes: [attribute] });
  const writable = entry?.values.get(attribute.toLowerCase()) ?? [];
  // Nothing at all is not said by a server that answers the question.
  if (writable.length === 0) return 'unknown';
  return writable.some((name) => name.toLowerCase() === 'useraccountcontrol') ? 'held' : 'missing';
}
