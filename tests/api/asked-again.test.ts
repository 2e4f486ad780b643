import { afterAll, beforeAll, expect, it } from 'vitest';
import { hearsScanner, until } from '../corridor/questions.ts';
import { openWholeProcess, publishAs, type WholeProcess } from '../support/whole-process.ts';

/* What whole processes do for somebody who asks again, or who reads. */

let whole: WholeProcess;
let sender: { id: string; secret: string };
beforeAll(async () => {
  whole = await openWholeProcess();
  await publishAs(whole, 'ola', 'hears-scanner', hearsScanner);
  sender = await whole.service('scanner', ['analyst']);
});
afterAll(() => whole.close());

it('a webhook by token whose process died before it answered is one signal and one run under its key', async () => {
  const send = () =>
    whole.call(
      'POST',
      '/v1/webhooks/hears-scanner/heard',
      sender.secret,
      { finding: 'a worm' },
      { 'idempotency-key': 'k' },
    );
  const first = await send();
  expect(first.status).toBe(202);
  // What a process leaves that died between the commit of the signal and writing its answer down.
  await whole.database.owner.query(
    `update idempotency_keys set status = null, response = null, claimed_at = clock_timestamp() - interval '61 seconds'`,
  );
  expect((await send()).body).toEqual({ id: first.body.id, duplicate: true });
  await until(async () => {
    const { rows } = await whole.database.app.query<{ n: number }>(
      `select ((select count(*) from signals where state = 'accepted')
         + (select count(*) from runs where state in ('queued', 'running')))::int as n`,
    );
    return rows[0]?.n === 0;
  });
  const told = (whole.lab.estate.messages() as { text: string }[]).map(({ text }) => text);
  expect(told).toEqual(['Found a worm']);
}, 60_000);

it('an auditor who opens a run in the console has read the log, once in an hour, as over the API', async () => {
  const { rows } = await whole.database.owner.query<{ id: string }>('select id from runs');
  const [run] = rows;
  // The page shows what has its place in the log.
  await until(async () => {
    const sealed = `select 1 from audit_log where run_id = $1 and type = 'run.started'`;
    return (await whole.database.owner.query(sealed, [run?.id])).rows.length > 0;
  });
  const reads = async (by: string) =>
    (await whole.entries()).filter(({ type, actor }) => type === 'audit.read' && actor.id === by).length;
  const aud = await whole.person('aud', ['auditor']);
  for (const _ of [1, 2]) {
    const page = await whole.page(`/runs/${run?.id}`, aud.cookie);
    expect(page.text).toMatch(/<h2>Entries<\/h2>[\s\S]*run\.started/);
  }
  expect(await reads(aud.id)).toBe(1);
  const zed = await whole.person('zed', ['auditor']);
  await whole.call('GET', `/v1/runs/${run?.id}/entries`, zed.token);
  expect(await reads(zed.id)).toBe(1);
}, 60_000);
