import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import type { Action } from '../../engine/core/contracts/action.ts';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import manifestSchema from '../../schemas/action-manifest.schema.json' with { type: 'json' };
import type { JsonObject } from '../../schemas/json.ts';

const registry = createRegistry();
const actions = [...registry.entries()];
const problemsOfManifest = createValidator(manifestSchema as unknown as JsonObject);

const fields = (schema: JsonObject): string[] => Object.keys((schema.properties ?? {}) as JsonObject);
const required = (schema: JsonObject): string[] => (schema.required ?? []) as string[];
const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** The smallest input that an action takes, from the kinds of its required arguments. */
function smallestInput(action: Action): JsonObject {
  const { input } = action.manifest;
  const alternatives = (input.oneOf ?? input.anyOf ?? []) as JsonObject[];
  const names = new Set([...required(input), ...required(alternatives[0] ?? {})]);
  return Object.fromEntries([...names].map((name) => [name, 'x']));
}

test('the registry lists the catalogue under the keys of its manifests', () => {
  expect(actions.map(([key]) => key).sort()).toEqual([
    'chat.post-message',
    'directory.confirm-compromised',
    'directory.delete-auth-method',
    'directory.disable-device',
    'directory.disable-user',
    'directory.dismiss-risk',
    'directory.enable-device',
    'directory.enable-user',
    'directory.get-risk',
    'directory.get-user',
    'directory.list-auth-methods',
    'directory.revoke-sessions',
    'edr.block-domain',
    'edr.block-file',
    'edr.collect-package',
    'edr.isolate-host',
    'edr.quarantine-file',
    'edr.release-host',
    'edr.unblock-domain',
    'edr.unblock-file',
    'imap.quarantine-message',
    'imap.release-message',
    'imap.search-messages',
    'incident.add-comment',
    'inventory.get-host',
    'ldap.disable-user',
    'ldap.enable-user',
    'ldap.get-user',
    'mail.disable-rule',
    'mail.enable-rule',
    'mail.list-rules',
    'mail.quarantine-message',
    'mail.release-message',
    'mail.search-messages',
    'mdm.find-device',
    'mdm.lock-device',
    'mdm.wipe-device',
  ]);
  for (const [key, action] of actions) expect(action.manifest.key).toBe(key);
});

test('no key is the beginning of another, because editors complete by prefix', () => {
  const keys = actions.map(([key]) => key);
  for (const key of keys) {
    expect(keys.filter((other) => other !== key && other.startsWith(key))).toEqual([]);
  }
});

/*
 * After an unknown outcome the engine asks the target (`check`), follows what it accepted (`confirm`), or
 * repeats what the target takes twice without a second effect. An action that can do none of it would leave
 * every lost answer to a person.
 */
/** Whether something that performing or looking reaches answers that the target took it up and is not done. */
function acceptsIn(folder: URL): boolean {
  const seen = new Set<string>();
  const reads = (file: URL): boolean => {
    if (seen.has(file.href) || !existsSync(file)) return false;
    seen.add(file.href);
    const text = readFileSync(file, 'utf8');
    if (/kind: '(accepted|in-transition)'/.test(text)) return true;
    const imports = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, name]) => new URL(name ?? '', file));
    return imports.filter(({ pathname }) => pathname.includes('/actions/')).some(reads);
  };
  return ['perform.ts', 'check.ts'].some((name) => reads(new URL(name, folder)));
}

const changing = ['restore', 'contain', 'eradicate'];
const reconciles = ({ manifest, check }: Action): boolean =>
  check !== undefined || manifest.idempotent === 'native';

describe('what changes a target can say what became of it', () => {
  const all = actions.filter(([, { manifest }]) => changing.includes(manifest.class));

  test.each(all)('%s is checked, or may be repeated', (_key, action) => {
    expect(reconciles(action)).toBe(true);
  });

  test('only what has no state to read is repeated without a look', () => {
    // A revocation is an instant: what was revoked before and what is revoked now look the same.
    const unseen = all.filter(([, { check }]) => check === undefined).map(([key]) => key);
    expect(unseen).toEqual(['directory.revoke-sessions']);
  });

  test.each(all)('%s can be followed when its target only accepts it', (key, action) => {
    const folder = new URL(`../../actions/${key.replace('.', '/')}/`, import.meta.url);
    expect(acceptsIn(folder)).toBe(action.confirm !== undefined);
  });

  test.each(all)('%s is known again by the id of its order, where it tells one', (_key, { manifest }) => {
    // without it, what somebody else did anew meanwhile would be taken back as ours
    const told = fields(manifest.output).filter((name) => /^(machine_action|indicator)_id$/.test(name));
    if (manifest.inverse.kind === 'action') expect(manifest.marks ?? []).toEqual(told);
  });

  test.each(all)('%s tells a person where to look', (_key, { manifest }) => {
    expect(manifest.byHand).toMatch(/\?/);
  });

  test('one that could do none of it would be noticed', () => {
    const [, good] = all[0] ?? [];
    if (good === undefined) throw new Error('no action changes anything');
    const { check: _check, ...rest } = good;
    expect(reconciles({ ...rest, manifest: { ...good.manifest, idempotent: 'no' } })).toBe(false);
  });
});

test('two registries share nothing, so no token can pass from one to the other', () => {
  const other = createRegistry();
  for (const [key, action] of actions) expect(other.get(key)).not.toBe(action);
});

describe('the manifest schema refuses', () => {
  const good = plain(registry.get('edr.isolate-host')?.manifest);
  test.each<[string, JsonObject]>([
    ['an unknown field', { surprise: true }],
    ['a key without a verb and a noun', { key: 'edr.isolate' }],
    [
      'an input that takes unknown arguments',
      { input: { ...(good.input as JsonObject), additionalProperties: true } },
    ],
    ['a field in camelCase', { facts: { name: 'hostName' } }],
    ['an output without an example', { output: { ...(good.output as JsonObject), examples: [] } }],
    ['containment that says nothing about taking it back', { inverse: { kind: 'not-needed' } }],
    [
      'an inverse with an argument in camelCase',
      {
        inverse: { kind: 'action', action: 'edr.release-host', arguments: { hostId: 'host_id' } },
      },
    ],
    ['a bound beyond fifteen minutes', { timeoutMs: 900_001 }],
    ['a sentence with another placeholder', { effectSentence: 'The host {host} is cut off.' }],
    ['a class that does not exist', { class: 'destroy' }],
  ])('%s', (_what, change) => {
    expect(problemsOfManifest(good)).toEqual([]);
    expect(problemsOfManifest({ ...good, ...change })).not.toEqual([]);
  });

  test('containment without a name for its state', () => {
    const { effect: _effect, ...rest } = good;
    expect(problemsOfManifest(rest)).not.toEqual([]);
  });
});

describe.each(actions)('%s', (key, action) => {
  const { manifest } = action;
  const folder = new URL(`../../actions/${key.replace('.', '/')}/`, import.meta.url);
  const inputProblems = createValidator(manifest.input);
  const outputProblems = createValidator(manifest.output);

  test('has a valid manifest that is plain JSON', () => {
    expect(plain(manifest)).toEqual(manifest);
    expect(problemsOfManifest(plain(manifest))).toEqual([]);
  });

  test('lives in the folder of its key, with a README that says what it cannot take back', () => {
    expect(existsSync(new URL('manifest.ts', folder))).toBe(true);
    const readme = readFileSync(new URL('README.md', folder), 'utf8');
    expect(readme.startsWith(`# ${key}\n`)).toBe(true);
    expect(readme).toMatch(/Permissions/);
    expect(readme).toMatch(/## Traps/);
    if (manifest.class !== 'read') expect(readme).toMatch(/cannot take back/i);
  });

  test('gives examples that fit its output schema', () => {
    for (const example of (manifest.output.examples ?? []) as JsonObject[]) {
      expect(outputProblems(example)).toEqual([]);
      expect(Object.keys(example).filter((name) => !fields(manifest.output).includes(name))).toEqual([]);
    }
  });

  test('fakes outputs that fit its output schema, the same each time', () => {
    const input = smallestInput(action);
    expect(inputProblems(input)).toEqual([]);
    const outputs = action.fake(input);
    expect(outputProblems(outputs)).toEqual([]);
    expect(Object.keys(outputs).filter((name) => !fields(manifest.output).includes(name))).toEqual([]);
    expect(action.fake(input)).toEqual(outputs);
  });

  test('refuses an argument that it does not know', () => {
    expect(inputProblems({ ...smallestInput(action), surprise: 1 })).not.toEqual([]);
  });

  test('names only arguments and outputs that exist', () => {
    if (manifest.target !== undefined) expect(required(manifest.input)).toContain(manifest.target.argument);
    for (const output of [...Object.values(manifest.facts ?? {}), ...(manifest.untrusted ?? [])]) {
      expect(fields(manifest.output)).toContain(output);
    }
    for (const name of [...required(manifest.input)]) expect(fields(manifest.input)).toContain(name);
    for (const name of required(manifest.output)) expect(fields(manifest.output)).toContain(name);
  });

  test('confirms what it accepts, and can be asked unless a repeat is harmless or a person must judge', () => {
    if (action.confirm !== undefined) expect(action.check).toBeDefined();
    if (manifest.idempotent === 'check-then-act') expect(action.check).toBeDefined();
  });

  test('has an inverse that exists, fits, and leads back here', () => {
    const { inverse } = manifest;
    if (inverse.kind !== 'action') {
      expect(existsSync(new URL('undo.ts', folder))).toBe(false);
      return;
    }
    expect(existsSync(new URL('undo.ts', folder))).toBe(true);
    const back = registry.get(inverse.action);
    if (back === undefined) throw new Error(`${inverse.action} does not exist`);
    expect(back.manifest.target?.kind).toBe(manifest.target?.kind);
    expect(back.manifest.inverse).toMatchObject({ kind: 'action', action: key });
    const names = Object.keys(inverse.arguments);
    for (const name of names) expect(fields(back.manifest.input)).toContain(name);
    for (const name of required(back.manifest.input)) expect(names).toContain(name);

    const input = smallestInput(action);
    for (const source of Object.values(inverse.arguments)) expect(fields(manifest.input)).toContain(source);
    for (const [name, output] of Object.entries(inverse.outputs ?? {})) {
      expect(names).not.toContain(name);
      expect(fields(back.manifest.input)).toContain(name);
      expect(fields(manifest.output)).toContain(output);
    }
    const filled = Object.fromEntries(
      names.map((name) => [name, input[inverse.arguments[name] ?? ''] ?? null]),
    );
    expect(createValidator(back.manifest.input)(filled)).toEqual([]);
  });
});
