import { beforeAll, describe, expect, test } from 'vitest';
import { leafHash } from '../../engine/core/audit/merkle.ts';
import { startApi } from '../api/start-api.ts';
import { tenant } from './draft-entry.ts';
import { numbered, record, sequencerOf } from './open-log.ts';

/* Whoever has the application's password can put any bytes into the log, and must not make it unreadable. */

const api = await startApi();
const token = (await api.person('ada', ['auditor'])).token;
const foreign = Buffer.from([0xff, 0x00, 0xfe, 0x7b]);
let index = 0;

beforeAll(async () => {
  const sequencer = sequencerOf(api.db.sequencer);
  await record(api.db, numbered(3));
  await sequencer.flush();
  await api.db.app.query('insert into audit_pending (tenant_id, id, entry, leaf) values ($1, $2, $3, $4)', [
    tenant,
    'ent_foreign',
    foreign,
    leafHash(foreign),
  ]);
  // Another one signs: a head is due at most once a second.
  const second = sequencerOf(api.db.sequencer);
  await second.flush();
  expect(second.errors).toHaveLength(1);
  const { rows } = await api.db.owner.query<{ idx: number }>(
    `select idx from audit_log where entry_id = 'ent_foreign'`,
  );
  index = rows[0]?.idx ?? -1;
});

describe('bytes that are no text', () => {
  test('are listed with their leaf and without a text, beside the entries that have one', async () => {
    const { status, body } = await api.call('GET', '/v1/audit/entries?sort=index', { token });
    expect(status).toBe(200);
    expect(body.items[index]).toMatchObject({
      index,
      type: 'unreadable',
      entry: null,
      leaf: Buffer.from(leafHash(foreign)).toString('hex'),
    });
    expect(body.items[index - 1].entry).toContain('"v":1');
  });

  test.each(['actor=edr-prod', 'action=edr.isolate-host', 'target=host:H17', 'incident=inc_1'])(
    'do not keep anybody from asking for %s',
    async (query) => {
      const { status, body } = await api.call('GET', `/v1/audit/entries?${query}`, { token });
      expect(status).toBe(200);
      expect(body.items).not.toContainEqual(expect.objectContaining({ index }));
    },
  );

  test('are in their bundle byte for byte, and proven like every entry', async () => {
    const name = `/v1/audit/log/tile/entries/000.p/${index + 1}`;
    const response = await fetch(api.url + name, { headers: { authorization: `Bearer ${token}` } });
    const bundle = Buffer.from(await response.arrayBuffer());
    expect(bundle.subarray(-6)).toEqual(Buffer.concat([Buffer.from([0, 4]), foreign]));
    const proof = await api.call('GET', `/v1/audit/proofs/inclusion?index=${index}`, { token });
    expect(proof).toMatchObject({ status: 200, body: { index, entry: null } });
  });
});
