import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { startApi } from '../api/start-api.ts';
import { numbered, origin, record, sequencerOf, tamper, testSigner } from '../audit/open-log.ts';
import { truncateTexts } from '../audit/truncate-texts.ts';
import { releaseAfter } from '../support/release-after.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { riposte } from './start-cli.ts';

/* The server forwards everything, and before the first page of entries something happens. */

const api = await startApi();
const token = (await api.person('ada', ['auditor'])).token;
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const folder = await temporaryFolder();
let lists = 0;
let meanwhile = async (): Promise<void> => undefined;
/** What begins so is answered by nobody any more. */
let breaksAt: string | null = null;

const server = createServer(async (request, response) => {
  if (request.url?.startsWith('/v1/audit/entries') && !request.url.includes('cursor')) {
    lists += 1;
    if (lists === 1) await meanwhile();
  }
  if (breaksAt !== null && request.url?.startsWith(breaksAt)) {
    request.socket.destroy();
    return;
  }
  const { authorization = '' } = request.headers;
  const answer = await fetch(`${api.url}${request.url}`, { headers: { authorization } });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
releaseAfter(() => new Promise<void>((resolve) => server.close(() => resolve())));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  await record(api.db, numbered(300));
  await sequencerOf(api.db.sequencer).flush();
});

test('an export that retention overtakes begins again, and holds', async () => {
  meanwhile = () => truncateTexts(api.db, 256);
  const out = join(folder, 'overtaken');
  expect(
    await riposte(['audit', 'export', '--out', out], { RIPOSTE_URL: url, RIPOSTE_TOKEN: token }),
  ).toMatchObject({ code: 0 });
  expect(lists).toBe(2);
  const verdict = await riposte(['audit', 'verify', out, '--key', key], {});
  expect(verdict).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('It holds; the texts of 255 entries were pruned.'),
  });
});

test('one in which a text is missing for another reason is written all the same, and does not hold', async () => {
  await tamper(api.db, 'update audit_log set entry = null where idx = 299');
  lists = 0;
  meanwhile = async () => undefined;
  const out = join(folder, 'torn');
  expect(
    await riposte(['audit', 'export', '--out', out], { RIPOSTE_URL: url, RIPOSTE_TOKEN: token }),
  ).toMatchObject({ code: 0 });
  expect(lists).toBe(2);
  const verdict = await riposte(['audit', 'verify', out, '--key', key], {});
  expect(verdict.code).toBe(1);
  expect(verdict.stdout).toContain('the texts of entries 299 to 299 are gone');
});

test('one that breaks off is no folder that could be taken for a whole one', async () => {
  breaksAt = '/v1/audit/checkpoints?sort=size';
  const out = join(folder, 'broken-off');
  const env = { RIPOSTE_URL: url, RIPOSTE_TOKEN: token };
  expect((await riposte(['audit', 'export', '--out', out], env)).code).not.toBe(0);
  expect(existsSync(out)).toBe(false);
  breaksAt = null;
  await mkdir(`${out}.part`);
  expect(await riposte(['audit', 'export', '--out', out], env)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('.part is there'),
  });
  expect(existsSync(out)).toBe(false);
});
