import { expect, it } from 'vitest';
import { findWebhook } from '../../actions/chat/post-message/find-webhook.ts';
import { requestToken } from '../../actions/client/request-token.ts';
import { credentialHeaders } from '../../actions/http/credential.ts';
import { visit } from '../../actions/imap/client/visit.ts';
import { readDirectory } from '../../actions/ldap/client/read-directory.ts';
import type { Connection } from '../../engine/core/contracts/action.ts';
import { SecretFailure } from '../../engine/core/contracts/secret.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { buildContext } from './support/build-context.ts';

const settings = {
  loginUrl: 'https://login.example.org',
  tenantId: 't',
  clientId: 'c',
  auth: 'bearer',
  url: 'ldaps://dc.example.org:636',
  bindDn: 'cn=riposte,dc=example',
  baseDn: 'dc=example',
  kind: 'openldap',
  user: 'riposte',
};

/** A connection whose secrets lie in a store that answers like this. */
const connection = (thrown: unknown): Connection => ({
  id: 'emea',
  system: 'any',
  settings,
  secret: () => Promise.reject(thrown),
});

async function overImap(each: Connection) {
  const context = { ...buildContext({ http: createHttp(), settings }), connection: each };
  const asked = await visit(context, 'ann@example.org', () => Promise.resolve());
  return { ok: asked.kind === 'done', ...asked };
}

const ways: [string, (connection: Connection) => Promise<unknown>][] = [
  [
    'a token',
    (each) => requestToken({ ...buildContext({ http: createHttp(), settings }), connection: each }, 'scope'),
  ],
  ['a chat', (each) => findWebhook(each, { channel: 'soc' })],
  ['an endpoint', credentialHeaders],
  ['a directory', readDirectory],
  [
    'a mailbox',
    (each) => overImap({ ...each, settings: { ...settings, url: 'imaps://mail.example.org:993' } }),
  ],
];

it.each(ways)('while the store of its secret is down %s may be had later', async (_, read) => {
  expect(await read(connection(new SecretFailure('unavailable', 'Vault answered 503.')))).toMatchObject({
    ok: false,
    failure: {
      code: 'unavailable',
      kind: 'retryable',
      message: expect.stringContaining('connection "emea"'),
    },
  });
});

it.each(ways)('what else a store says about the secret of %s is in no failure', async (_, read) => {
  const outcome = await read(connection(new Error('found s3cr3t-4711 and could not use it')));
  expect(outcome).toMatchObject({ ok: false, failure: { code: 'misconfigured', kind: 'terminal' } });
  expect(JSON.stringify(outcome)).not.toContain('4711');
});
