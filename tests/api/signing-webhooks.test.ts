import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWebhookSecrets } from '../../api/process/open-webhook-secrets.ts';
import { readWebhooks } from '../../api/process/read-webhooks.ts';
import { madeSecrets } from '../support/made-secrets.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { openWholeProcess, type WholeProcess } from '../support/whole-process.ts';

/* What api/README.md says about webhooks, done as it stands there. */

const root = join(import.meta.dirname, '../..');
const readme = await readFile(join(root, 'api/README.md'), 'utf8');
const [, section = ''] = /^## Webhooks\n([\s\S]*?)^## /m.exec(readme) ?? [];
const block = (language: string) =>
  new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(section)?.[1] ?? '';
const folder = await temporaryFolder();
const secret = `whsec_${randomBytes(32).toString('base64')}`;
let whole: WholeProcess;

beforeAll(async () => {
  const path = join(folder, 'webhooks.json');
  await writeFile(path, block('json'));
  const webhooks = readWebhooks(path, (file) => readFileSync(file, 'utf8'));
  if (!('value' in webhooks)) throw new Error(webhooks.write);
  const variables: { [name: string]: string } = { REPORTED_SECRET: secret };
  whole = await openWholeProcess({
    webhookSecrets: openWebhookSecrets(webhooks.value, madeSecrets(variables)),
  });
  const ola = await whole.person('ola', ['operator']);
  const source = await readFile(join(root, 'playbooks/phishing/quarantine-campaign.yaml'), 'utf8');
  const address = '/v1/playbooks/phishing-quarantine-campaign/versions';
  const published = await whole.call('PUT', address, ola.token, source, {
    'content-type': 'application/yaml',
  });
  expect(published.status, JSON.stringify(published.body)).toBe(200);
});
afterAll(() => whole.close());

async function run(variables: { [name: string]: string }): Promise<string> {
  const file = join(folder, 'send.mjs');
  await writeFile(file, block('js'));
  const env = { RIPOSTE: whole.url, ...variables };
  return (await promisify(execFile)(process.execPath, [file], { env })).stdout;
}

it('the sender of the example is let in, and with another secret it is not', async () => {
  expect(await run({ REPORTED_SECRET: secret })).toMatch(/^202 \{"id":"sig_[^"]+","duplicate":false\}/);
  const other = `whsec_${randomBytes(32).toString('base64')}`;
  expect(await run({ REPORTED_SECRET: other })).toMatch(/^401 .*"code":"auth\/required"/);
});

it('what was sent starts the playbook with its body', async () => {
  const { rows } = await whole.database.owner.query<{ body: unknown }>(
    `select data::jsonb -> 'body' as body from signals where type = 'webhook'`,
  );
  expect(rows).toEqual([{ body: { sender: 'eve@example.net', subject: 'Your invoice' } }]);
});
