import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostAlert, isolateStep, madePlaybook, until, ws0117, ws0244 } from '../corridor/questions.ts';
import { openWholeProcess, type Somebody, type WholeProcess } from '../support/whole-process.ts';

/*
 * T12: nothing can be added to the audit log, or nobody seals what was added. A disk that really is full,
 * under two engines: `fault/disk-full.test.ts`.
 */

let whole: WholeProcess;
let bo: Somebody;
let ola: Somebody;
let siem: string;
beforeAll(async () => {
  whole = await openWholeProcess();
  ola = await whole.person('ola', ['operator']);
  bo = await whole.person('bo', ['approver'], ['soc']);
  siem = (await whole.service('siem', ['analyst'])).secret;
  const asked = `${isolateStep}    approval: { approvers: [group:soc] }\n`;
  for (const [id, steps] of Object.entries({ asked, plain: isolateStep })) {
    const text = madePlaybook(id, steps);
    const yaml = { 'content-type': 'application/yaml' };
    const published = await whole.call('PUT', `/v1/playbooks/${id}/versions`, ola.token, text, yaml);
    expect(published.status, JSON.stringify(published.body)).toBe(200);
  }
  await whole.database.owner.query(
    `create function no_room() returns trigger language plpgsql as
     $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`,
  );
});
afterAll(() => whole.close());

const fill = (table: string) =>
  whole.database.owner.query(
    `create trigger no_room before insert on ${table} for each statement execute function no_room()`,
  );
const free = (table: string) => whole.database.owner.query(`drop trigger no_room on ${table}`);
const send = (playbook: string, id: string, host: string) =>
  whole.call('POST', '/v1/alerts?source=edr', siem, hostAlert(playbook, id, host));
const isolated = (host: string) => whole.lab.estate.effect('network-isolated', `host:${host}`);
const ready = async () => await whole.call('GET', '/readyz', '');

it('while no entry can be written nothing is taken, decided or sent, and each is told so; then it goes on', async () => {
  expect((await send('asked', 'asked-1', ws0117)).status).toBe(202);
  const open = async () => (await whole.call('GET', '/v1/approvals?status=pending', bo.token)).body.items;
  await until(async () => (await open()).length === 1);
  const [asked] = await open();
  const path = `/v1/approvals/${asked.id}/decisions`;
  const seen = { 'if-match': `"${asked.digest}"` };
  const yes = { decision: 'approve', comment: 'seen' };

  await fill('audit_pack');
  const calls = whole.lab.estate.callCount();
  const refusals = [
    await send('plain', 'plain-1', ws0244),
    await whole.call('POST', path, bo.token, yes, seen),
    await whole.call('POST', '/v1/stops', ola.token, { scope: 'everything', reason: 'full' }),
  ];
  for (const { status, body } of refusals) {
    expect(status, JSON.stringify(body)).toBe(503);
    expect(body.code).toBe('audit/unavailable');
    // Words for people, and nothing of the database.
    expect(JSON.stringify(body)).not.toMatch(/extend file|audit_pack|audit_pending|53100/);
  }
  await sleep(1_500);
  expect(whole.lab.estate.callCount()).toBe(calls);
  expect(isolated(ws0117).orders + isolated(ws0244).orders).toBe(0);
  const { rows } = await whole.database.owner.query(
    `select (select count(*) from decisions)::int as decisions, (select count(*) from stops where active)::int as stops,
       (select count(*) from alerts where source_id = 'plain-1')::int as alerts`,
  );
  expect(rows).toEqual([{ decisions: 0, stops: 0, alerts: 0 }]);
  expect(await ready()).toMatchObject({ status: 503 });

  await free('audit_pack');
  expect((await send('plain', 'plain-1', ws0244)).status).toBe(202);
  expect((await whole.call('POST', path, bo.token, yes, seen)).status).toBe(200);
  for (const host of [ws0117, ws0244]) await until(async () => isolated(host).applied === 1);
  // An answer is shared for a second.
  await until(async () => (await ready()).status === 200);
});

it('while nothing can be sealed entries wait and are all sealed afterwards, in a log that verifies', async () => {
  const size = async () =>
    Number(
      (await whole.database.owner.query<{ n: string }>('select count(*) as n from audit_log')).rows[0]?.n,
    );
  const pending = async () =>
    (await whole.database.owner.query<{ id: string }>('select id from audit_pending order by id')).rows.map(
      ({ id }) => id,
    );
  await until(async () => (await pending()).length === 0);
  await fill('audit_log');
  const before = await size();
  const sent = await send('nobody-listens', 'sealed-1', ws0117);
  expect(sent.status).toBe(202);
  await sleep(1_500);
  const waiting = await pending();
  expect(waiting.length).toBeGreaterThan(0);
  expect(await size()).toBe(before);

  await free('audit_log');
  await until(async () => (await pending()).length === 0);
  const { rows } = await whole.database.owner.query('select 1 from audit_log where entry_id = any($1)', [
    waiting,
  ]);
  expect(rows).toHaveLength(waiting.length);
  const verified = await whole.call('POST', '/v1/audit/verify', ola.token);
  expect(verified.body).toMatchObject({ ok: true, problems: [] });
});
