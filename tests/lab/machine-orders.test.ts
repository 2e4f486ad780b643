import { describe, expect, test } from 'vitest';
import { useLab, ws0117 } from './lab-client.ts';

const collect = `/api/machines/${ws0117}/collectInvestigationPackage`;
const quarantine = `/api/machines/${ws0117}/StopAndQuarantineFile`;
const seen = 'a16e99f0f4572513a35838e09b0cc7178393694e';

describe('an order without a state', () => {
  test('shows its file in the list, and is applied when it succeeds', async () => {
    const { mde, lab } = await useLab();
    const created = await mde('POST', quarantine, { Comment: 'x', Sha1: seen.toUpperCase() });
    expect([created.status, created.body.type]).toEqual([201, 'StopAndQuarantineFile']);
    expect(created.body.relatedFileInfo).toEqual({ fileIdentifier: seen, fileIdentifierType: 'Sha1' });
    lab.estate.advance(400);
    expect(lab.estate.host(ws0117).quarantinedFiles).toEqual([seen]);
    expect(lab.estate.effect('file-quarantined', `host:${ws0117}#${seen}`)).toMatchObject({ applied: 1 });
  });

  test('is refused while one runs, counted as absorbed, and counted as a duplicate when done again', async () => {
    const { mde, lab } = await useLab();
    await mde('POST', collect, { Comment: 'x' });
    expect((await mde('POST', collect, { Comment: 'x' })).status).toBe(400);
    expect(lab.estate.effect('package-collected', `host:${ws0117}`)).toMatchObject({ orders: 1, repeats: 1 });
    for (let n = 0; n < 2; n += 1) {
      await mde('POST', quarantine, { Comment: 'x', Sha1: seen });
      lab.estate.advance(400);
    }
    expect(lab.estate.effect('file-quarantined', `host:${ws0117}#${seen}`)).toMatchObject({ duplicates: 1 });
  });

  test('is cancelled with the permission of its own kind', async () => {
    const { mde, lab } = await useLab({
      clients: [
        {
          clientId: '5e0c1a57-0000-4000-8000-0000000000a1',
          secret: 'lab-estate-secret',
          name: 'riposte',
          graphRoles: [],
          mdeRoles: ['Machine.CollectForensics', 'Machine.Read.All'],
        },
      ],
    });
    const { body } = await mde('POST', collect, { Comment: 'x' });
    expect((await mde('POST', `/api/machineactions/${body.id}/cancel`, { Comment: 'no' })).status).toBe(200);
    expect((await mde('POST', quarantine, { Comment: 'x', Sha1: seen })).code).toBe('Forbidden');
    lab.estate.advance(400);
    expect(lab.estate.effect('package-collected', `host:${ws0117}`)).toMatchObject({
      applied: 0,
      cancelled: 1,
    });
  });

  test.each([
    [collect, {}, 'MissingRequiredParameter'],
    [collect, { comment: 'x' }, 'MissingRequiredParameter'],
    [collect, { Comment: 'x', Sha1: seen }, 'InvalidRequestBody'],
    [quarantine, { Comment: 'x' }, 'MissingRequiredParameter'],
    [quarantine, { Comment: 'x', Sha1: 'abc' }, 'InvalidHashValue'],
    [quarantine, { Comment: 'x', Sha256: seen }, 'MissingRequiredParameter'],
    [quarantine, { Comment: 'x', Sha1: '0'.repeat(40) }, 'BadRequest'],
    [
      '/api/machines/752983b9775ee949c49485ef8786b91837ebf94c/StopAndQuarantineFile',
      { Comment: 'x', Sha1: seen },
      'OsPlatformNotSupported',
    ],
    [
      '/api/machines/2a8b9ee1ab46595bd45c073ddf2b359aaa32ae57/collectInvestigationPackage',
      { Comment: 'x' },
      'BadRequest',
    ],
  ])('%s with %j is refused', async (path, body, code) => {
    const { mde, lab } = await useLab();
    const reply = await mde('POST', path, body);
    expect([reply.status, reply.code]).toEqual([400, code]);
    expect(lab.estate.effects().journal).toEqual([]);
  });
});

describe('indicators', () => {
  const indicator = {
    indicatorValue: 'phish.example',
    indicatorType: 'DomainName',
    action: 'Block',
    title: 't',
    description: 'd',
  };

  test('are updated in place: the same value is one indicator', async () => {
    const { mde, lab } = await useLab();
    const first = await mde('POST', '/api/indicators', indicator);
    const second = await mde('POST', '/api/indicators', { ...indicator, action: 'Allowed' });
    expect([first.status, second.body.id]).toEqual([200, first.body.id]);
    expect(lab.estate.effect('domain-blocked', 'domain:phish.example')).toMatchObject({
      applied: 1,
      released: 1,
    });
  });

  test('say which device groups they are limited to, and block nothing everywhere then', async () => {
    const { mde, lab } = await useLab();
    await mde('POST', '/api/indicators', { ...indicator, rbacGroupNames: ['Clinical', 'Pilot'] });
    const scoped = { rbacGroupNames: ['Clinical', 'Pilot'], rbacGroupIds: ['7'] };
    expect((await mde('GET', '/api/indicators')).body.value).toMatchObject([scoped]);
    expect(lab.estate.effects().journal).toEqual([]);
    expect((await mde('POST', '/api/indicators', indicator)).body).toMatchObject({ rbacGroupNames: [] });
    expect(lab.estate.effect('domain-blocked', 'domain:phish.example')).toMatchObject({ applied: 1 });
  });

  test('end by themselves', async () => {
    const { mde, lab } = await useLab();
    const expirationTime = new Date(lab.estate.nowMs() + 1000).toISOString();
    await mde('POST', '/api/indicators', { ...indicator, expirationTime });
    lab.estate.advance(1001);
    expect((await mde('GET', '/api/indicators')).body.value).toEqual([]);
  });

  test('are deleted once: 204, then 404', async () => {
    const { mde } = await useLab();
    const { body } = await mde('POST', '/api/indicators', indicator);
    expect((await mde('DELETE', `/api/indicators/${body.id}`)).status).toBe(204);
    expect((await mde('DELETE', `/api/indicators/${body.id}`)).code).toBe('ResourceNotFound');
  });

  test.each([
    [{ action: 'BlockAndRemediate' }, 'InvalidInput'],
    [{ indicatorType: 'Domain' }, 'InvalidInput'],
    [{ indicatorType: 'FileSha256' }, 'InvalidHashValue'],
    [{ indicatorType: 'IpAddress', indicatorValue: '192.0.2.0/24' }, 'InvalidIpAddress'],
    [{ indicatorValue: 'https://phish.example' }, 'InvalidDomainName'],
    [{ action: 'Audit' }, 'InvalidInput'],
    [{ Title: 't' }, 'InvalidRequestBody'],
    [{ title: '' }, 'MissingRequiredParameter'],
  ])('with %j are refused', async (change, code) => {
    const { mde, lab } = await useLab();
    const reply = await mde('POST', '/api/indicators', { ...indicator, ...change });
    expect([reply.status, reply.code]).toEqual([400, code]);
    expect(lab.estate.state().indicators).toEqual([]);
  });
});
