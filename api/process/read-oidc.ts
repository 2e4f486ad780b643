import { type GroupRule, mappableRoles } from '../../engine/core/identity/map-groups.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { parseSource, type SecretSource, sourceForms } from '../../engine/core/secret/secret-source.ts';
import { isPrivateWay } from './is-private-way.ts';
import { isMap } from './read-connections.ts';
import { readJsonFile } from './read-json-file.ts';

/** The identity provider (OpenID Connect) that people may sign in through. */
export interface OidcConfig {
  /** To the letter as the provider writes it, a slash at its end included. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: SecretSource;
  /** On the button. */
  readonly label: string;
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  /** Who comes in by their groups; empty: people are made by hand. */
  readonly people: readonly GroupRule[];
}

const form =
  '{"issuer": "https://login.example.org", "clientId": "riposte", "clientSecret": "env:OIDC_SECRET", "people": [{"group": "SOC leads", "roles": ["approver"], "groups": ["soc-leads"]}]}';

type Answer<T> = { value: T } | { write: string };

/** A value that stands where a reference belongs is never repeated: it may be the secret. */
export function readOidc(path: string, readText: (path: string) => string): Answer<OidcConfig> {
  const json = readJsonFile(path, readText, form);
  if ('write' in json) return json;
  const file = json.value;
  const read = isMap(file) ? readFields(file) : { write: `an object like ${form}` };
  return 'write' in read ? { write: `in ${path}: ${read.write}` } : read;
}

const fields = ['issuer', 'clientId', 'clientSecret', 'label', 'scopes', 'groupsClaim', 'people'];

function readFields(file: Record<string, unknown>): Answer<OidcConfig> {
  const unknown = Object.keys(file).find((name) => !fields.includes(name));
  if (unknown !== undefined) return { write: `only ${fields.join(', ')}, not "${unknown}"` };
  const {
    issuer,
    clientId,
    label = 'Sign in with your organisation',
    scopes = ['openid', 'email', 'profile'],
  } = file;
  const { groupsClaim = 'groups', people = [] } = file;
  if (typeof issuer !== 'string' || !isIssuer(issuer))
    return { write: '"issuer": the address as the provider writes it, https (http only on this machine)' };
  if (!isText(clientId, 200)) return { write: '"clientId": as the provider shows it' };
  const clientSecret = parseSource(file.clientSecret);
  if (clientSecret === null) return { write: `"clientSecret" as ${sourceForms}` };
  if (!isText(label, 60)) return { write: '"label": at most 60 characters for the button' };
  if (
    !isList(scopes, (each) => isText(each, 100) && /^[\x21-\x7e]+$/.test(each)) ||
    !scopes.includes('openid')
  )
    return { write: '"scopes" as a list with "openid", such as ["openid", "email", "profile"]' };
  if (!isText(groupsClaim, 200)) return { write: '"groupsClaim": the name of the claim, such as "groups"' };
  if (!Array.isArray(people)) return { write: '"people" as a list' };
  const rules: GroupRule[] = [];
  for (const [index, entry] of people.entries()) {
    const rule = readRule(entry);
    if ('write' in rule) return { write: `"people", entry ${index + 1}: ${rule.write}` };
    if (rules.some(({ group }) => group === rule.value.group))
      return { write: `"people", entry ${index + 1}: a group that is not named before` };
    rules.push(rule.value);
  }
  return { value: { issuer, clientId, clientSecret, label, scopes, groupsClaim, people: rules } };
}

function readRule(entry: unknown): Answer<GroupRule> {
  if (!isMap(entry)) return { write: 'an object' };
  const unknown = Object.keys(entry).find((name) => !['group', 'roles', 'groups'].includes(name));
  if (unknown !== undefined) return { write: `only group, roles, groups, not "${unknown}"` };
  const { group, roles, groups = [] } = entry;
  if (!isText(group, 500)) return { write: '"group": as the provider writes it' };
  const wanted = readRoles(roles);
  if ('write' in wanted) return wanted;
  // As the API has them.
  if (!isList(groups, (each) => typeof each === 'string' && /^[a-z0-9][a-z0-9:_-]{0,63}$/.test(each)))
    return { write: '"groups" as a list of groups here: lower-case letters, digits, ":", "_" and "-"' };
  return { value: { group, roles: wanted.value, groups } };
}

/** Without those that are given by name. */
export function readRoles(roles: unknown): Answer<Role[]> {
  const wanted = Array.isArray(roles) ? mappableRoles.filter((role) => roles.includes(role)) : [];
  if (Array.isArray(roles) && wanted.length > 0 && wanted.length === roles.length) return { value: wanted };
  return {
    write: `"roles" as a list of ${mappableRoles.join(', ')}, each once; admin and break-glass are given by name`,
  };
}

/** As an issuer names itself. */
export function isIssuer(text: string): boolean {
  if (!URL.canParse(text) || text.length > 500 || /[?#\s]/.test(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '' && isPrivateWay(text);
}

export function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.trim() === value && value !== '' && value.length <= most;
}

function isList(value: unknown, fits: (each: unknown) => boolean): value is string[] {
  return Array.isArray(value) && value.length <= 50 && value.every(fits);
}
