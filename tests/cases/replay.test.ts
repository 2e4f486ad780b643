import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { formatFile } from '../../engine/core/format/format-file.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { riposte } from '../cli/start-cli.ts';
import { hostAlert, madePlaybook, tom, until, ws0117 } from '../corridor/questions.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { openServer } from './open-server.ts';

/* Runs of the real server against the lab, turned into cases that pass offline. */

const root = join(import.meta.dirname, '../..');
const server = await openServer();
const olga = await server.token('olga', ['operator', 'analyst']);
const bo = await server.token('bo', ['approver'], ['soc-tier2']);
const vic = await server.token('vic', ['viewer']);
const as = (token: string) => ({ RIPOSTE_URL: server.url, RIPOSTE_TOKEN: token });
const items = (body: JsonObject) => body.items as JsonObject[];

async function publish(id: string, text: string): Promise<void> {
  const published = await server.call('PUT', `/v1/playbooks/${id}/versions`, olga, text);
  expect([200, 201]).toContain(published.status);
}

/** The run that an alert starts of one playbook. */
async function sendFor(playbook: string, alert: JsonObject): Promise<string> {
  const sent = await server.call('POST', '/v1/alerts?source=defender', olga, alert);
  expect(sent.status).toBe(202);
  let run = '';
  await until(async () => {
    const { body } = await server.call('GET', `/v1/runs?playbook=${playbook}&alert=${sent.body.id}`, olga);
    run = String(items(body)[0]?.id ?? '');
    return run !== '';
  });
  return run;
}

async function decide(run: string, decision: 'approve' | 'deny', comment: string): Promise<void> {
  let id = '';
  await until(async () => {
    const { body } = await server.call('GET', `/v1/approvals?status=pending&run=${run}`, bo);
    id = String(items(body)[0]?.id ?? '');
    return id !== '';
  });
  const card = await server.call('GET', `/v1/approvals/${id}`, bo);
  const body = { decision, comment };
  const decided = await server.call('POST', `/v1/approvals/${id}/decisions`, bo, body, {
    'if-match': card.etag,
  });
  expect(decided.status).toBe(200);
}

async function waitFor(run: string, states: string[]): Promise<void> {
  await until(async () =>
    states.includes(String((await server.call('GET', `/v1/runs/${run}`, olga)).body.state)),
  );
}

/** The case as it is printed, once the last entries are sealed, and whether it passes as a file. */
async function replayed(run: string, playbook: string, called: string[] = []): Promise<string> {
  const folder = await temporaryFolder();
  const name = basename(playbook);
  for (const file of [playbook, ...called]) copyFileSync(file, join(folder, basename(file)));
  let printed = '';
  await until(async () => {
    const ended = await riposte(['test', '--replay', run, folder], as(olga));
    printed = ended.stdout;
    if (ended.stderr.includes('not sealed yet')) return false;
    expect(ended).toMatchObject({ code: 0, stderr: 'The case passes.\n' });
    return true;
  });
  const file = join(folder, name.replace('.yaml', '.cases.yaml'));
  writeFileSync(file, printed);
  expect(await riposte(['test', folder], {})).toMatchObject({ code: 0, stderr: '1 passed, 0 failed\n' });
  expect(formatFile(printed, { file })).toEqual({ ok: true, text: printed });
  return printed;
}

const ransomware = join(root, 'playbooks/ransomware/isolate-host.yaml');
const alertFile = (name: string) =>
  JSON.parse(readFileSync(join(root, 'examples/alerts', name), 'utf8')) as JsonObject;

it('a run with a decision, a verdict and something taken back becomes a case that passes', async () => {
  await publish('ransomware-isolate-host', readFileSync(ransomware, 'utf8'));
  const run = await sendFor('ransomware-isolate-host', alertFile('02-ransomware-on-hospital-database.json'));
  await decide(run, 'approve', 'the database is mirrored');
  await waitFor(run, ['waiting']);
  const incident = String((await server.call('GET', `/v1/runs/${run}`, olga)).body.incidentId);
  await until(async () => {
    const { body } = await server.call('GET', `/v1/runs/${run}`, olga);
    return JSON.stringify(body.waitingFor ?? null).includes('verdict');
  });
  const early = await riposte(['test', '--replay', run, ransomware], as(olga));
  expect(early).toMatchObject({ code: 1, stdout: '' });
  expect(early.stderr).toContain('a case needs its end');
  const seen = await server.call('GET', `/v1/incidents/${incident}`, olga);
  const verdict = { status: 'resolved', classification: 'false_positive' };
  const changed = await server.call('PATCH', `/v1/incidents/${incident}`, olga, verdict, {
    'if-match': seen.etag,
  });
  expect(changed.status).toBe(200);
  await waitFor(run, ['succeeded', 'failed']);
  const printed = await replayed(run, ransomware);
  expect(printed).toContain('outcome: granted, comment: the database is mirrored');
  expect(printed).toContain('type: incident.updated');
  expect(printed).toMatch(/action: edr\.release-host/);
  expect(printed).not.toContain('bo@example.test');
});

it('a run that ended with a no becomes a case that ends with it', async () => {
  const text = madePlaybook(
    'asks-first',
    `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}" }
    approval: { approvers: [group:soc-tier2], require_comment: on_deny }
    lease: 72h
`,
  );
  const file = join(await temporaryFolder(), 'asks-first.yaml');
  writeFileSync(file, text);
  await publish('asks-first', text);
  const run = await sendFor('asks-first', hostAlert('asks-first', 's-2', ws0117));
  await decide(run, 'deny', 'it serves the wards');
  await waitFor(run, ['denied', 'succeeded', 'failed']);
  const printed = await replayed(run, file);
  expect(printed).toContain('outcome: denied, comment: it serves the wards');
  expect(printed).toContain('run: denied');
  expect(printed).toContain('performed: []');

  // A playbook that is not here, and somebody who may see that something happened but not what.
  const elsewhere = await riposte(['test', '--replay', run, join(root, 'playbooks/devices')], as(olga));
  expect(elsewhere).toMatchObject({ code: 2, stdout: '' });
  expect(elsewhere.stderr).toContain('has the id "asks-first"');
  expect(await riposte(['test', '--replay', run, file], as(vic))).toMatchObject({ code: 3, stdout: '' });
  const unknown = await riposte(['test', '--replay', 'run_00000000000000000000000000', file], as(olga));
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
});

it('a run that called another one and was cancelled becomes a case with both', async () => {
  for (const [id, file] of [
    ['mailbox-rules-cleanup', 'clean-mailbox-rules'],
    ['compromised-user-contain', 'contain-user'],
  ] as const) {
    await publish(id, readFileSync(join(root, `playbooks/identity/${file}.yaml`), 'utf8'));
  }
  const run = await sendFor('compromised-user-contain', {
    source_id: 's-4',
    title: 'A sign-in from nowhere',
    severity: 'high',
    category: 'credential-theft',
    created_at: '2026-11-20T03:00:00Z',
    incident: { id: '2972399' },
    targets: { users: [{ id: tom, name: 'tom' }] },
  });
  await waitFor(run, ['waiting']);
  await until(async () => {
    const { body } = await server.call('GET', `/v1/runs/${run}`, olga);
    return JSON.stringify(body.waitingFor ?? null).includes('verdict');
  });
  const cancel = { reason: 'a drill', undo: true };
  expect((await server.call('POST', `/v1/runs/${run}/cancel`, olga, cancel)).status).toBe(202);
  await waitFor(run, ['cancelled', 'undone', 'undo-incomplete']);
  const printed = await replayed(run, join(root, 'playbooks/identity/contain-user.yaml'), [
    join(root, 'playbooks/identity/clean-mailbox-rules.yaml'),
  ]);
  expect(printed).toContain('type: run.cancel');
  expect(printed).toMatch(/rules\/\w+/);
  expect(printed).toMatch(/directory\.enable-user/);
});

/** What the tags of `ws0117` say: its owner and its user. */
const secretsOfHost = ['Production', 'production', 'maria.lind'];

it('a case holds no secret: what a step masks does not leave the server, what looks like one is replaced', async () => {
  const text = madePlaybook(
    'masks-its-answer',
    `  - id: asset
    action: inventory.get-host
    with: { host_id: "\${{ inputs.host_id }}" }
    mask: [owner, tags, users, criticality]
  - id: tell
    if: alert.raw.note != "" && alert.raw.body.size() > 3
    action: chat.post-message
    with: { channel: soc, text: "Owner: \${{ steps.asset.outputs.?owner.orValue('none') }}" }
    on_error: continue
`,
  )
    // By hand there is no alert to read.
    .replace('  - id: by_hand\n    type: manual\n    targets: [host]\n', '')
    .replace('      by_hand: ${{ target.id }}\n', '');
  const folder = await temporaryFolder();
  const file = join(folder, 'masks-its-answer.yaml');
  writeFileSync(file, text);
  await publish('masks-its-answer', text);
  const run = await sendFor('masks-its-answer', {
    source_id: 's-1',
    title: 'Something happened',
    severity: 'high',
    category: 'masks-its-answer',
    created_at: '2026-11-20T03:00:00Z',
    description: 'see eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLXdvcmQ',
    targets: { hosts: [{ id: ws0117, name: 'a host' }] },
    raw: { api_key: 'k3y-of-the-sensor', note: 'sent with k3y-of-the-sensor', body: 'x'.repeat(3_000) },
  });
  await waitFor(run, ['succeeded', 'failed']);
  const { body } = await server.call('GET', `/v1/runs/${run}/steps`, olga);
  const [asset] = items(body);
  const { owner, tags, users, criticality, role } = (asset?.outputs ?? {}) as JsonObject;
  expect([owner, users, criticality, role]).toEqual(['[masked]', ['[masked]'], '[masked]', 'workstation']);
  expect(new Set(tags as string[])).toEqual(new Set(['[masked]']));
  const { body: actions } = await server.call(
    'GET',
    `/v1/actions?run=${run}&action=inventory.get-host`,
    olga,
  );
  const { body: action } = await server.call('GET', `/v1/actions/${items(actions)[0]?.id}`, olga);
  expect(action.result).toMatchObject({
    kind: 'succeeded',
    outputs: { owner: '[masked]', role: 'workstation' },
  });
  for (const secret of secretsOfHost) expect(JSON.stringify([body, action])).not.toContain(secret);
  const printed = await replayed(run, file);
  for (const secret of [...secretsOfHost, 'eyJhbGci', 'k3y-of-the-sensor', 'x'.repeat(100)])
    expect(printed).not.toContain(secret);
  expect(printed).toContain('masked: secrets, and texts too long to keep');
  expect(printed).toMatch(/api_key: masked-\d/);
});
