import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openConnections } from '../../api/process/open-connections.ts';
import { openSecretWays } from '../../api/process/open-secret-ways.ts';
import { readConnections } from '../../api/process/read-connections.ts';
import { readVault } from '../../api/process/read-vault.ts';
import type { Connection } from '../../engine/core/contracts/action.ts';
import { sayOwn, testDue } from '../../engine/runtime/connections/keep-connections.ts';
import { labClient, labTenantId } from '../../examples/lab/scenario.ts';
import { openLab } from '../actions/support/open-lab.ts';
import { perform } from '../actions/support/perform.ts';
import { openKeeping } from '../connections/open-keeping.ts';
import { ws0117 } from '../corridor/questions.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { appRole, startVault } from './start-vault.ts';

/* The way of a connection's secret: named in a file, kept in Vault or beside it, used by an action, and told of by a test. */

const keeping = await openKeeping();
const bench = await openLab();
const vault = await startVault();
const folder = await temporaryFolder();
vault.secrets['soc/edr'] = { client_secret: labClient.secret };
const ways = openSecretWays(
  {
    address: vault.url,
    namespace: null,
    authority: null,
    auth: {
      method: 'approle',
      mount: 'approle',
      roleId: appRole.role_id,
      secretId: { kind: 'env', name: 'SECRET_ID' },
    },
  },
  { variable: (name) => ({ SECRET_ID: appRole.secret_id })[name], sopsEnvironment: () => ({}) },
  [],
);
afterAll(async () => {
  await ways.close();
  await vault.close();
  await bench.close();
});

function connectionOf(id: string, secrets: { [name: string]: string }): Connection {
  const { url } = keeping.lab;
  const settings = {
    loginUrl: `${url}/login`,
    tenantId: labTenantId,
    clientId: labClient.clientId,
    mdeUrl: `${url}/mde`,
  };
  const text = JSON.stringify({ connections: [{ id, system: 'edr', settings, secrets }] });
  const read = readConnections('connections.json', () => text);
  if (!('value' in read)) throw new Error(read.write);
  const [connection] = openConnections(read.value, ways.secrets);
  if (connection === undefined) throw new Error('no connection');
  return connection;
}

const wanted = {
  client_secret: 'vault:kv/soc/edr#client_secret',
  certificate: `file:${join(folder, 'edr.pem')}`,
};

it('a test says how each secret is kept and whether it can be read, and never where or what', async () => {
  await writeFile(join(folder, 'edr.pem'), 'canary-certificate');
  const worker = keeping.worker({ connections: [connectionOf('safe', wanted)] });
  await sayOwn(worker, 0);
  expect(await testDue(worker)).toBe(1);
  expect((await keeping.one('edr.safe')).test).toMatchObject({
    state: 'works',
    secrets: [
      { name: 'client_secret', from: 'vault', readable: 'yes' },
      { name: 'certificate', from: 'file', readable: 'yes' },
    ],
  });
  await rm(join(folder, 'edr.pem'));
  await keeping.db.owner.query('update connections set test_due_at = clock_timestamp()');
  expect(await testDue(worker)).toBe(1);
  const { health, test } = await keeping.one('edr.safe');
  expect({ health, test }).toMatchObject({
    health: 'failing',
    test: {
      state: 'failing',
      looks: [
        { what: 'read the secret "certificate"', code: 'misconfigured' },
        { code: null },
        { code: null },
      ],
      secrets: [{ readable: 'yes' }, { name: 'certificate', from: 'file', readable: 'no' }],
    },
  });
  const { rows } = await keeping.db.owner.query(
    `select connections::text || ' ' || coalesce((select string_agg(convert_from(entry, 'utf8'), ' ') from audit_pending), '') as everything from connections`,
  );
  const everything = JSON.stringify(rows);
  for (const hidden of [folder, 'soc/edr', labClient.secret, 'canary', vault.url, appRole.secret_id])
    expect(everything).not.toContain(hidden);
});

it('an attempt that meets a sealed Vault is tried again; one that meets nothing there is not', async () => {
  const act = async (id: string, secret: string) => {
    const context = bench.context();
    const { secret: read } = connectionOf(id, { client_secret: secret });
    context.connection = { ...context.connection, id, secret: read };
    return await perform(bench.action('edr.isolate-host'), context, { host_id: ws0117, comment: 'x' });
  };
  vault.secrets['soc/more'] = { sealed: labClient.secret };
  vault.instead = (_request, response) => response.writeHead(503).end('{"errors":["Vault is sealed"]}');
  expect(await act('sealed', 'vault:kv/soc/more#sealed')).toMatchObject({
    kind: 'failed',
    failure: {
      code: 'unavailable',
      kind: 'retryable',
      message:
        'The secret "client_secret" of connection "sealed" cannot be read: Vault answered 503: it is sealed or down for maintenance.',
    },
  });
  vault.instead = null;
  expect(await act('none', 'vault:kv/soc/none#x')).toMatchObject({
    kind: 'failed',
    failure: { code: 'misconfigured', kind: 'terminal' },
  });
});

it('a name that only an object of JavaScript has is no secret', async () => {
  const connection = connectionOf('safe', wanted);
  for (const name of ['constructor', '__proto__', 'toString'])
    await expect(connection.secret(name), name).rejects.toThrow('names no secret');
});

it('what the README shows is read, and its secret is had', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, section = ''] = /^## Where secrets come from\n([\s\S]*?)^## /m.exec(readme) ?? [];
  const [connections = '', settings = ''] = [...section.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, text = '']) => text,
  );
  const read = readConnections('connections.json', () => connections);
  const where = readVault('vault.json', () => settings);
  if (!('value' in read) || !('value' in where)) throw new Error('the README shows what is not taken');
  const secretId = join(folder, 'vault-secret-id');
  await writeFile(secretId, appRole.secret_id);
  const auth = { ...where.value.auth, roleId: appRole.role_id, secretId: { kind: 'file', path: secretId } };
  const opened = openSecretWays(
    { ...where.value, address: vault.url, auth: auth as typeof where.value.auth },
    { variable: () => undefined, sopsEnvironment: () => ({}) },
    [],
  );
  const [connection] = openConnections(read.value, opened.secrets);
  expect(await connection?.secret('client_secret')).toBe(labClient.secret);
  await opened.close();
});
