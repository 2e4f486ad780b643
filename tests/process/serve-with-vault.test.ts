import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { appRole, startVault } from '../secrets/start-vault.ts';
import { freePort, riposteProcess as riposte } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* `riposte serve` as an operator sets it up, with its secrets in a Vault. */

const vault = await startVault();
afterAll(vault.close);
const secret = `whsec_${randomBytes(32).toString('base64')}`;

it('starts with what it needs there, and not while it is sealed', async () => {
  const [port, folder] = [await freePort(), await temporaryFolder()];
  const url = `http://127.0.0.1:${port}`;
  const [settings, webhooks, secretId] = ['vault.json', 'webhooks.json', 'secret-id'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(secretId, `${appRole.secret_id}\n`);
  const auth = { method: 'approle', roleId: appRole.role_id, secretId: `file:${secretId}` };
  writeFileSync(settings, JSON.stringify({ address: vault.url, auth }));
  const trigger = { playbook: 'hears', trigger: 'heard', secrets: ['vault:kv/soc/hears#signing'] };
  writeFileSync(webhooks, JSON.stringify({ webhooks: [trigger] }));
  vault.secrets['soc/hears'] = { signing: secret };
  const environment = {
    RIPOSTE_DATA: join(folder, 'data'),
    RIPOSTE_PORT: String(port),
    RIPOSTE_VAULT: settings,
    RIPOSTE_WEBHOOKS: webhooks,
    RIPOSTE_LOG_LEVEL: 'debug',
  };

  vault.instead = (_request, response) => response.writeHead(503).end('{"errors":["Vault is sealed"]}');
  const refused = await riposte('api/cli/riposte.ts', ['serve'], environment).ended;
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain(
    'RIPOSTE_WEBHOOKS: vault:kv/soc/hears#signing, named for hears/heard: Vault answered 503: it is sealed or down for maintenance.',
  );

  vault.instead = null;
  const served = riposte('api/cli/riposte.ts', ['serve'], environment);
  await served.said(`${url}/sign-in/`);
  const { checks } = (await (await fetch(`${url}/readyz`)).json()) as { checks: { name: string }[] };
  expect(checks).toContainEqual({ name: 'webhook-secrets', ok: true, detail: 'answers' });
  served.child.kill('SIGINT');
  const { code, stderr } = await served.ended;
  expect(code).toBe(0);
  for (const hidden of [secret, appRole.secret_id]) expect(stderr + refused.stderr).not.toContain(hidden);
});
