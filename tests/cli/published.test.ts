import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { startApi } from '../api/start-api.ts';
import { openMatching } from '../match/open-matching.ts';
import { riposte } from './start-cli.ts';

/* A `call` is pinned to what was published when its caller was (language reference 9.14). */

const api = await startApi();
const matching = await openMatching();
const token = (await api.person('ops', ['operator'])).token;
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token };
const folder = await mkdtemp(join(tmpdir(), 'riposte-published-'));
afterAll(() => rm(folder, { recursive: true }));

const playbook = (id: string, version: string, steps: string) => `kind: playbook/v1
id: ${id}
title: Made for a test
description: Made for a test.
status: stable
version: ${version}
author: Test
owner: group:soc
falsepositives: [None]
triggers: [{ id: by_hand, type: manual }]
steps:
${steps}`;
const child = (version: string, text: string) =>
  playbook(
    'telling',
    version,
    `  - { id: tell, action: chat.post-message, with: { channel: soc, text: ${text} } }\n`,
  );
const parent = (version: string) => playbook('calling', version, '  - id: inner\n    call: telling\n');

const outdated = async () => {
  const { items } = await openRead(matching.database.app).listPlaybooks(defaultTenant, {}, { limit: 50 });
  return Object.fromEntries(items.map(({ id, outdatedCalls }) => [id, outdatedCalls]));
};

test('a caller is told that a newer version of what it calls is published, until it is published again', async () => {
  await matching.publish(child('1.0.0', 'Hello'));
  await matching.publish(parent('1.0.0'));
  expect(await outdated()).toEqual({ calling: [], telling: [] });
  await matching.publish(child('1.1.0', 'Good morning'));
  expect(await outdated()).toEqual({ calling: ['telling'], telling: [] });
  await matching.publish(parent('1.1.0'));
  expect(await outdated()).toEqual({ calling: [], telling: [] });
});

test('riposte check --published says so at the call', async () => {
  await writeFile(join(folder, 'calling.yaml'), parent('1.0.0'));
  await writeFile(join(folder, 'telling.yaml'), child('1.0.0', 'Hello'));
  const before = await riposte(['check', '--published', folder], env);
  expect(before).toMatchObject({ code: 0, stdout: '' });
  for (const [id, digest, plan] of [
    ['telling', 'sha256:new', {}],
    ['calling', 'sha256:c', { children: { telling: { digest: 'sha256:old' } } }],
  ] as const) {
    await api.db.owner.query(
      `insert into playbook_versions (tenant_id, playbook_id, version, semver, title, source, source_sha256, plan, digest,
         compiler_version, published_by) values ($1, $2, 1, '1.0.0', $2, '', '', $3, $4, 1, 'test')`,
      [
        defaultTenant,
        id,
        JSON.stringify({ playbook: { id, status: 'stable' }, mode: 'ask', impact: 'notify', ...plan }),
        digest,
      ],
    );
    await api.db.owner.query('insert into playbooks (tenant_id, id, current_version) values ($1, $2, 1)', [
      defaultTenant,
      id,
    ]);
  }
  const after = await riposte(['check', '--published', '--json', folder], env);
  expect(after.code).toBe(0);
  expect(JSON.parse(after.stdout).diagnostics).toMatchObject([
    { code: 'compile/newer-child', severity: 'warning', line: 13, column: 11, path: '/steps/0/call' },
  ]);
  expect((await riposte(['check', '--published', '--strict', folder], env)).code).toBe(1);
});
