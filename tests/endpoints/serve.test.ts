import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../schemas/json.ts';
import { startVendor } from '../actions/support/start-vendor.ts';
import { riposte as runCli } from '../cli/start-cli.ts';
import { freePort, riposteProcess } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { startTokenIssuer } from '../support/token-issuer.ts';
import { credential } from './open-endpoints.ts';

/* `riposte serve` with the files of `examples/endpoints/`, its firewall played by a server of this test. */

const folder = join(import.meta.dirname, '../../examples/endpoints');
const example = (name: string): string => readFileSync(join(folder, name), 'utf8');

it('a system that the operator describes is checked, tested, asked about and reached', async () => {
  const [port, own] = [await freePort(), await temporaryFolder()];
  const url = `http://127.0.0.1:${port}`;
  const issuer = await startTokenIssuer(url);
  const firewall = await startVendor(({ method, path }) =>
    method === 'GET' ? { status: path.endsWith('/status') ? 200 : 404, json: {} } : { status: 200, json: {} },
  );
  const written = (name: string, text: string): string => {
    writeFileSync(join(own, name), text);
    return join(own, name);
  };
  const rules = [{ name: 'test', claims: { sub: 'test' }, roles: ['operator', 'author', 'analyst'] }];
  written('firewall.json', example('firewall.json'));
  const connections = written(
    'connections.json',
    example('connections.json').replace('https://firewall.contoso.com', firewall.url),
  );
  const served = riposteProcess('api/cli/riposte.ts', ['serve'], {
    RIPOSTE_DATA: join(own, 'data'),
    RIPOSTE_PORT: String(port),
    RIPOSTE_PUBLIC_URL: url,
    RIPOSTE_ISSUERS: written('issuers.json', JSON.stringify({ issuers: [{ issuer: issuer.issuer, rules }] })),
    RIPOSTE_CONNECTIONS: connections,
    RIPOSTE_ALLOWED_ADDRESSES: firewall.url,
    FIREWALL_TOKEN: credential,
  });
  onTestFinished(async () => {
    served.child.kill('SIGINT');
    await served.ended;
    await firewall.close();
    await issuer.stop();
  });
  await served.said(`${url}/sign-in/`);
  const ask = async (method: string, path: string, body?: JsonObject): Promise<string> => {
    const token = issuer.token({ claims: { sub: 'test' } });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/v1${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    expect(answer.status, text).toBeLessThan(300);
    return text;
  };

  const source = example('block-attacker.yaml');
  await ask('PUT', '/playbooks/block-attacker/versions', { source });
  expect(await ask('POST', '/settings/connections/firewall.edge/test')).toContain('read /v1/status');
  expect(firewall.calls()).toEqual(['GET /api/v1/status']);

  await ask('POST', '/alerts', {
    source_id: 'attack-1',
    title: 'Somebody comes from there',
    severity: 'high',
    category: 'block-attacker',
    created_at: '2026-11-20T03:00:00Z',
    targets: { ips: [{ address: '203.0.113.7' }] },
  });
  const waiting = async () => (JSON.parse(await ask('GET', '/approvals')) as { items: JsonObject[] }).items;
  await expect.poll(async () => (await waiting()).length, { timeout: 30_000 }).toBe(1);
  const [asked] = await waiting();
  expect(await ask('GET', `/approvals/${asked?.id}`)).toContain(`"POST ${firewall.url}/api/v1/blocks"`);
  expect(firewall.calls()).toEqual(['GET /api/v1/status', 'POST /api/v1/tickets/network?from=riposte']);
  expect(firewall.seen.map(({ headers }) => headers.authorization)).toEqual(
    Array(2).fill(`Bearer ${credential}`),
  );

  served.child.kill('SIGINT');
  const { code, stdout, stderr } = await served.ended;
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain(credential);
});

it('`riposte check` knows the endpoints where it is told of them, and reads no secret', async () => {
  const playbook = 'examples/endpoints/block-attacker.yaml';
  const told = { RIPOSTE_CONNECTIONS: join(folder, 'connections.json') };
  const known = await runCli(['check', playbook], told);
  expect(known.code, known.stdout + known.stderr).toBe(0);
  const unknown = await runCli(['check', playbook], {});
  expect(unknown.code).toBe(1);
  expect(unknown.stdout + unknown.stderr).toContain('compile/unknown-action');
  const broken = await runCli(['check', playbook], { RIPOSTE_CONNECTIONS: playbook });
  expect(broken.code).toBe(2);
  expect(broken.stderr).toContain('RIPOSTE_CONNECTIONS');
  const schema = await runCli(['schema', 'playbook'], told);
  expect(schema.stdout).toContain('firewall.block-address');
});
