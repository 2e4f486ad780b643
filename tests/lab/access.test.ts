import { describe, expect, test } from 'vitest';
import { documentedLimits, labClient } from '../../examples/lab/scenario.ts';
import { maria, rows, useLab, ws0117 } from './lab-client.ts';

const phone = '3179e48a-750b-4051-897c-87b9720928f7';
const sara = '/users/sara.lund@contoso.com/mailFolders/inbox/messageRules';

describe('sign-in methods', () => {
  test('are typed, and not every type has a date', async () => {
    const { graph } = await useLab();
    const methods = rows(await graph('GET', `/users/${maria}/authentication/methods`));
    expect(methods.map((method) => [method['@odata.type'], 'createdDateTime' in method])).toEqual([
      ['#microsoft.graph.passwordAuthenticationMethod', false],
      ['#microsoft.graph.phoneAuthenticationMethod', true],
      ['#microsoft.graph.microsoftAuthenticatorAuthenticationMethod', true],
      ['#microsoft.graph.softwareOathAuthenticationMethod', false],
    ]);
  });

  test.each([
    ['below the collection of another type', `fido2Methods/${phone}`, 404],
    ['in a collection that does not exist', `methods/${phone}`, 404],
    ['that is a password', 'passwordMethods/28c10230-6103-485e-b985-444c60001490', 404],
    ['of its own type', `phoneMethods/${phone}`, 204],
  ])('one %s: %s', async (_what, path, status) => {
    const { graph } = await useLab();
    expect((await graph('DELETE', `/users/${maria}/authentication/${path}`)).status).toBe(status);
  });
});

describe('inbox rules', () => {
  test('are listed whole, and turned off', async () => {
    const { graph, lab } = await useLab();
    const [first] = rows(await graph('GET', sara));
    expect(first).toMatchObject({ displayName: '..', isEnabled: true, isReadOnly: false });
    expect((await graph('PATCH', `${sara}/AQAAAJ5dZqA=`, { isEnabled: false })).body).toMatchObject({
      isEnabled: false,
    });
    await graph('PATCH', `${sara}/AQAAAJ5dZqA=`, { isEnabled: false });
    expect(lab.estate.effect('rule-disabled', 'rule:sara.lund@contoso.com/AQAAAJ5dZqA=')).toMatchObject({
      applied: 1,
      repeats: 1,
    });
  });

  test.each([
    ['AQAAAJ5dZqA=', { isEnabled: 'no' }, 400],
    ['AQAAAJ5dZqA=', { enabled: false }, 400],
    ['AQAAAJ5dZqD=', { isEnabled: false }, 403],
    ['AQAAAAAA', { isEnabled: false }, 404],
  ])('%s with %j is refused', async (id, body, status) => {
    const { graph, lab } = await useLab();
    expect((await graph('PATCH', `${sara}/${id}`, body)).status).toBe(status);
    expect(lab.estate.effects().journal).toEqual([]);
  });
});

describe('risk', () => {
  test('takes object ids only, all or none', async () => {
    const { graph, lab } = await useLab();
    const confirm = (...userIds: string[]) =>
      graph('POST', '/identityProtection/riskyUsers/confirmCompromised', { userIds });
    expect((await confirm('maria.lind@contoso.com')).status).toBe(400);
    expect((await confirm(maria, '00000000-0000-4000-8000-000000000000')).status).toBe(400);
    expect((await confirm()).status).toBe(400);
    expect(lab.estate.effects().journal).toEqual([]);
    expect((await confirm(maria)).status).toBe(204);
    expect((await confirm(maria)).status).toBe(204);
    expect(lab.estate.effect('risk-confirmed', `user:${maria}`)).toMatchObject({ applied: 1, repeats: 1 });
  });

  test('is throttled at one request a second, and nobody is told how long to wait', async () => {
    const { graph, lab } = await useLab({ limits: documentedLimits });
    const read = () => graph('GET', `/identityProtection/riskyUsers/${maria}`);
    expect((await read()).status).toBe(200);
    const second = await read();
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null]);
    lab.estate.advance(1000);
    expect((await read()).status).toBe(200);
  });
});

describe('devices', () => {
  test('have an object id in the directory that is not the device id', async () => {
    const { graph, lab } = await useLab();
    const { aadDeviceId } = lab.estate.host(ws0117).machine;
    const [device] = rows(await graph('GET', `/devices?$filter=deviceId eq '${aadDeviceId}'`));
    expect(device?.id).not.toBe(aadDeviceId);
    expect((await graph('PATCH', `/devices/${aadDeviceId}`, { accountEnabled: false })).status).toBe(404);
    expect((await graph('PATCH', `/devices/${device?.id}`, { accountEnabled: false })).status).toBe(204);
    expect(lab.estate.host(ws0117).device?.enabled).toBe(false);
  });

  test('under management take a second order as a second row', async () => {
    const { graph, lab } = await useLab();
    const { managed } = lab.estate.host(ws0117);
    const base = `/deviceManagement/managedDevices/${managed?.id}`;
    await graph('POST', `${base}/remoteLock`);
    await graph('POST', `${base}/remoteLock`);
    expect((await graph('GET', base)).body.deviceActionResults).toHaveLength(2);
    expect(lab.estate.effect('device-locked', `host:${managed?.id}`)).toMatchObject({ duplicates: 1 });
  });

  test.each([
    ['remoteLock', { pin: 1 }, 400],
    ['wipe', { keepUserData: 'no' }, 400],
    ['wipe', { everything: true }, 400],
    ['selfDestruct', {}, 404],
  ])('refuse %s with %j', async (call, body, status) => {
    const { graph, lab } = await useLab();
    const { managed } = lab.estate.host(ws0117);
    const reply = await graph('POST', `/deviceManagement/managedDevices/${managed?.id}/${call}`, body);
    expect(reply.status).toBe(status);
    expect(lab.estate.effects().journal).toEqual([]);
  });
});

test.each([
  ['GET', `/users/${maria}/authentication/methods`],
  ['DELETE', `/users/${maria}/authentication/phoneMethods/${phone}`],
  ['GET', sara],
  ['GET', `/identityProtection/riskyUsers/${maria}`],
  ['GET', '/devices'],
  ['GET', '/deviceManagement/managedDevices'],
])('%s %s needs its permission', async (method, path) => {
  const { graph } = await useLab({ clients: [{ ...labClient, graphRoles: ['User.Read.All'] }] });
  expect((await graph(method, path)).status).toBe(403);
});
