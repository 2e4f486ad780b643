import { expect, test } from 'vitest';
import { seedEntry, seedWaitingRun } from '../api/seed.ts';
import { startConsole } from './start-console.ts';

/* What an open page asks by itself is nobody's use of it: no session goes on, nothing is written, and no click is refused for it. */

const asLook = { 'riposte-look': '1' };

test('a look keeps no session going, and a page that somebody opens does', async () => {
  const site = await startConsole();
  const kim = await site.signIn('Kim', ['approver']);
  const seen = async () =>
    (
      await site.db.owner.query<{ idle: number }>(
        `select round(extract(epoch from clock_timestamp() - seen_at) / 60)::int as idle from sessions where person_id = $1`,
        [kim.person.id],
      )
    ).rows[0]?.idle;
  await site.db.owner.query(`update sessions set seen_at = clock_timestamp() - interval '29 minutes'`);
  expect((await kim.get('/', asLook)).status).toBe(200);
  expect(await seen()).toBe(29);
  // A form is sent by somebody, whatever its fields say.
  await kim.post('/settings/stop', { csrf: 'none' }, asLook);
  expect(await seen()).toBe(0);
  await site.db.owner.query(`update sessions set seen_at = clock_timestamp() - interval '29 minutes'`);
  const ends = /data-ends="([^"]+)"/.exec((await kim.get('/', asLook)).text)?.[1] ?? '';
  const later = /data-ends="([^"]+)"/.exec((await kim.get('/')).text)?.[1] ?? '';
  expect(await seen()).toBe(0);
  expect(Math.round((Date.parse(later) - Date.parse(ends)) / 60_000)).toBe(29);
});

test('a look at a session that is over asks nobody to come back to that page', async () => {
  const site = await startConsole();
  const kim = await site.signIn('Kim', ['approver']);
  await site.identity.endSession(kim.cookie.slice('riposte='.length));
  const look = await kim.get('/runs', asLook);
  expect([look.status, look.headers.getSetCookie()]).toEqual([401, []]);
  expect((await kim.get('/runs')).headers.getSetCookie()).toHaveLength(1);
});

test('a look reads nothing of the log, which would have to be written down', async () => {
  const read: string[] = [];
  const site = await startConsole({ noteReading: async (_reader, what) => void read.push(what) });
  const { runId } = await seedWaitingRun(site.db.owner);
  await seedEntry(site.db.owner, 0, { type: 'run.started', runId });
  const kim = await site.signIn('Kim', ['auditor']);
  const look = await kim.get(`/runs/${runId}`, asLook);
  expect(look.text).toContain('Read them as they are now');
  expect(look.text).not.toContain('run.started');
  expect(read).toEqual([]);
  expect((await kim.get(`/runs/${runId}`)).text).toContain('run.started');
  for (const path of ['/audit', '/audit/0']) {
    const log = await kim.get(path, asLook);
    expect([log.status, log.text.includes('run.started')]).toEqual([200, false]);
    expect(log.text).toContain('data-ends=');
    expect((await kim.get(path)).text).toContain('run.started');
  }
  expect(read).toEqual(['runPage', 'auditPage', 'auditEntryPage']);
});

test('asking for what is not there is written down, whoever says that it is a look', async () => {
  const site = await startConsole();
  const kim = await site.signIn('Kim', ['approver']);
  expect((await kim.get('/runs/run_guessed', asLook)).status).toBe(404);
  const { rows } = await site.db.owner.query(
    `select 1 from audit_pending where convert_from(entry, 'utf8') like '%auth.not-found%'`,
  );
  expect(rows).toHaveLength(1);
});

test('looks use up what is theirs, and nothing of what their person asks', async () => {
  const site = await startConsole({ limits: { requests: 3, intake: 3 } });
  const kim = await site.signIn('Kim', ['approver']);
  for (let n = 0; n < 3; n++) expect((await kim.get('/runs', asLook)).status).toBe(200);
  const over = await kim.get('/runs', asLook);
  expect([over.status, over.headers.get('ratelimit-policy')]).toEqual([429, '"looks";q=3;w=60']);
  expect((await kim.get('/runs')).status).toBe(200);
});

test('another site cannot send the field that makes a look', async () => {
  const site = await startConsole();
  const asked = await site.visit('/', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-headers': 'riposte-look' },
  });
  expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  expect(asked.headers.get('access-control-allow-headers')).toBeNull();
});
