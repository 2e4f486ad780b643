import { expect, test } from 'vitest';
import { defaultTenant } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole } from './start-console.ts';

/* Who was told of a question, on its card. */

const site = await startConsole();
const ann = await site.signIn('Ann', ['approver'], ['soc-tier2']);

async function seedNotices(rows: readonly (readonly [string, string, string | null, number])[]) {
  const { approvalId } = await seedWaitingRun(site.db.owner);
  for (const [destination, state, error, attempts] of rows)
    await site.db.owner.query(
      `insert into notices (tenant_id, approval_id, occasion, destination, state, last_error, attempts, settled_at)
       values ($1, $2, 'asked', $3, $4, $5, $6, case when $4 <> 'due' then clock_timestamp() end)`,
      [defaultTenant, approvalId, destination, state, error, attempts],
    );
  return approvalId;
}

test('what did not arrive stands on top of the card, and the card says who was told', async () => {
  const id = await seedNotices([
    ['chat:soc-approvals', 'told', null, 1],
    ['mail:gone@example.test', 'failed', 'the relay does not take <b>mail</b> for it', 1],
    ['chat:slow', 'due', 'the chat webhook cannot be reached', 3],
  ]);
  const { text } = await ann.get(`/a/${id}`);
  expect(text).toContain('Not everybody could be told of this question');
  expect(text).toContain('&lt;b&gt;mail&lt;/b&gt;');
  expect(text).not.toContain('<b>mail</b>');
  expect(text).toMatch(/mail:gone@example\.test.*It is not tried again/s);
  expect(text).toMatch(/chat:slow.*It is tried again/s);
  expect(text.match(/chat:soc-approvals/g)).toHaveLength(1);
  const api = await ann.get(`/v1/approvals/${id}`);
  expect(JSON.parse(api.text).notices).toMatchObject([
    { destination: 'chat:soc-approvals', state: 'told', error: null },
    { destination: 'mail:gone@example.test', state: 'failed' },
    { destination: 'chat:slow', state: 'due', tries: 3, nextTryAt: expect.any(String) },
  ]);
});

test('as long as everybody could be told there is no word of trouble', async () => {
  const id = await seedNotices([
    ['chat:soc-approvals', 'told', null, 1],
    ['mail:soc@example.test', 'due', null, 0],
  ]);
  const { text } = await ann.get(`/a/${id}`);
  expect(text).not.toContain('Not everybody could be told');
  expect(text).toContain('being told');
});
