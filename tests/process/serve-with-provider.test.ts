import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { freePort, riposteProcess as riposte } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* `riposte serve` as an operator sets it up, with a certified identity provider beside it. */

const ours = { 'sec-fetch-site': 'same-origin' };

it('lets in whom the provider means, with what their groups give, and logs nothing of what it is told', async () => {
  const [port, folder] = [await freePort(), await temporaryFolder()];
  const url = `http://127.0.0.1:${port}`;
  const provider = await startIdentityProvider(`${url}/sign-in/oidc/callback`);
  const [file, secretFile] = [join(folder, 'oidc.json'), join(folder, 'secret')];
  writeFileSync(secretFile, `${provider.clientSecret}\n`);
  writeFileSync(
    file,
    JSON.stringify({
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: `file:${secretFile}`,
      label: 'Sign in with Example',
      people: [{ group: 'SOC leads', roles: ['approver'], groups: ['soc-leads'] }],
    }),
  );
  const served = riposte('api/cli/riposte.ts', ['serve'], {
    RIPOSTE_DATA: join(folder, 'data'),
    RIPOSTE_PORT: String(port),
    RIPOSTE_PUBLIC_URL: url,
    RIPOSTE_OIDC: file,
    RIPOSTE_LOG_LEVEL: 'trace',
  });
  await served.said(`${url}/sign-in/`);
  expect(await (await fetch(`${url}/sign-in`)).text()).toContain('Sign in with Example');

  const told: string[] = [provider.clientSecret];
  async function signIn(login: string): Promise<Response> {
    const left = await fetch(`${url}/sign-in/oidc`, { method: 'POST', headers: ours });
    const address = (/content="0; url=([^"]+)"/.exec(await left.text())?.[1] ?? '').replaceAll('&amp;', '&');
    const cookie = left.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const back = await provider.goThrough(address, login, new Map());
    const { searchParams } = new URL(back);
    told.push(searchParams.get('code') ?? '', searchParams.get('state') ?? '', cookie.split('=')[1] ?? '');
    return await fetch(back, { headers: { cookie, 'sec-fetch-site': 'cross-site' } });
  }
  provider.accounts.set('ann', {
    email: 'ann@example.org',
    email_verified: true,
    groups: ['SOC leads'],
    name: 'Ann',
  });
  const shown = await signIn('ann');
  expect(shown.status).toBe(200);
  const session = shown.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const home = await (await fetch(url, { headers: { cookie: session } })).text();
  expect(home).toContain('<p class="who">Ann<span class="dim">approver</span>');
  told.push(session.split('=')[1] ?? '');

  provider.accounts.set('eve', { email: 'eve@example.org', email_verified: true, groups: [] });
  expect((await signIn('eve')).status).toBe(403);
  writeFileSync(secretFile, 'another secret');
  expect((await signIn('ann')).status).toBe(403);
  await provider.stop();

  served.child.kill('SIGINT');
  const { code, stderr } = await served.ended;
  expect(code).toBe(0);
  // What went wrong is there by its word, and nothing that anybody could use.
  expect(stderr).toContain('invalid_client');
  expect(told.every((each) => each.length > 20)).toBe(true);
  for (const each of told) expect(stderr).not.toContain(each);
});

it('does not start without the secret of the client, and says where it looked', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'oidc.json');
  writeFileSync(
    file,
    JSON.stringify({
      issuer: 'https://login.example.org',
      clientId: 'riposte',
      clientSecret: 'env:NOT_THERE',
    }),
  );
  const served = riposte('api/cli/riposte.ts', ['serve'], {
    RIPOSTE_DATA: join(folder, 'data'),
    RIPOSTE_PORT: String(await freePort()),
    RIPOSTE_PUBLIC_URL: 'https://soar.example.org',
    RIPOSTE_OIDC: file,
  });
  const { code, stderr } = await served.ended;
  expect(code).toBe(3);
  expect(stderr).toContain(
    "RIPOSTE_OIDC: the client's secret (NOT_THERE): the variable that it names is not set.",
  );
});
