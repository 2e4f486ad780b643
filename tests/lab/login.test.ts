import { describe, expect, test } from 'vitest';
import { labClient } from '../../examples/lab/scenario.ts';
import {
  askForToken,
  call,
  graphScope,
  mdeScope,
  startTestLab,
  tokenFor,
  useLab,
  ws0117,
} from './lab-client.ts';

describe('the token endpoint', () => {
  test('answers a bearer token with its lifetime in seconds', async () => {
    const lab = await startTestLab({ tokenLifetimeSeconds: 120 });
    const reply = await askForToken(lab);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ token_type: 'Bearer', expires_in: 120, ext_expires_in: 120 });
  });

  test('answers a wrong secret with 401 invalid_client', async () => {
    const lab = await startTestLab();
    const reply = await askForToken(lab, { client_secret: 'guess' });
    expect([reply.status, reply.body.error]).toEqual([401, 'invalid_client']);
    expect(reply.body.error_description).toMatch(/^AADSTS\d+/);
  });

  test.each([
    ['a missing secret', { client_secret: undefined }, 'invalid_request'],
    ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['an unknown scope', { scope: 'https://example.com/.default' }, 'invalid_scope'],
    ['a scope without .default', { scope: 'https://graph.microsoft.com/User.Read.All' }, 'invalid_scope'],
    ['an unknown application', { client_id: 'nobody' }, 'unauthorized_client'],
  ])('refuses %s with 400', async (_what, changes, error) => {
    const reply = await askForToken(await startTestLab(), changes);
    expect([reply.status, reply.body.error]).toEqual([400, error]);
  });

  test('refuses a JSON body and an unknown tenant', async () => {
    const lab = await startTestLab();
    const tenant = `${lab.url}/login/0a1b2c3d-0000-4000-8000-00000000c0de/oauth2/v2.0/token`;
    const json = await call(tenant, { method: 'POST', body: { grant_type: 'client_credentials' } });
    expect([json.status, json.body.error]).toEqual([400, 'invalid_request']);
    const other = `${lab.url}/login/common/oauth2/v2.0/token`;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: labClient.clientId,
      client_secret: labClient.secret,
      scope: graphScope,
    });
    const reply = await call(other, {
      method: 'POST',
      text: form.toString(),
      type: 'application/x-www-form-urlencoded',
    });
    expect([reply.status, reply.body.error]).toEqual([400, 'invalid_request']);
  });
});

describe('a token', () => {
  test('for Graph is not valid for Defender, nor the other way round', async () => {
    const lab = await startTestLab();
    const graph = await tokenFor(lab, graphScope);
    const mde = await tokenFor(lab, mdeScope);
    const atMde = await call(`${lab.url}/mde/api/machines/${ws0117}`, { token: graph });
    expect([atMde.status, atMde.code]).toEqual([401, 'Unauthorized']);
    const atGraph = await call(`${lab.url}/graph/v1.0/security/incidents/2972399`, { token: mde });
    expect([atGraph.status, atGraph.code]).toEqual([401, 'unauthenticated']);
  });

  test('for the older Defender XDR API is not valid for Defender for Endpoint', async () => {
    const lab = await startTestLab();
    const xdr = await tokenFor(lab, 'https://api.security.microsoft.com/.default');
    expect((await call(`${lab.url}/mde/api/machines`, { token: xdr })).status).toBe(401);
  });

  test.each(['', 'nonsense', 'lab.e30.AAAA'])('that the lab did not sign is refused: "%s"', async (token) => {
    const lab = await startTestLab();
    expect((await call(`${lab.url}/mde/api/machines`, { token })).status).toBe(401);
  });

  test('expires after its lifetime, and a new one works', async () => {
    const { lab, mde } = await useLab({ tokenLifetimeSeconds: 60 });
    lab.estate.advance(59_000);
    expect((await mde('GET', '/api/machines')).status).toBe(200);
    lab.estate.advance(1_000);
    expect((await mde('GET', '/api/machines')).status).toBe(401);
    const fresh = await tokenFor(lab, mdeScope);
    expect((await call(`${lab.url}/mde/api/machines`, { token: fresh })).status).toBe(200);
  });

  test('without the role of a call gets 403 in the form of that API', async () => {
    const clients = [{ ...labClient, graphRoles: ['User.Read.All'], mdeRoles: ['Machine.Read.All'] }];
    const { mde, graph, lab } = await useLab({ clients });
    const isolating = await mde('POST', `/api/machines/${ws0117}/isolate`, { Comment: 'x' });
    expect([isolating.status, isolating.code]).toEqual([403, 'Forbidden']);
    const disabling = await graph('PATCH', '/users/maria.lind@contoso.com', { accountEnabled: false });
    expect([disabling.status, disabling.code]).toEqual([403, 'Authorization_RequestDenied']);
    const commenting = await graph('POST', '/security/incidents/2972399/comments', {});
    expect([commenting.status, commenting.code]).toEqual([403, 'accessDenied']);
    expect(lab.estate.effects().journal).toEqual([]);
  });
});
