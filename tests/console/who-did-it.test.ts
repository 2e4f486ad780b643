import { beforeAll, expect, it } from 'vitest';
import { seedEntry, seedWaitingRun } from '../api/seed.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* The log holds ids; an auditor reads who it was, with the id beside the name. */

const site = await startConsole();
let ada: Visitor;
let runId = '';

beforeAll(async () => {
  ada = await site.signIn('Ada Lind', ['auditor']);
  ({ runId } = await seedWaitingRun(site.db.owner));
  const actor = { kind: 'person', id: ada.person.id, channel: 'console' };
  const targets = [{ kind: 'host', id: 'H17', name: 'DB-1' }];
  await seedEntry(site.db.owner, 0, {
    type: 'approval.granted',
    runId,
    actor,
    targets,
    reason: 'seen by eye',
  });
  await seedEntry(site.db.owner, 1, { type: 'run.started', runId, actor: { ...actor, id: 'per_gone' } });
});

it('on every page that shows entries', async () => {
  const id = `per_…${ada.person.id.slice(-6)}`;
  for (const path of ['/audit', `/runs/${runId}`, '/audit/0']) {
    const { status, text } = await ada.get(path);
    expect(status, path).toBe(200);
    expect(text.slice(text.indexOf('<main')), path).toContain(
      `Ada Lind <span class="dim">${id}, person, console</span>`,
    );
  }
  expect((await ada.get('/audit')).text).toContain('per_gone <span class="dim">person, console</span>');
});

it('and the page of an entry says what it is about before its bytes', async () => {
  const { text } = await ada.get('/audit/0');
  const words = text.slice(text.indexOf('<h1>'), text.indexOf('Exact bytes'));
  expect(words).toContain('DB-1');
  expect(words).toContain('seen by eye');
  expect(words).toContain(`/runs/${runId}`);
});

it('what is no text is not called pruned, and what was pruned is', async () => {
  const { owner } = site.db;
  const row = (index: number, type: string, bytes: Buffer | null) =>
    owner.query(
      `insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at)
       values ('default', 'log', $1, $2, sha256($3), $4, $5, clock_timestamp())`,
      [index, bytes, Buffer.from([index]), `ent_${index}`, type],
    );
  await row(2, 'unreadable', Buffer.from([0xff, 0xfe]));
  await row(3, 'run.started', null);
  const foreign = (await ada.get('/audit/2')).text;
  expect(foreign).toContain('they are no text');
  expect(foreign).not.toContain('The bytes were pruned');
  expect((await ada.get('/audit/3')).text).toContain('The bytes were pruned');
});
