import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { wire } from '../../api/process/wire.ts';
import { labClient, labTenantId } from '../../examples/lab/scenario.ts';
import { madeSecrets } from '../support/made-secrets.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { openWholeProcess } from '../support/whole-process.ts';

/* The doors in one process without any secret, the worker in another: as a fleet runs. */

const secretless = await openWholeProcess();
afterAll(() => secretless.close());
const { database, lab } = secretless;

async function startWorker(secret: string) {
  const settings = {
    loginUrl: `${lab.url}/login`,
    tenantId: labTenantId,
    clientId: labClient.clientId,
    mdeUrl: `${lab.url}/mde`,
  };
  const worker = await wire({
    databaseUrl: database.url,
    queue: null,
    roles: ['worker'],
    auditKeyFile: join(await temporaryFolder(), 'none'),
    publicUrl: 'http://127.0.0.1:7878',
    leaseMs: 60_000,
    logLevel: 'silent',
    secrets: madeSecrets(),
    connections: () => [{ id: 'emea', system: 'edr', settings, secret: async () => secret }],
    allowedAddresses: [lab.url],
  });
  await worker.start(['worker']);
  return worker;
}

const path = '/v1/settings/connections/edr.emea';
const known = async (token: string) => (await secretless.call('GET', path, token)).status;
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

test('the door asks, the worker that has the secret tests, and the secret stays with it', async () => {
  const { token } = await secretless.person('oda', ['operator']);
  expect((await secretless.call('POST', `${path}/test`, token)).body.code).toBe('request/not-found');

  const worker = await startWorker(labClient.secret);
  await until(async () => (await known(token)) === 200);
  const tested = await secretless.call('POST', `${path}/test`, token);
  expect([tested.status, tested.body.health, tested.body.waiting]).toEqual([200, 'works', false]);
  await worker.stop(1_000);

  // The secret was replaced by one that is wrong, and the worker started again.
  await database.owner.query("update connections set tested_at = tested_at - interval '1 minute'");
  const again = await startWorker('wrong-secret-0815');
  const failed = await secretless.call('POST', `${path}/test`, token);
  expect([failed.status, failed.body.health]).toEqual([200, 'failing']);
  await again.stop(1_000);

  const entries = await secretless.entries();
  expect(entries.filter(({ type }) => type === 'connection.tested').map(({ data }) => data?.state)).toEqual([
    'works',
    'failing',
  ]);
  const everything = JSON.stringify([entries, tested.body, failed.body]);
  expect(everything).not.toMatch(/lab-estate-secret|wrong-secret-0815|eyJ/);
});
