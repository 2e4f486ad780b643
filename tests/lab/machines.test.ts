import { describe, expect, test } from 'vitest';
import { rows, useLab, ws0117 } from './lab-client.ts';

describe('GET /machines/{key}', () => {
  test.each([ws0117, 'ws-0117.contoso.com', 'WS-0117'])('finds a machine by %s', async (key) => {
    const { mde } = await useLab();
    const reply = await mde('GET', `/api/machines/${key}`);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      id: ws0117,
      computerDnsName: 'ws-0117.contoso.com',
      osPlatform: 'Windows11',
    });
  });

  test('is the same with the version in the path', async () => {
    const { mde } = await useLab();
    const [plain, versioned] = [
      await mde('GET', `/api/machines/${ws0117}`),
      await mde('GET', `/api/v1.0/machines/${ws0117}`),
    ];
    expect(versioned.body).toEqual(plain.body);
  });

  test('never tells whether the machine is isolated', async () => {
    const { mde, lab } = await useLab();
    const before = await mde('GET', `/api/machines/${ws0117}`);
    await mde('POST', `/api/machines/${ws0117}/isolate`, { Comment: 'x', IsolationType: 'Full' });
    lab.estate.advance(300);
    expect(lab.estate.host(ws0117).isolation).toBe('Full');
    expect((await mde('GET', `/api/machines/${ws0117}`)).body).toEqual(before.body);
  });

  test('writes times with seven fraction digits', async () => {
    const { mde } = await useLab();
    const { body } = await mde('GET', `/api/machines/${ws0117}`);
    expect(body.lastSeen).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
  });

  test('answers 404 in the form of Defender, with a correlation id', async () => {
    const { mde } = await useLab();
    const reply = await mde('GET', '/api/machines/ws-9999');
    expect([reply.status, reply.code]).toEqual([404, 'ResourceNotFound']);
    expect(reply.body.error).toMatchObject({ target: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });
});

describe('GET /machines', () => {
  test.each([
    ["computerDnsName eq 'ws-0117.contoso.com'", ['ws-0117.contoso.com']],
    ["onboardingStatus eq 'CanBeOnboarded'", ['cam-17.contoso.com', 'byod-09.contoso.com']],
    ["rbacGroupId eq 7 and deviceValue eq 'High' and not_there", null],
    [
      "rbacGroupId eq 7 and (osPlatform eq 'WindowsServer2022' or healthStatus eq 'NoSensorData')",
      ['db-1.contoso.com', 'app-ehr-01.contoso.com', 'mri-01.contoso.com'],
    ],
    ["machineTags/any(tag: tag eq 'domain-controller')", ['dc-01.contoso.com', 'dc-02.contoso.com']],
    ["machineTags/any(t: startswith(t, 'service:patient'))", ['db-1.contoso.com', 'app-ehr-01.contoso.com']],
  ])('filters by %s', async (filter, names) => {
    const { mde } = await useLab();
    const reply = await mde('GET', `/api/machines?$filter=${encodeURIComponent(filter)}`);
    if (names === null) expect([reply.status, reply.code]).toEqual([400, 'ODataError']);
    else expect(rows(reply).map((row) => row.computerDnsName)).toEqual(names);
  });

  test.each([
    'isolated eq true',
    "computerDnsName like 'ws%'",
    'computerDnsName eq ws-0117',
    "machineTags eq 'x'",
    "rbacGroupId eq '7'",
    "(osPlatform eq 'Windows11'",
    "osPlatform eq 'Windows11' or",
    "osPlatform eq 'Windows11",
    "__proto__ eq 'x'",
    '('.repeat(5000),
  ])('refuses the filter %s with ODataError', async (filter) => {
    const { mde } = await useLab();
    const reply = await mde('GET', `/api/machines?$filter=${encodeURIComponent(filter)}`);
    expect([reply.status, reply.code]).toEqual([400, 'ODataError']);
  });

  test('pages with $top and $skip, and refuses a $top above 10,000', async () => {
    const { mde } = await useLab();
    const all = rows(await mde('GET', '/api/machines'));
    const second = rows(await mde('GET', '/api/machines?$top=1&$skip=1'));
    expect(second).toEqual(all.slice(1, 2));
    expect((await mde('GET', '/api/machines?$top=10001')).code).toBe('ODataError');
    expect((await mde('GET', '/api/machines?$top=-1')).code).toBe('ODataError');
    expect((await mde('GET', '/api/machines?$orderby=id')).code).toBe('ODataError');
  });

  test('answers an unknown path or method with 404', async () => {
    const { mde } = await useLab();
    for (const [method, path] of [
      ['GET', '/api/alerts'],
      ['DELETE', `/api/machines/${ws0117}`],
      ['POST', `/api/machines/${ws0117}/Isolate`],
      ['GET', '/machines'],
      ['GET', '/api/v2.0/machines'],
    ] as const) {
      const reply = await mde(method, path);
      expect([method, path, reply.status]).toEqual([method, path, 404]);
    }
  });
});
