import type { ClaimTest, ClaimValue, WorkloadRule } from '../../engine/core/identity/workload-rules.ts';
import { isMap } from './read-connections.ts';
import { isText, readRoles } from './read-oidc.ts';

type Answer<T> = { value: T } | { write: string };

/** Held for every token: a rule that names only these would let in whoever the issuer knows. */
const checkedAnyway = ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'];

/** Where anybody in the world gets tokens, and which claims say whose they are. */
const openToAnybody: { readonly [issuer: string]: readonly string[] } = {
  'https://token.actions.githubusercontent.com': [
    ...['sub', 'repository', 'repository_id', 'repository_owner', 'repository_owner_id'],
  ],
  'https://gitlab.com': ['sub', 'project_path', 'project_id', 'namespace_path', 'namespace_id'],
  'https://accounts.google.com': ['sub', 'email'],
};

/** @param names of the rules of issuers before this one: the log knows rules by their name */
export function readIssuerRules(
  issuer: string,
  list: unknown,
  names: readonly string[],
): Answer<readonly WorkloadRule[]> {
  if (!Array.isArray(list) || list.length === 0 || list.length > 100)
    return { write: '"rules" as a list with 1 to 100 of them' };
  const rules: WorkloadRule[] = [];
  for (const [index, entry] of list.entries()) {
    const read = readRule(issuer, entry);
    if ('write' in read) return { write: `"rules", entry ${index + 1}: ${read.write}` };
    const { name } = read.value;
    if (names.includes(name) || rules.some((rule) => rule.name === name))
      return { write: `"rules", entry ${index + 1}: "name": one that no other rule has` };
    rules.push(read.value);
  }
  return { value: rules };
}

function readRule(issuer: string, entry: unknown): Answer<WorkloadRule> {
  if (!isMap(entry)) return { write: 'an object' };
  const unknown = Object.keys(entry).find((name) => !['name', 'claims', 'roles'].includes(name));
  if (unknown !== undefined) return { write: `only name, claims, roles, not "${unknown}"` };
  const { name, claims } = entry;
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
    return { write: '"name": lower-case letters, digits and "-", at most 64' };
  if (!isMap(claims) || Object.keys(claims).length === 0 || Object.keys(claims).length > 20)
    return { write: '"claims": 1 to 20 of them, such as {"sub": "…"}; a rule without any fits nobody' };
  const tests: ClaimTest[] = [];
  for (const [claim, wanted] of Object.entries(claims)) {
    if (checkedAnyway.includes(claim))
      return { write: `"claims" without "${claim}", which is checked anyway: say whose tokens fit` };
    const test = readTest(claim, wanted);
    if (test === null)
      return {
        write: `"claims", "${claim}": a text, number or boolean, a list of them, or {"prefix": "…"} that ends in "/" or ":"`,
      };
    tests.push(test);
  }
  const whose = Object.hasOwn(openToAnybody, issuer) ? openToAnybody[issuer] : undefined;
  if (whose !== undefined && !tests.some((test) => saysWhose(test, whose)))
    return {
      write: `"claims" with one of ${whose.join(', ')} (a prefix of them with a name and "/"): anybody in the world gets tokens of this issuer`,
    };
  const roles = readRoles(entry.roles);
  return 'write' in roles ? roles : { value: { name, claims: tests, roles: roles.value } };
}

function readTest(claim: string, wanted: unknown): ClaimTest | null {
  const values = Array.isArray(wanted) ? wanted : [wanted];
  if (values.length > 0 && values.length <= 50 && values.every(isValue)) return { claim, is: values };
  if (!isMap(wanted) || Object.keys(wanted).join() !== 'prefix') return null;
  // Otherwise "repo:example" would also fit "repo:example-of-somebody-else".
  return isText(wanted.prefix, 500) && /.[/:]$/.test(wanted.prefix)
    ? { claim, startsWith: wanted.prefix }
    : null;
}

function isValue(value: unknown): value is ClaimValue {
  return isText(value, 500) || Number.isSafeInteger(value) || typeof value === 'boolean';
}

/** `repo:` alone is everybody's; behind a name stands a slash. */
function saysWhose(test: ClaimTest, whose: readonly string[]): boolean {
  return whose.includes(test.claim) && ('is' in test || /[^:/]\//.test(test.startsWith));
}
