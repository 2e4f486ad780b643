import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { requireRoles } from '../http/authorize.ts';
import { allowOptions } from '../http/read-paging.ts';
import type { TokenClaims } from '../http/tokens.ts';
import { isPrivileged } from '../world/change-account.ts';
import type { World } from '../world/world.ts';
import { findUser } from './user-calls.ts';

const mayWrite = [['UserAuthenticationMethod.ReadWrite.All']];
const forbidden = 'Authorization_RequestDenied';

/** Type of a method → its collection (facts 6.3). A password has one and cannot be deleted. */
const collectionOf: { [type: string]: string } = {
  phoneAuthenticationMethod: 'phoneMethods',
  emailAuthenticationMethod: 'emailMethods',
  fido2AuthenticationMethod: 'fido2Methods',
  microsoftAuthenticatorAuthenticationMethod: 'microsoftAuthenticatorMethods',
  softwareOathAuthenticationMethod: 'softwareOathMethods',
  hardwareOathAuthenticationMethod: 'hardwareOathMethods',
  temporaryAccessPassAuthenticationMethod: 'temporaryAccessPassMethods',
  windowsHelloForBusinessAuthenticationMethod: 'windowsHelloForBusinessMethods',
  platformCredentialAuthenticationMethod: 'platformCredentialMethods',
  externalAuthenticationMethod: 'externalAuthenticationMethods',
};

export function listMethods(world: World, request: LabRequest, caller: TokenClaims, key: string): Answer {
  requireRoles(caller, mayWrite, forbidden);
  allowOptions(request.query, [], 'Request_BadRequest');
  const user = findUser(world, key);
  const value = user.methods.map(({ id, type, createdDateTime }) => ({
    '@odata.type': `#microsoft.graph.${type}`,
    id,
    ...(createdDateTime === null ? {} : { createdDateTime }),
  }));
  const context = `https://graph.microsoft.com/v1.0/$metadata#users('${user.id}')/authentication/methods`;
  return { status: 200, body: { '@odata.context': context, value } };
}

/** A method is found only below the collection of its own type. */
export function deleteMethod(
  world: World,
  caller: TokenClaims,
  key: string,
  collection: string,
  id: string,
): Answer {
  requireRoles(caller, mayWrite, forbidden);
  const user = findUser(world, key);
  const method = user.methods.find((each) => each.id === id && collectionOf[each.type] === collection);
  if (method === undefined) {
    throw new Refusal(404, 'Request_ResourceNotFound', `The method ${id} was not found in ${collection}.`);
  }
  if (isPrivileged(world, user) && !world.scenario.mayChangePrivilegedUsers) {
    throw new Refusal(403, forbidden, 'Insufficient privileges to complete the operation.');
  }
  user.methods = user.methods.filter((each) => each !== method);
  const target = `user:${user.id}#${id}`;
  world.record({ effect: 'method-deleted', target, change: 'applied', by: caller.name }, world.clock.nowMs());
  return { status: 204 };
}
