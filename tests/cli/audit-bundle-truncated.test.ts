import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { RunId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { draft } from '../audit/draft-entry.ts';
import { numbered, origin, record, sequencerOf, testSigner } from '../audit/open-log.ts';
import { truncateTexts } from '../audit/truncate-texts.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { riposte } from './start-cli.ts';

/* Two incidents began before what retention has taken; only one of them went on after it. */

const api = await startApi();
const auditor = (await api.person('ada', ['auditor'])).token;
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: auditor };
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const folder = await temporaryFolder();
const bundle = join(folder, 'bundle');
const both = { incident: '', past: '' };

beforeAll(async () => {
  const [going, past] = [await seedWaitingRun(api.db.owner), await seedWaitingRun(api.db.owner)];
  Object.assign(both, { incident: going.incidentId, past: past.incidentId });
  await record(api.db, [
    draft({ type: 'run.started', runId: going.runId as RunId }),
    draft({ type: 'run.started', runId: past.runId as RunId }),
    ...numbered(300),
    draft({ type: 'run.finished', runId: going.runId as RunId }),
  ]);
  await sequencerOf(api.db.sequencer).flush();
  await truncateTexts(api.db, 256);
});

test('the evidence of an incident whose first texts went by retention holds and says what it leaves out', async () => {
  const made = await riposte(['audit', 'bundle', '--incident', both.incident, '--out', bundle], env);
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/entries +1\n(.*\n)*without text +1\n/),
  });
  const manifest = JSON.parse(await readFile(join(bundle, 'manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({ entries: [{ index: 305 }], withoutText: [3] });
  expect(await readFile(join(bundle, 'README.md'), 'utf8')).toContain(
    '1 entry about it has no text any more',
  );
  expect(await riposte(['audit', 'verify', bundle, '--key', key], {})).toMatchObject({ code: 0, stderr: '' });
});

test('no bundle is written where no text is left, and it is said why', async () => {
  const out = join(folder, 'past');
  const made = await riposte(['audit', 'bundle', '--incident', both.past, '--out', out], env);
  expect(made.code).toBe(1);
  expect(made.stderr).toContain('has no text any more');
});
