import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { requireRoles } from '../http/authorize.ts';
import { allowOptions, readPaging } from '../http/read-paging.ts';
import { BodyRefusal, boolean, readStrictBody } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import { isPrivileged, membershipsOf, revokeSessions, setAccountEnabled } from '../world/change-account.ts';
import type { Group, User } from '../world/records.ts';
import type { World } from '../world/world.ts';

const metadata = 'https://graph.microsoft.com/v1.0/$metadata#';
const forbidden = 'Authorization_RequestDenied';
const badRequest = 'Request_BadRequest';

/** Every property that `$select` may name. */
const propertiesOfUser: { [property: string]: (user: User) => unknown } = {
  businessPhones: () => [],
  displayName: (user) => user.displayName,
  givenName: () => null,
  jobTitle: (user) => user.jobTitle,
  mail: (user) => user.mail,
  mobilePhone: () => null,
  officeLocation: () => null,
  preferredLanguage: () => null,
  surname: () => null,
  userPrincipalName: (user) => user.userPrincipalName,
  id: (user) => user.id,
  department: (user) => user.department,
  accountEnabled: (user) => user.accountEnabled,
  onPremisesSyncEnabled: (user) => user.onPremisesSyncEnabled,
  onPremisesSecurityIdentifier: (user) => user.onPremisesSecurityIdentifier,
  signInSessionsValidFromDateTime: (user) => new Date(user.sessionsValidFromMs).toISOString(),
};

/** What Graph sends without `$select`; `accountEnabled` is not among them. */
const defaultProperties = Object.keys(propertiesOfUser).slice(0, 11);

export function getUser(world: World, request: LabRequest, caller: TokenClaims, key: string): Answer {
  requireRoles(caller, [['User.Read.All'], ['User.ReadWrite.All'], ['Directory.Read.All']], forbidden);
  const user = findUser(world, key);
  return { status: 200, body: { '@odata.context': `${metadata}users/$entity`, ...select(request, user) } };
}

export function getManager(world: World, request: LabRequest, caller: TokenClaims, key: string): Answer {
  requireRoles(caller, [['User.Read.All'], ['User.ReadWrite.All'], ['Directory.Read.All']], forbidden);
  const manager = world.users.get(findUser(world, key).manager ?? '');
  if (manager === undefined) throw notFound("Resource 'manager' does not exist.");
  return {
    status: 200,
    body: {
      '@odata.context': `${metadata}directoryObjects/$entity`,
      '@odata.type': '#microsoft.graph.user',
      ...select(request, manager),
    },
  };
}

/** Groups and roles. Without a permission to read groups they come without a name, as in Graph. */
export function listMemberships(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  key: string,
  nested: boolean,
): Answer {
  requireRoles(caller, [['User.Read.All'], ['User.ReadWrite.All'], ['Directory.Read.All']], forbidden);
  allowOptions(request.query, ['$select', '$top', '$skiptoken'], badRequest);
  const { top } = readPaging(request.query, 999, badRequest);
  const size = request.query.has('$top') ? Math.max(top, 1) : 100;
  const skip = Number(/^m(\d{1,6})$/.exec(request.query.get('$skiptoken') ?? 'm0')?.[1] ?? Number.NaN);
  if (Number.isNaN(skip)) throw new Refusal(400, badRequest, 'The skip token is not valid.');
  const named = ['Directory.Read.All', 'Group.Read.All', 'GroupMember.Read.All'].some((role) =>
    caller.roles.includes(role),
  );

  const user = findUser(world, key);
  const rows = membershipsOf(world, user, nested).flatMap((id) => world.groups.get(id) ?? []);
  const next = new URLSearchParams(request.query);
  next.set('$skiptoken', `m${skip + size}`);
  return {
    status: 200,
    body: {
      '@odata.context': `${metadata}directoryObjects`,
      ...(skip + size < rows.length ? { '@odata.nextLink': `${request.origin}${request.path}?${next}` } : {}),
      value: rows.slice(skip, skip + size).map((group) => showGroup(group, named)),
    },
  };
}

function showGroup(group: Group, named: boolean): object {
  return {
    '@odata.type': `#microsoft.graph.${group.kind}`,
    id: group.id,
    displayName: named ? group.displayName : null,
    ...(group.kind === 'group' && named ? { isAssignableToRole: group.isAssignableToRole ?? null } : {}),
  };
}

/** `accountEnabled` only. Accepted for a synchronised user too, which the directory then takes back. */
export function patchUser(world: World, request: LabRequest, caller: TokenClaims, key: string): Answer {
  requireRoles(
    caller,
    [['User.EnableDisableAccount.All', 'User.Read.All'], ['User.ReadWrite.All']],
    forbidden,
  );
  const user = findUser(world, key);
  const body = readStrictBody(request, { accountEnabled: boolean({ required: true }) });
  if (isPrivileged(world, user) && !world.scenario.mayChangePrivilegedUsers) {
    throw new Refusal(403, forbidden, 'Insufficient privileges to complete the operation.');
  }
  setAccountEnabled(world, user, body.accountEnabled === true, caller.name);
  return { status: 204 };
}

export function revokeSignInSessions(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  key: string,
): Answer {
  requireRoles(caller, [['User.RevokeSessions.All']], forbidden);
  const user = findUser(world, key);
  if (!/^\s*(\{\s*\})?\s*$/.test(request.body)) {
    throw new BodyRefusal('unknown', 'The action revokeSignInSessions takes no parameters.');
  }
  revokeSessions(world, user, caller.name);
  return { status: 200, body: { '@odata.context': `${metadata}Edm.Boolean`, value: true } };
}

function select(request: LabRequest, user: User): object {
  allowOptions(request.query, ['$select'], badRequest);
  const wanted = request.query.get('$select')?.split(',') ?? defaultProperties;
  return Object.fromEntries(
    wanted.map((untrimmed) => {
      const name = untrimmed.trim();
      const read = Object.hasOwn(propertiesOfUser, name) ? propertiesOfUser[name] : undefined;
      if (read === undefined) {
        throw new Refusal(
          400,
          badRequest,
          `Could not find a property named '${name}' on type 'microsoft.graph.user'.`,
        );
      }
      return [name, read(user)];
    }),
  );
}

/** By object id or user principal name. */
export function findUser(world: World, key: string): User {
  const lower = key.toLowerCase();
  const user = world.users.get(lower) ?? world.users.get(world.userIdByName.get(lower) ?? '');
  if (user === undefined) throw notFound(`Resource '${key}' does not exist.`);
  return user;
}

function notFound(message: string): Refusal {
  return new Refusal(404, 'Request_ResourceNotFound', message);
}
