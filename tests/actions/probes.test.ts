import { afterEach, describe, expect, test } from 'vitest';
import { readRoles } from '../../actions/client/read-roles.ts';
import { weighPermission } from '../../actions/client/weigh-permission.ts';
import { createProbes } from '../../actions/create-probes.ts';
import { createRegistry } from '../../actions/registry.ts';
import { judgeProbe } from '../../engine/core/connection/judge-probe.ts';
import { systemsOf } from '../../engine/runtime/open-engine.ts';
import { beyondLab, labClient, type Scenario } from '../../examples/lab/scenario.ts';
import type { ContextOptions } from './support/build-context.ts';
import { type Desk, openDesk } from './support/open-desk.ts';
import { type Bench, openLab } from './support/open-lab.ts';

let open: (Bench | Desk)[] = [];
afterEach(async () => {
  for (const each of open) await each.close();
  open = [];
});

const manifestsOfSystem = (system: string) =>
  [...createRegistry().values()]
    .map(({ manifest }) => manifest)
    .filter(({ key }) => key.startsWith(`${system}.`));

async function ask(system: string, context: Parameters<NonNullable<ReturnType<typeof probeOf>>>[0]) {
  const manifests = manifestsOfSystem(system);
  const permissions = [...new Set(manifests.flatMap((manifest) => manifest.permissions))];
  const outcome = await probeOf(system)?.(context, permissions);
  return judgeProbe(manifests, outcome ?? null);
}

const probeOf = (system: string) => createProbes().get(system);

async function askLab(system: string, scenario: Partial<Scenario> = {}, extra: Partial<ContextOptions> = {}) {
  const lab = await openLab(scenario);
  open.push(lab);
  return { lab, result: await ask(system, lab.context(extra)) };
}

describe('a connection is asked before it is needed', () => {
  const systems = systemsOf(createRegistry()).filter((system) => system !== 'chat' && !beyondLab.has(system));

  test.each(systems)('%s works, and says of every action that it may', async (system) => {
    const { result, lab } = await askLab(system);
    expect(result.state).toBe('works');
    expect(result.looks.map(({ code }) => code)).toEqual([null, null]);
    expect(result.actions.map(({ action, may }) => `${action} ${may}`)).toEqual(
      manifestsOfSystem(system).map(({ key }) => `${key} yes`),
    );
    expect(lab.estate.effects().journal).toEqual([]);
  });

  test('a chat has no way to ask, and that is what is said', async () => {
    const { result } = await askLab('chat');
    expect(result).toMatchObject({ state: 'unknown', looks: [], actions: [{ may: 'unknown' }] });
  });

  test('an app that may read and not isolate says so, and the vendor refuses the same', async () => {
    const clients = [{ ...labClient, mdeRoles: ['Machine.Read.All', 'Ti.ReadWrite'] }];
    const { result, lab } = await askLab('edr', { clients });
    expect(result.state).toBe('limited');
    const isolate = result.actions.find(({ action }) => action === 'edr.isolate-host');
    expect(isolate).toMatchObject({ may: 'no', lacks: ['WindowsDefenderATP: Machine.Isolate'] });
    expect(result.actions.find(({ action }) => action === 'edr.block-file')?.may).toBe('yes');
    const tried = await lab
      .action('edr.isolate-host')
      .perform(lab.context(), { host_id: lab.estate.host('ws-0117').machine.id });
    expect(tried).toMatchObject({ kind: 'failed', failure: { code: 'forbidden' } });
  });

  test('an app that may nothing is let in, and its look is forbidden', async () => {
    const clients = [{ ...labClient, mdeRoles: [] }];
    const { result } = await askLab('edr', { clients });
    expect(result.state).toBe('limited');
    expect(result.looks[1]).toMatchObject({ what: 'read one device', code: 'forbidden' });
    expect(result.actions.every(({ may }) => may === 'no')).toBe(true);
  });

  test('a wrong secret fails at the sign-in, and no right is claimed or denied', async () => {
    const { result } = await askLab('directory', {}, { secrets: { client_secret: 'wrong-and-very-secret' } });
    expect(result.state).toBe('failing');
    expect(result.looks).toHaveLength(1);
    expect(result.looks[0]).toMatchObject({ code: 'unauthorized' });
    expect(result.actions.every(({ may }) => may === 'unknown')).toBe(true);
    expect(JSON.stringify(result)).not.toContain('wrong-and-very-secret');
  });

  test('each asking signs in anew: a secret that was changed is noticed at once', async () => {
    const lab = await openLab();
    open.push(lab);
    const probe = createProbes().get('edr');
    expect((await probe?.(lab.context(), []))?.looks[0]?.failure).toBeNull();
    const second = await probe?.(lab.context({ secrets: { client_secret: 'another-secret' } }), []);
    expect(second?.looks[0]?.failure?.code).toBe('unauthorized');
  });
});

describe('what a vendor answers is data', () => {
  test('a megabyte of markup becomes a code, and the token is not read as more than it is', async () => {
    const flood = `<script>alert(1)</script>${'x'.repeat(1024 * 1024)}`;
    const desk = await openDesk(() => ({ status: 500, json: { error: { code: flood, message: flood } } }));
    open.push(desk);
    const result = await ask('edr', desk.context());
    expect(result.state).toBe('failing');
    expect(result.looks[1]?.code).toBe('unavailable');
    expect(JSON.stringify(result)).not.toContain('script');
    expect(result.actions.every(({ may }) => may === 'unknown')).toBe(true);
  });

  const token = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

  test.each([
    ['no parts', 'opaque'],
    ['no JSON', 'a.b.c'],
    ['no claim', token({ scp: 'User.Read' })],
    ['a text for a list', token({ roles: 'Machine.Isolate' })],
    ['something else in the list', token({ roles: ['Machine.Isolate', 1] })],
    ['a flood', token({ roles: new Array(2000).fill('Machine.Isolate') })],
  ])('a token with %s says nothing', (_, text) => {
    expect(readRoles(text)).toBeNull();
  });

  test('a token with roles says them', () => {
    expect(readRoles(token({ roles: ['Machine.Isolate'] }))).toEqual(new Set(['Machine.Isolate']));
  });
});

describe('a permission is weighed by what is documented', () => {
  test.each([
    ['Machine.Isolate', ['Machine.Isolate'], 'held'],
    ['Machine.Read.All', ['Machine.ReadWrite.All'], 'held'],
    ['User.EnableDisableAccount.All', ['User.ReadWrite.All'], 'held'],
    ['Machine.Isolate', ['Machine.Read.All', 'Machine.Scan'], 'missing'],
    ['Machine.Isolate', [], 'missing'],
    ['Machine.Isolate', null, 'unknown'],
    ['User.Read.All', ['Directory.ReadWrite.All'], 'unknown'],
    ['IdentityRiskyUser.ReadWrite.All', ['IdentityRiskyUser.Read.All'], 'unknown'],
    ['UserAuthenticationMethod.ReadWrite.All', ['UserAuthMethod-Passkey.ReadWrite.All'], 'unknown'],
    ['Directory.Read.All', ['GroupMember.Read.All'], 'unknown'],
    ['Directory.Read.All', ['User.Read.All'], 'missing'],
    ['User.RevokeSessions.All', ['User.ReadWrite.All'], 'unknown'],
  ])('%s by one with %j is %s', (name, held, right) => {
    expect(weighPermission(name, held === null ? null : new Set(held))).toBe(right);
  });
});
