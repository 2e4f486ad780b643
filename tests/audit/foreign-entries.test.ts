import { beforeAll, describe, expect, test } from 'vitest';
import { encodeEntry } from '../../engine/core/audit/entry.ts';
import { leafHash } from '../../engine/core/audit/merkle.ts';
import { type EntryId, mintId } from '../../schemas/ids.ts';
import { startApi } from '../api/start-api.ts';
import { riposte } from '../cli/start-cli.ts';
import { draft, nowMs, tenant } from './draft-entry.ts';
import { numbered, record, sequencerOf } from './open-log.ts';

/* Well-formed entries, and some that are none, as only somebody with the application's password writes them. */

const api = await startApi();
const token = (await api.person('ada', ['auditor'])).token;
const backslashes = 'a\\u0000b\\\u0000\\\\\u0000';

async function smuggle(id: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await api.db.app.query('insert into audit_pending (tenant_id, id, entry, leaf) values ($1, $2, $3, $4)', [
    tenant,
    id,
    bytes,
    leafHash(bytes),
  ]);
}

/** An ordinary entry in which one text is exchanged. */
async function smuggleChanged(from: string, to: string, patch: Parameters<typeof draft>[0]): Promise<void> {
  const id = mintId('EntryId') as EntryId;
  const { bytes } = encodeEntry(draft(patch), { id, nowMs, tenant });
  await smuggle(id, Buffer.from(bytes).toString('utf8').replace(from, to));
}

const nested = (depth: number) => `"data":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;

beforeAll(async () => {
  await record(api.db, [
    ...numbered(3),
    draft({ reason: backslashes, action: 'edr.isolate-host', targets: [{ kind: 'host', id: 'H17' }] }),
  ]);
  await smuggleChanged('"targets":[]', '"targets":"x"', { targets: [] });
  await smuggleChanged('"targets":[]', '"targets":[5,["x"],null]', { targets: [] });
  await smuggleChanged('"data":{"a":1}', nested(2_000), { data: { a: 1 } });
  await smuggleChanged('"data":{"a":1}', nested(4_000), { data: { a: 1 } });
  await smuggleChanged('"reason":"lone"', '"reason":"\\ud800"', { reason: 'lone' });
  for (const [at, text] of ['null', '5', 'not json', '{"v":1}', nested(8_000)].entries())
    await smuggle(`ent_foreign_${at}`, text);
  await sequencerOf(api.db.sequencer).flush();
  const { rowCount } = await api.db.owner.query('select 1 from audit_pending');
  expect(rowCount).toBe(0);
});

describe('entries that nobody of ours wrote', () => {
  test.each(['', 'actor=edr-prod', 'action=edr.isolate-host', 'target=host:H17', 'incident=inc_1'])(
    'do not keep anybody from asking for %s',
    async (query) => {
      const { status } = await api.call('GET', `/v1/audit/entries?${query}`, { token });
      expect(status).toBe(200);
    },
  );

  test.each(['action=edr.isolate-host', 'target=host:H17'])(
    'nor does one hide behind a character that the database cannot hold, of those with %s',
    async (query) => {
      const { body } = await api.call('GET', `/v1/audit/entries?${query}`, { token });
      expect(body.items.map((item: { entry: string }) => JSON.parse(item.entry).reason)).toEqual([
        backslashes,
      ]);
    },
  );

  test('are listed by the command line, which shows nothing of what it cannot read', async () => {
    const answer = await riposte(['audit', 'entries'], { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).toContain('unreadable');
  });
});
