import { expect, test } from 'vitest';
import { createReadingLedger, type NoteReading } from '../../engine/runtime/note-reading.ts';
import { mintId } from '../../schemas/ids.ts';
import { startApi } from '../api/start-api.ts';
import { tenant } from './draft-entry.ts';
import { numbered, record, sequencerOf } from './open-log.ts';

/* Who reads the log is in the log, once an hour for each door. */

let note: NoteReading = async () => undefined;
const api = await startApi({ noteReading: (reader, what) => note(reader, what) });
const ledger = () => createReadingLedger(api.db.app, tenant, mintId);
note = ledger();

const ann = await api.person('ann', ['auditor']);
const vic = await api.person('vic', ['viewer']);
await record(api.db, numbered(3));
await sequencerOf(api.db.sequencer).flush();

const reads = async () =>
  (await api.entries()).filter(({ type }) => type === 'audit.read').map(({ entry }) => entry);
const paths = [
  '/v1/audit/entries',
  '/v1/audit/entries?sort=index',
  '/v1/audit/checkpoints',
  '/v1/audit/proofs/consistency?from=1',
  '/v1/audit/proofs/inclusion?index=0',
];

test('many pages are one entry, which says who and through which door', async () => {
  await Promise.all(paths.map((path) => api.call('GET', path, { token: ann.token })));
  expect(await reads()).toMatchObject([
    {
      actor: { kind: 'person', id: ann.person.id, channel: 'api' },
      outcome: 'success',
      data: { window_s: 3600 },
    },
  ]);
  const headers = { 'user-agent': 'riposte-cli/1' };
  await api.call('GET', '/v1/audit/entries', { token: ann.token, headers });
  expect((await reads()).map((entry) => (entry.actor as { channel: string }).channel).sort()).toEqual([
    'api',
    'cli',
  ]);
});

test('another process does not note it again, and the next hour does', async () => {
  const before = (await reads()).length;
  note = ledger();
  await api.call('GET', '/v1/audit/entries', { token: ann.token });
  expect(await reads()).toHaveLength(before);
  await api.db.owner.query('update audit_reading set noted_until = clock_timestamp()');
  note = ledger();
  await api.call('GET', '/v1/audit/entries', { token: ann.token });
  expect(await reads()).toHaveLength(before + 1);
});

test('whoever may not read leaves a refusal and no reading', async () => {
  const before = (await reads()).length;
  expect((await api.call('GET', '/v1/audit/checkpoints', { token: vic.token })).status).toBe(403);
  expect(await reads()).toHaveLength(before);
});

test('who cannot be noted reads nothing', async () => {
  note = () => Promise.reject(new Error('the store is full'));
  const answer = await api.call('GET', '/v1/audit/entries', { token: ann.token });
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(JSON.stringify(answer.body)).not.toContain('entry 1');
});
