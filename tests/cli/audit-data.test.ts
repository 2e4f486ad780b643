import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { digestOf } from '../../api/cli/audit/export-log.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { startApi } from '../api/start-api.ts';
import { draft, tenant } from '../audit/draft-entry.ts';
import { numbered, origin, record, sequencerOf, tamper, testSigner } from '../audit/open-log.ts';
import { noRight, refused } from '../support/refused.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { riposte } from './start-cli.ts';

/* The keys of a long list do not fit into their entry: they are read, exported and verified like the rest of it. */

const api = await startApi();
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: (await api.person('ada', ['auditor'])).token };
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const folder = await temporaryFolder();
const exported = join(folder, 'log');
const keys = Array.from({ length: 1_000 }, (_, n) => `<message-${n}@example.org>`);
let index = 0;

beforeAll(async () => {
  const ids = await record(api.db, [
    ...numbered(3),
    draft({ type: 'loop.started', data: { keys } }),
    ...numbered(3),
  ]);
  await sequencerOf(api.db.sequencer).flush();
  const { rows } = await api.db.owner.query<{ idx: number }>(
    'select idx from audit_log where entry_id = $1',
    [ids[3]],
  );
  index = Number(rows[0]?.idx);
  expect(await riposte(['audit', 'export', '--out', exported], env)).toMatchObject({ code: 0 });
});

const verify = (at: string) => riposte(['audit', 'verify', at, '--key', key], {});

async function written(name: string, data: string): Promise<string> {
  const at = join(folder, name);
  await cp(exported, at, { recursive: true });
  await writeFile(join(at, 'data.jsonl'), data);
  const path = join(at, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { files: { [file: string]: string } };
  manifest.files['data.jsonl'] = digestOf(join(at, 'data.jsonl'));
  await writeFile(path, JSON.stringify(manifest));
  return at;
}

test('it is in the export, which holds', async () => {
  const data = await readFile(join(exported, 'data.jsonl'), 'utf8');
  expect(data.split('\n')).toHaveLength(2);
  const line = JSON.parse(data) as { idx: number; raw: string };
  expect(line.idx).toBe(index);
  expect(JSON.parse(line.raw)).toEqual({ keys });
  expect(await verify(exported)).toMatchObject({ code: 0 });
});

test('an export in which it is missing or another one does not hold', async () => {
  const data = await readFile(join(exported, 'data.jsonl'), 'utf8');
  const missing = await verify(await written('missing', ''));
  expect(missing).toMatchObject({ code: 1 });
  expect(missing.stdout).toContain(`entry ${index}: what is kept beside it is missing`);
  const changed = await verify(await written('changed', data.replace('message-17@', 'message-71@')));
  expect(changed).toMatchObject({ code: 1 });
  expect(changed.stdout).toContain(`entry ${index}: what is kept beside it is not what its digest says`);
});

test('it is read by those who may read all of the log', async () => {
  const ask = (token: string, at: number) => api.call('GET', `/v1/audit/data?index=${at}`, { token });
  const answer = await ask(env.RIPOSTE_TOKEN, index);
  expect(answer).toMatchObject({
    status: 200,
    body: { index, log: '1', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  expect(JSON.parse((answer.body as { data: string }).data)).toEqual({ keys });
  expect(await ask(env.RIPOSTE_TOKEN, index - 1)).toMatchObject({ status: 404 });
  expect(await ask(env.RIPOSTE_TOKEN, 99)).toMatchObject({ status: 404 });
  expect(await ask((await api.person('vi', ['analyst'])).token, index)).toMatchObject({ status: 403 });
  expect(await api.call('GET', '/v1/audit/data', { token: env.RIPOSTE_TOKEN })).toMatchObject({
    status: 400,
  });
});

test('the database’s owner who changes or removes it is named with the entry', async () => {
  const found = () => verifyAudit(api.db.app, tenant);
  expect(await found()).toMatchObject({ ok: true });
  expect(await refused(api.db.owner.query('delete from audit_beside'))).toBe(noRight);
  await tamper(api.db, "update audit_beside set bytes = convert_to('{}', 'UTF8')");
  expect(await found()).toMatchObject({ ok: false, problems: [{ what: 'data-mismatch', index }] });
  await tamper(api.db, 'delete from audit_beside');
  expect(await found()).toMatchObject({ ok: false, problems: [{ what: 'data-missing', index }] });
  const late = join(folder, 'late');
  expect(await riposte(['audit', 'export', '--out', late], env)).toMatchObject({ code: 0 });
  expect(await verify(late)).toMatchObject({ code: 1, stdout: expect.stringContaining('is missing') });
});
