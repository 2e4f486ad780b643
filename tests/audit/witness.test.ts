import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { verifyNote } from '../../engine/core/audit/signed-note.ts';
import { formatVerifierKey, parseVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { anchorWitness } from '../../engine/runtime/audit/anchor-witness.ts';
import { readPublished } from '../../engine/runtime/audit/read-published.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { readHealth } from '../../engine/runtime/read/read-health.ts';
import { createWitness, serveWitness } from '../../examples/witness/witness.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { numbered, origin, record, sequencerOf, tamper, testSigner } from './open-log.ts';

/* A real witness over real HTTP. The vector is the one of the formats' facts. */

const database = await useDatabase();
const log = verifierKey(origin, testSigner.publicKey);
const stateFile = join(await temporaryFolder(), 'state.json');
const witness = createWitness({
  name: 'witness.example/w1',
  seed: new Uint8Array(32).fill(7),
  log: formatVerifierKey(log),
  stateFile,
  nowSeconds: () => 1767323047,
});
const witnessKey = parseVerifierKey(witness.vkey) ?? log;
const http = createHttp({ allowPrivate: true });
const server = serveWitness(witness);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const place = () => anchorWitness(http, witnessKey, url);

afterAll(async () => {
  server.close();
  await http.close();
});

async function lead(from: number, count: number) {
  await record(database, numbered(count, from));
  const sequencer = sequencerOf(database.sequencer, { places: [place()] });
  await sequencer.start();
  await sequencer.stop();
  return sequencer;
}

const vector = `soar.example/audit/1
3
dsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ=

— soar.example/audit/1 WBvH1O0a9EvmoETZklqtn0MqIf5LdbO54T8Kzr3EdBCvj4bJ+sEnLVUFY+bRgsA2i2ojsZqJJAjd6oP6iWGMAWeZUwo=
`;

it('answers with the cosignature of the vector, and refuses what the protocol refuses', async () => {
  const apart = createWitness({
    name: 'witness.example/w1',
    seed: new Uint8Array(32).fill(7),
    log: formatVerifierKey(log),
    stateFile: join(await temporaryFolder(), 'state.json'),
    nowSeconds: () => 1767323047,
  });
  expect(apart.vkey).toBe('witness.example/w1+aa4a09d1+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs');
  const ask = (body: string) => apart.addCheckpoint(body);
  expect(ask('old 0\n')).toMatchObject({ status: 400 });
  expect(ask(`old 4\n\n${vector}`)).toMatchObject({ status: 400 });
  expect(ask(`old 0\n\n${vector.replace('\n3\n', '\n4\n')}`)).toMatchObject({ status: 403 });
  expect(ask(`old 0\n\nother${vector}`)).toMatchObject({ status: 404 });
  expect(ask(`old 2\n\n${vector}`)).toMatchObject({ status: 409, type: 'text/x.tlog.size', body: '0\n' });
  expect(ask(`old 0\n${Buffer.alloc(32).toString('base64')}\n\n${vector}`)).toMatchObject({ status: 422 });
  expect(ask(`old 0\n\n${vector}`)).toEqual({
    status: 200,
    body: '— witness.example/w1 qkoJ0QAAAABpVzWnWWLfrVgx+F4DVgbH6slSfibYLnIkY78Wx0buJu+DhO5HcL7AzI23vlkM4KjIBk3NAa9czj+dPz4El29cK9H0CA==\n',
  });
  expect(ask(`old 0\n\n${vector}`)).toMatchObject({ status: 409, body: '3\n' });
});

it('cosigns what continues, also after a restart, and the published head carries its line', async () => {
  expect((await lead(0, 5)).errors).toEqual([]);
  expect((await lead(5, 300)).errors).toEqual([]);
  const published = await readPublished(database.app, tenant);
  const verdict = verifyNote(published?.note ?? '', [log, witnessKey]);
  expect(verdict).toMatchObject({ ok: true, cosignedAt: { 'witness.example/w1': 1767323047 } });
});

it('that is away shows in the health and stops nobody', async () => {
  await record(database, numbered(1, 400));
  const away = anchorWitness(http, witnessKey, 'http://127.0.0.1:1');
  const sequencer = sequencerOf(database.sequencer, { places: [away] });
  await sequencer.start();
  await sequencer.stop();
  expect(sequencer.errors.length).toBeGreaterThan(0);
  expect(await readHealth(database.app)).toMatchObject({ anchorsFailing: 1, logInDoubt: false });
  expect((await lead(401, 1)).errors).toEqual([]);
  expect(await readHealth(database.app)).toMatchObject({ anchorsFailing: 0 });
});

it('does not cosign another history, and containment is held', async () => {
  await tamper(
    database,
    `with rows as (delete from audit_log), heads as (delete from audit_checkpoint),
      tiles as (delete from audit_tile), places as (delete from audit_anchor)
    delete from audit_log_meta`,
  );
  const found = await lead(1000, 400);
  expect(found.errors).toMatchObject([{ name: 'AuditAlarm', code: 'audit/fork' }]);
  expect(await readHealth(database.app)).toMatchObject({ logInDoubt: true });
});

it('that lost the race against a newer head of the same log is no fork', async () => {
  const small = { origin, size: 1, root: new Uint8Array(32), note: vector };
  const far = anchorWitness(
    { send: async () => ({ status: 409, headers: {}, text: '9\n' }) },
    witnessKey,
    url,
  );
  const carry = (size: number) =>
    far.carry(small, { origin, keys: [log] }, { prove: async () => [], size: async () => size });
  await expect(carry(9)).rejects.toThrow('more than the 1');
  await expect(carry(8)).rejects.toMatchObject({ code: 'audit/fork' });
});
