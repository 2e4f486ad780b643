import { describe, expect, test } from 'vitest';
import { riposte } from '../cli/start-cli.ts';
import { audience, rule, startWithIssuers } from './start-with-issuers.ts';

/* Programs that come with a token of another issuer. */

const world = await startWithIssuers([
  rule(),
  rule({ name: 'nightly', claims: [{ claim: 'schedule', is: [true] }], roles: ['viewer', 'auditor'] }),
  rule({
    name: 'deciders',
    claims: [{ claim: 'sub', startsWith: 'repo:acme/approve:' }],
    roles: ['approver'],
  }),
]);
const { api, ask, issuer, other, written } = world;
const mine = `${issuer.issuer}#repo:acme/soar:ref:refs/heads/main`;
const seconds = () => Math.floor(Date.now() / 1000);

describe('whoever a rule fits', () => {
  test('may what it gives, and nothing else', async () => {
    const token = issuer.token();
    expect((await ask(token)).status).toBe(200);
    expect((await api.call('POST', '/v1/alerts', { token, body: { title: 'x' } })).status).toBe(202);
    expect((await api.call('GET', '/v1/people', { token })).body.code).toBe('auth/forbidden');
    expect((await api.call('GET', '/v1/tokens', { token })).body.code).toBe('auth/forbidden');
    const body = { name: 'mine', roles: ['analyst'] };
    expect((await api.call('POST', '/v1/tokens', { token, body })).body.code).toBe('auth/forbidden');
  });

  test('has what all fitting rules give together', async () => {
    expect(await world.workloads.identify(issuer.token({ claims: { schedule: true } }))).toMatchObject({
      identified: { kind: 'service', id: mine, name: 'main-branch, nightly', personId: null },
      admission: { roles: ['viewer', 'analyst', 'auditor'], rules: ['main-branch', 'nightly'] },
    });
    expect(await world.workloads.identify(issuer.token({ claims: { schedule: 'true' } }))).toMatchObject({
      admission: { roles: ['analyst'] },
    });
  });

  test('decides nothing, whatever role a rule gives', async () => {
    const token = issuer.token({ claims: { sub: 'repo:acme/approve:x' } });
    const body = { decision: 'approve', digest: 'x' };
    const answer = await api.call('POST', '/v1/approvals/apr_1/decisions', { token, body });
    expect([answer.status, answer.body.code]).toEqual([403, 'approval/needs-person']);
    expect(api.useCases.calls.map(({ name }) => name)).not.toContain('decideApproval');
  });

  test('is another one at another issuer, also with the same subject', async () => {
    const key = { 'idempotency-key': 'same' };
    const send = (token: string, title: string) =>
      api.call('POST', '/v1/alerts', { token, body: { title }, headers: key });
    expect((await send(issuer.token(), 'a')).status).toBe(202);
    expect((await send(other.token(), 'b')).status).toBe(202);
    // The same one with a new token is the same one.
    const repeated = await send(issuer.token({ claims: { jti: 'another' } }), 'a');
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
  });

  test('uses up its own requests, whichever token it brings', async () => {
    const left = async (token: string) =>
      /r=(\d+)/.exec((await ask(token)).headers.get('ratelimit') ?? '')?.[1];
    const first = Number(await left(issuer.token({ claims: { jti: 'a' } })));
    expect(Number(await left(issuer.token({ claims: { jti: 'b' } })))).toBe(first - 1);
    expect(Number(await left(other.token()))).toBeGreaterThan(first);
  });

  test('may have a token for us in a list of one, and of the kinds that issuers write', async () => {
    for (const typ of ['JWT', 'at+jwt', 'application/at+JWT', undefined])
      expect((await ask(issuer.token({ header: { typ }, claims: { aud: [audience] } }))).status).toBe(200);
  });

  test('may be up to half a minute off', async () => {
    const now = seconds();
    expect((await ask(issuer.token({ claims: { exp: now - 10 } }))).status).toBe(200);
    expect((await ask(issuer.token({ claims: { nbf: now + 10, iat: now + 10 } }))).status).toBe(200);
  });
});

describe('the log', () => {
  test('has each token once before it is used, with rule and id, and how often it came after that', async () => {
    const token = issuer.token({ claims: { jti: 'job-17' } });
    await ask(token);
    await ask(token);
    const admitted = async () =>
      (await written('auth.admitted')).filter(({ entry }) => JSON.stringify(entry).includes('job-17'));
    expect(await admitted()).toMatchObject([
      {
        entry: {
          actor: { kind: 'service', id: mine, channel: 'api' },
          outcome: 'success',
          data: {
            issuer: issuer.issuer,
            subject: 'repo:acme/soar:ref:refs/heads/main',
            rules: ['main-branch'],
            roles: ['analyst'],
            tokenId: 'job-17',
            expiresAt: expect.stringMatching(/Z$/),
            count: 1,
          },
        },
      },
    ]);
    await ask(token);
    await world.workloads.settle();
    expect((await admitted()).map(({ entry }) => (entry.data as { count: number }).count)).toEqual([1, 2]);
    for (const part of token.split('.')) expect(JSON.stringify(await api.entries())).not.toContain(part);
  });

  test('is not filled by wrong ones: the first of a minute, and the number', async () => {
    await world.workloads.settle();
    const before = (await written('auth.failed')).length;
    for (const name of ['a', 'b', 'c', 'd'])
      await ask(issuer.token({ claims: { sub: `repo:evil/${name}` } }));
    await world.workloads.settle();
    expect((await written('auth.failed')).slice(before)).toMatchObject([
      {
        entry: {
          actor: { kind: 'system', id: 'identity' },
          code: 'auth/bad-token',
          reason: 'no-rule',
          data: { issuer: issuer.issuer, subject: 'repo:evil/a', address: '127.0.0.1', count: 1 },
        },
      },
      { entry: { data: { subject: 'repo:evil/d', count: 3, window_s: 60 } } },
    ]);
  });

  test('that takes no entry lets nobody in', async () => {
    const silent = () => undefined;
    const log = { info: silent, warn: silent, error: silent };
    const blocked = await startWithIssuers([rule()], { log });
    const token = blocked.issuer.token();
    await blocked.api.db.owner.query('revoke insert on audit_pending, audit_pack from riposte_app');
    expect((await blocked.ask(token)).status).toBeGreaterThanOrEqual(500);
    await blocked.api.db.owner.query('grant insert on audit_pending, audit_pack to riposte_app');
    expect((await blocked.ask(token)).status).toBe(200);
  });
});

describe('whoever has it made', () => {
  test.each([
    ['expired', { exp: seconds() - 300 }, 'has expired'],
    ['audience', { aud: 'https://other.example.org' }, 'our audience and no other'],
    ['no-rule', { sub: 'repo:acme/else' }, 'no rule for its issuer fits'],
  ])('is told what helps: %s', async (_why, claims, said) => {
    const answer = await ask(issuer.token({ claims }));
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth/bad-token' } });
    expect(answer.body.detail).toContain(said);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  test('learns nothing about a token that nobody has signed', async () => {
    const key = other.privateKey;
    expect((await ask(issuer.token({ key, claims: { exp: 1 } }))).body).not.toHaveProperty('detail');
  });
});

describe('what is let in', () => {
  test('is shown to those who manage tokens, and to nobody else', async () => {
    const { token } = await api.person('ada', ['admin']);
    const listed = await api.call('GET', '/v1/issuers', { token });
    expect(listed.body.issuers).toHaveLength(2);
    expect(listed.body.issuers[0]).toEqual({
      issuer: issuer.issuer,
      audience,
      jwks: null,
      rules: expect.arrayContaining([
        {
          name: 'deciders',
          claims: [{ claim: 'sub', startsWith: 'repo:acme/approve:' }],
          roles: ['approver'],
        },
      ]),
    });
    expect((await api.call('GET', '/v1/issuers', { token: issuer.token() })).status).toBe(403);
  });

  test('is shown by the command line, which also takes such a token as it is', async () => {
    const { token } = await api.person('ops', ['operator']);
    const run = (RIPOSTE_TOKEN: string, ...args: string[]) =>
      riposte(args, { RIPOSTE_URL: api.url, RIPOSTE_TOKEN });
    const shown = await run(token, 'token', 'issuers');
    expect(shown.code, shown.stderr).toBe(0);
    const [, first = ''] = shown.stdout.split('\n');
    expect(first).toContain('main-branch');
    expect(first).toContain('sub is "repo:acme/soar:ref:refs/heads/main"');
    const asked = await run(issuer.token({ claims: { jti: 'by-cli' } }), 'alerts', '--json');
    expect(asked.code, asked.stderr).toBe(0);
    const entry = (await written('auth.admitted')).find((each) => JSON.stringify(each).includes('by-cli'));
    expect(entry?.entry.actor).toMatchObject({ id: mine, channel: 'cli' });
    const refused = await run(issuer.token({ claims: { sub: 'repo:acme/else' } }), 'alerts');
    expect(refused.stderr).toContain('no rule for its issuer fits');
  });
});

test('our own tokens come in as before', async () => {
  expect((await ask(await api.service('xdr', ['viewer']))).status).toBe(200);
  const wrong = await ask(`rip_${'x'.repeat(43)}`);
  expect(wrong.body.code).toBe('auth/bad-token');
});

test('whoever looks on is let go when the token has expired', async () => {
  const quick = await startWithIssuers([rule()], {}, { beatMs: 250 });
  // Taken for eight seconds more, by the half minute for clocks.
  const soon = { exp: seconds() - 22, iat: seconds() - 60, nbf: seconds() - 60 };
  const token = quick.issuer.token({ claims: soon });
  const response = await fetch(`${quick.api.url}/v1/stream?topics=approvals`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  // Ends by itself, after beats that it was still good for.
  expect(await response.text()).toContain(':');
  expect(await quick.workloads.identify(token)).toMatchObject({ bad: { why: 'expired' } });
});
