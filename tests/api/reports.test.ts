import { expect, it } from 'vitest';
import { inGoodTime } from '../../api/console/in-good-time.ts';
import { responseTable } from '../../api/console/response-table.ts';
import { createResponseReports } from '../../engine/runtime/read/read-response.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { seedWaitingRun } from './seed.ts';
import { startApi } from './start-api.ts';

/* Time to respond over HTTP and on the home page; what it counts: `corridor/response-times.test.ts`. */

const api = await startApi();

it('says how long people took to decide, to whoever may read runs', async () => {
  const { token } = await api.person('vic', ['viewer']);
  expect((await api.call('GET', '/v1/reports/response')).status).toBe(401);
  const { approvalId, runId, alertId } = await seedWaitingRun(api.db.owner);
  const { owner } = api.db;
  await owner.query(
    `update alerts set alert = '{"created_at":"yesterday, they say"}', received_at = now() - interval '2 minutes' where id = $1`,
    [alertId],
  );
  await owner.query(`update runs set started_at = now() - interval '90 seconds' where id = $1`, [runId]);
  await owner.query(`update approvals set state = 'denied', ended_at = now() where id = $1`, [approvalId]);
  const { status, body } = await api.call('GET', '/v1/reports/response', { token });
  expect(status).toBe(200);
  const none = { cases: 0, median: null, ninth: null, parts: null };
  // Without a time that can be read it counts from when we heard of it.
  const decide = { cases: 1, median: 'PT120S', ninth: 'PT120S', parts: { untilRun: 'PT30S' } };
  const report = { partial: false, respond: none, decide, before: { respond: none, decide: none } };
  expect(body).toMatchObject({
    reports: [
      { days: 7, ...report },
      { days: 30, ...report },
    ],
  });

  const page = responseTable(await createResponseReports(api.db.app)(defaultTenant))?.toString();
  expect(page).toMatch(
    /1 in 7 days<br><span class="small dim">decided, nothing contained<[\s\S]*<strong>2 min<[\s\S]*30 s/,
  );
  expect(page).not.toContain('newest');
});

it('shows nothing on the home page while there is nothing to tell', () => {
  expect(responseTable([])).toBeNull();
});

it('is not waited for by whoever has to decide, and its failure is not theirs', async () => {
  const failures: unknown[] = [];
  const soon = (asked: Promise<number[]>) => inGoodTime(asked, (error) => failures.push(error));
  expect(await soon(Promise.resolve([7]))).toEqual([7]);
  expect(await soon(new Promise(() => undefined))).toEqual([]);
  expect(await soon(Promise.reject(new Error('no answer')))).toEqual([]);
  expect(failures).toEqual([new Error('no answer')]);
});
