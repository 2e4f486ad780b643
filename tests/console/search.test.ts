import { beforeAll, describe, expect, it } from 'vitest';
import { seedTask } from '../api/seed-task.ts';
import { seedIncident } from './seed-incident.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* Who has an id, or what a target is called, finds everything that is known under it. */

const site = await startConsole();
const hostile = 'WS-<b>\u202e%_1';
let seeded: Awaited<ReturnType<typeof seedIncident>>;
let task: string;
let vic: Visitor;

beforeAll(async () => {
  seeded = await seedIncident(site.db.owner);
  ({ taskId: task } = await seedTask(site.db.owner));
  await site.db.owner.query(
    `insert into alert_targets (tenant_id, alert_id, kind, target_id, name)
     values ('default', $1, 'host', 'abcdef0123456789abcdef0123456789abcdef01', $2), ('default', $1, 'user', 'Ann@Example.org', 'Ann')`,
    [seeded.alertId, hostile],
  );
  vic = await site.signIn('Vic', ['viewer']);
});

const search = async (words: string) => (await vic.get(`/search?q=${encodeURIComponent(words)}`)).text;
const heads = (text: string) => [...text.matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, head]) => head);

describe('an id', () => {
  it('leads to what it names, whatever that is', async () => {
    const { incidentId, alertId, runId, approvalId, contained } = seeded;
    const pages = {
      [incidentId]: `/incidents/${incidentId}`,
      [alertId]: `/alerts/${alertId}`,
      [runId]: `/runs/${runId}`,
      [approvalId]: `/a/${approvalId}`,
      [task]: `/t/${task}`,
      [contained]: `/undo/${contained}`,
    };
    for (const [id, page] of Object.entries(pages)) {
      const text = await search(` ${id} `);
      expect(heads(text), id).toEqual(['By its id']);
      expect(text, id).toContain(`href="${page}"`);
    }
  });

  it('of nothing leads nowhere, and asking for it leaves an entry', async () => {
    for (const id of ['run_none', 'constructor_x', 'att_none']) {
      const text = await search(id);
      expect(heads(text), id).toEqual([]);
      expect(text, id).toContain('Nothing is known as');
    }
    await site.identity.settle();
    const { rows } = await site.db.owner.query<{ entry: string }>(
      `select convert_from(entry, 'utf8') as entry from audit_pending`,
    );
    const missed = rows.map(({ entry }) => JSON.parse(entry)).filter(({ type }) => type === 'auth.not-found');
    expect(missed.map(({ data }) => data)).toMatchObject([{ route: 'GET /search', id: 'run_none' }]);
  });
});

describe('a target', () => {
  it('is found by its id, by kind and id, and by a part of its name, with all that is known of it', async () => {
    for (const words of ['H17', 'host:H17', 'db-1']) {
      const text = await search(words);
      expect(heads(text), words).toEqual(['Targets', 'Contained now', 'Incidents', 'Alerts']);
      expect(text, words).toContain(`href="/undo/${seeded.contained}"`);
      expect(text, words).toContain(`href="/incidents/${seeded.incidentId}"`);
      expect(text, words).toContain(`href="/alerts/${seeded.alertId}"`);
    }
    expect(heads(await search('user:H17'))).toEqual([]);
  });

  it('is found as it is compared, whatever case it is typed in', async () => {
    expect(heads(await search('ABCDEF0123456789ABCDEF0123456789ABCDEF01'))).toContain('Targets');
  });

  it('that only a run changed is found by its id', async () => {
    expect(heads(await search('undone'))).toEqual(['Targets']);
  });

  it('is found by characters that mean something elsewhere, and shown as data', async () => {
    const text = await search('\u202e%_');
    expect(text).toContain('WS-&lt;b&gt;');
    expect(text).not.toContain('\u202e');
    expect(text).not.toContain('<b>');
    expect(heads(await search('%'))).toContain('Targets');
    expect(heads(await search('%%'))).toEqual([]);
    const nothing = await search('"><script>alert(1)</script>');
    expect(nothing).not.toContain('<script>');
  });
});

it('asked for nothing says what can be asked for, and asked for too much nothing breaks', async () => {
  expect((await vic.get('/search')).text).toContain('Type the id of a run');
  expect((await vic.get(`/search?q=${'x'.repeat(1000)}`)).status).toBe(200);
  expect((await vic.get(`/search?q=${encodeURIComponent('host:')}`)).status).toBe(200);
});
