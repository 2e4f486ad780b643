import type { WorkloadRule } from '../../engine/core/identity/workload-rules.ts';
import { isPrivateWay } from './is-private-way.ts';
import { isMap } from './read-connections.ts';
import { readIssuerRules } from './read-issuer-rules.ts';
import { readJsonFile } from './read-json-file.ts';
import { isIssuer, isText } from './read-oidc.ts';

/** Who makes tokens that programs come in with: a CI, a cluster, a directory. */
export interface IssuerConfig {
  /** To the letter as its tokens have it, a slash at its end included. */
  readonly issuer: string;
  /** Null: the public address of this server. */
  readonly audience: string | null;
  /** Where its keys are; null: where its document says. */
  readonly jwks: string | null;
  readonly rules: readonly WorkloadRule[];
}

const form =
  '{"issuers": [{"issuer": "https://token.actions.githubusercontent.com", "rules": [{"name": "publish", "claims": {"sub": "repo:example/playbooks:ref:refs/heads/main"}, "roles": ["operator"]}]}]}';

type Answer<T> = { value: T } | { write: string };

/** The issuers of a JSON file. */
export function readIssuers(
  path: string,
  readText: (path: string) => string,
): Answer<readonly IssuerConfig[]> {
  const json = readJsonFile(path, readText, form);
  if ('write' in json) return json;
  const file = json.value;
  const list = isMap(file) && Object.keys(file).join() === 'issuers' ? file.issuers : null;
  if (!Array.isArray(list)) return { write: `the path of a file like ${form}` };
  const found: IssuerConfig[] = [];
  for (const [index, entry] of list.entries()) {
    const read = readIssuer(entry, found);
    if ('write' in read) return { write: `in ${path}, issuer ${index + 1}: ${read.write}` };
    found.push(read.value);
  }
  return { value: found };
}

const fields = ['issuer', 'audience', 'jwks', 'rules'];

function readIssuer(entry: unknown, before: readonly IssuerConfig[]): Answer<IssuerConfig> {
  if (!isMap(entry)) return { write: 'an object' };
  const unknown = Object.keys(entry).find((name) => !fields.includes(name));
  if (unknown !== undefined) return { write: `only ${fields.join(', ')}, not "${unknown}"` };
  const { issuer, audience = null, jwks = null } = entry;
  if (typeof issuer !== 'string' || !isIssuer(issuer))
    return { write: '"issuer": the address as its tokens have it, https (http only on this machine)' };
  if (before.some((each) => each.issuer === issuer))
    return { write: '"issuer": one that is not named before; all rules of an issuer stand together' };
  if (audience !== null && !isText(audience, 500))
    return { write: '"audience": what its tokens are made out to, or leave it out' };
  if (jwks !== null && !isKeyAddress(jwks))
    return { write: '"jwks": the address of its keys, https (http only on this machine), or leave it out' };
  const names = before.flatMap(({ rules }) => rules.map(({ name }) => name));
  const rules = readIssuerRules(issuer, entry.rules, names);
  return 'write' in rules ? rules : { value: { issuer, audience, jwks, rules: rules.value } };
}

function isKeyAddress(value: unknown): value is string {
  if (!isText(value, 500) || !URL.canParse(value)) return false;
  const { username, password, hash } = new URL(value);
  return username === '' && password === '' && hash === '' && isPrivateWay(value);
}
