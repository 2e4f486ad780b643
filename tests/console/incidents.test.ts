import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFakeUseCases } from '../api/fake-use-cases.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { seedTask } from '../api/seed-task.ts';
import { seedIncident } from './seed-incident.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* The queue of incidents and the page of one: what stands, what waits, what happened, and a person's word on it. */

const site = await startConsole();
const hostile = '<script>alert(1)</script> \u202egpj.exe';
let seeded: Awaited<ReturnType<typeof seedIncident>>;
let path: string;
let kim: Visitor;
let vic: Visitor;

beforeAll(async () => {
  seeded = await seedIncident(site.db.owner, { title: hostile });
  path = `/incidents/${seeded.incidentId}`;
  kim = await site.signIn('Kim', ['operator'], ['soc-tier2']);
  vic = await site.signIn('Vic', ['viewer']);
});

/** Of one section, without what stands around it. */
function section(text: string, head: string): string {
  return new RegExp(`<section[^>]*><h2>${head}</h2>([\\s\\S]*?)</section>`).exec(text)?.[1] ?? '';
}

describe('the queue', () => {
  const names = (text: string) =>
    [...text.matchAll(/<a href="\/incidents\/(inc_[^"/?]+)"/g)].map(([, id]) => id);

  it('shows what is open and worth a look, and all of it on request', async () => {
    const { owner } = site.db;
    const closed = await seedWaitingRun(owner);
    const chatter = await seedWaitingRun(owner);
    await owner.query(`update incidents set status = 'resolved' where id = $1`, [closed.incidentId]);
    await owner.query(`update incidents set severity = 'informational' where id = $1`, [chatter.incidentId]);
    expect(names((await vic.get('/incidents')).text)).toEqual([seeded.incidentId]);
    const all = (await vic.get('/incidents?status=all&severity=all')).text;
    expect(names(all)).toEqual([chatter.incidentId, closed.incidentId, seeded.incidentId]);
    expect(names((await vic.get('/incidents?status=resolved')).text)).toEqual([closed.incidentId]);
    expect(names((await vic.get('/incidents?target=host:H17')).text)).toEqual([seeded.incidentId]);
    expect(names((await vic.get('/incidents?q=nothing-like-it')).text)).toEqual([]);
    expect((await vic.get('/incidents?target=H17')).text).toContain('written kind:id');
  });

  it('says whom an incident waits for and how much is contained', async () => {
    const { text } = await vic.get('/incidents?target=host:H17');
    expect(text).toContain('a person: 1 question');
    expect(text).toMatch(/Contained<\/span><div><strong>2<\/strong>/);
    expect(text).toContain('aria-current="page">Incidents</a>');
  });
});

describe('the page', () => {
  it('says what is contained, until when and by whom, and what one can do about it', async () => {
    const { text } = await kim.get(path);
    const banner = /<section class="notice warn" aria-label="Contained">([\s\S]*?)<\/section>/.exec(
      text,
    )?.[1];
    expect(banner).toContain('2 effects stand');
    expect(banner).toContain(`href="${path}/undo"`);
    expect(section(text, 'Contained now')).toContain(`href="/undo/${seeded.contained}#renew"`);
    expect(section(text, 'Waits for people')).toContain(`href="/a/${seeded.approvalId}"`);
    expect(section(text, 'Actions')).toContain('edr.isolate-host');
    expect(section(text, 'Runs')).toContain(`href="/runs/${seeded.runId}"`);
    expect(section(text, 'Alerts')).toContain(`href="/alerts/${seeded.alertId}"`);
    expect(text).toContain(`riposte audit bundle --incident ${seeded.incidentId}`);
    expect(text).toContain(`href="/v1/incidents/${seeded.incidentId}/evidence" download`);
  });

  it('of one contained host names it, and leads to its renewal', async () => {
    const { incidentId, contained, undoing } = await seedIncident(site.db.owner);
    await site.db.owner.query(`update undo_records set state = 'undone' where id = $1`, [undoing]);
    const { text } = await kim.get(`/incidents/${incidentId}`);
    const banner = /aria-label="Contained">([\s\S]*?)<\/section>/.exec(text)?.[1] ?? '';
    expect(banner).toMatch(/Contained: .*DB-1/);
    expect(banner).toContain('Its lease ends');
    expect(banner).toContain(`href="/undo/${contained}#renew"`);
  });

  it('names what stands on its targets by whichever run', async () => {
    const other = await seedIncident(site.db.owner);
    const targets = section((await vic.get(path)).text, 'Targets');
    expect(targets).toContain(`href="/undo/${seeded.contained}"`);
    expect(targets).toContain(`href="/undo/${other.contained}"`);
    expect(targets).toContain(`href="/incidents/${other.incidentId}"`);
  });

  it('tells the story, forwards and backwards, and of one target', async () => {
    const marks = [
      'The incident began',
      `/alerts/${seeded.alertId}`,
      'has yet to begin',
      'Asked',
      'Taken back',
    ];
    const places = (text: string) => marks.map((mark) => section(text, 'Story').indexOf(mark));
    const forwards = places((await vic.get(path)).text);
    expect(Math.min(...forwards)).toBeGreaterThan(-1);
    expect(forwards).toEqual(forwards.toSorted((a, b) => a - b));
    const back = places((await vic.get(`${path}?order=newest`)).text);
    expect(back).toEqual(back.toSorted((a, b) => b - a));
    const ofHost = section((await vic.get(`${path}?target=host:H17`)).text, 'Story');
    expect(ofHost).toContain(`/alerts/${seeded.alertId}`);
    expect(ofHost).not.toContain('Taken back');
    expect(section((await vic.get(`${path}?target=host:none`)).text, 'Story')).toContain(
      'Nothing happened to it',
    );
  });

  it('shows how much care a target wants, as it was last read, to those who may see values', async () => {
    await site.db.owner.query(
      `insert into target_facts (tenant_id, kind, target_id, facts, read_at) values ('default', 'host', 'H17',
         '{"name":"DB-1","criticality":"high","enabled":true,"tags":["<b>"]}', clock_timestamp() - interval '3 days')
     on conflict (tenant_id, kind, target_id) do update set facts = excluded.facts, read_at = excluded.read_at`,
    );
    const targets = section((await kim.get(path)).text, 'Targets');
    expect(targets).toMatch(/criticality<\/span> <strong class="chip critical">[^<]*(<[^>]+>)?high/);
    expect(targets).toMatch(/Read <time/);
    expect(targets).toContain('No run has read it.');
    expect(targets).not.toContain('tags');
    expect(section((await vic.get(path)).text, 'Targets')).not.toContain('criticality');
  });

  it('says of a target that was read without any of this that it was read, and when', async () => {
    for (const facts of [
      '{"name":"DB-1","tags":["a"],"role":null,"owner":""}',
      '{"name":"DB-1","criticality":"high","~hidden":["criticality"]}',
    ]) {
      await site.db.owner.query(`update target_facts set facts = $1 where target_id = 'H17'`, [facts]);
      const targets = section((await kim.get(path)).text, 'Targets');
      expect(targets).toMatch(/None of this can be shown\.<\/span><p[^>]*>Read <time/);
      expect(targets).not.toContain('criticality');
    }
  });

  it('hands evidence of a run to whoever may read the log, and to nobody else', async () => {
    const address = `/runs/${seeded.runId}`;
    const link = `href="/v1${address}/evidence" download`;
    expect((await kim.get(address)).text).toContain(link);
    expect((await vic.get(address)).text).not.toContain('/evidence');
  });

  it('shows a viewer no value, no form and no way to what they may not do', async () => {
    const { text } = await vic.get(path);
    expect(text).not.toContain('secret words');
    expect(text).not.toContain('/undo"');
    expect(text).not.toContain('name="version"');
    expect(text).not.toContain('riposte audit bundle');
    expect(text).not.toContain('/evidence');
    expect((await vic.post(path, { status: 'resolved' })).status).toBe(403);
  });

  it('shows what intruders wrote as data', async () => {
    for (const at of [
      path,
      '/incidents',
      `${path}?order=newest`,
      `${path}?target=host:${hostile}`,
      `${path}/undo`,
    ]) {
      const { text } = await kim.get(at);
      expect(text, at).toContain('&lt;script&gt;alert(1)&lt;/script&gt; ');
      expect(text, at).toContain('U+202E');
      expect(text, at).not.toContain('\u202e');
      expect(text, at).not.toContain('<script>');
    }
  });

  it('of an incident of which nothing is known but that it began says so', async () => {
    await site.db.owner.query(
      `insert into incidents (tenant_id, id, source, source_id, title, severity)
       values ('default', 'inc_bare', 'edr', 'inc_bare', 'Bare', 'low')`,
    );
    const { text, status } = await kim.get('/incidents/inc_bare');
    expect(status).toBe(200);
    for (const words of ['No alert names one', 'Nothing was done for it', 'No playbook answered it'])
      expect(text).toContain(words);
    expect(text).not.toContain('aria-label="Contained"');
    expect(text).not.toContain('Take back');
    expect((await kim.get('/incidents/inc_none')).status).toBe(404);
  });

  it('is where pages about it lead', async () => {
    const { taskId } = await seedTask(site.db.owner);
    const { rows } = await site.db.owner.query<{ id: string }>(
      'select r.incident_id as id from runs r join tasks t on t.run_id = r.id where t.id = $1',
      [taskId],
    );
    const { runId, alertId, approvalId, contained } = seeded;
    for (const at of [`/runs/${runId}`, `/alerts/${alertId}`, `/a/${approvalId}`, `/undo/${contained}`])
      expect((await vic.get(at)).text, at).toContain(`href="${path}"`);
    expect((await vic.get('/actions?tab=history')).text).toContain(`href="${path}"`);
    expect((await vic.get(`/t/${taskId}`)).text).toContain(`href="/incidents/${rows[0]?.id}"`);
  });

  it.each(['/runs?', '/alerts?', '/contained?', '/actions?tab=history&'])(
    '%s shows those of one incident',
    async (list) => {
      const own = (await vic.get(`${list}incident=${seeded.incidentId}`)).text;
      expect(own).toContain('Only incident');
      expect(own).toContain('<td role="cell">');
      const none = (await vic.get(`${list}incident=inc_none`)).text;
      expect(none).not.toContain('<td role="cell">');
      expect(none).toContain('Only incident');
    },
  );
});

describe('a word on it', () => {
  const word = { version: '3', status: 'resolved', classification: 'false_positive', owner: ' Kim ' };
  beforeEach(() => site.useCases.answer('changeIncident', createFakeUseCases().changeIncident));

  it('says which version was seen, and leads back to the page', async () => {
    const seen: unknown[] = [];
    site.useCases.answer('changeIncident', async (_caller, input) => {
      seen.push(input);
      return { ok: true, version: 4 };
    });
    const done = await kim.post(path, word);
    expect([done.status, done.headers.get('location')]).toEqual([303, path]);
    const change = { status: 'resolved', classification: 'false_positive', owner: 'Kim' };
    expect(seen).toEqual([{ id: seeded.incidentId, version: 3, change }]);
  });

  it('that comes too late is not taken, and the page shows how it is now', async () => {
    const detail = 'the incident has changed since; it is at version 4 now';
    site.useCases.answer('changeIncident', async () => ({ ok: false, code: 'request/stale', detail }));
    const { status, text } = await kim.post(path, word);
    expect(status).toBe(412);
    expect(text).toContain(`Nothing was changed: ${detail}`);
    expect(text).toContain('<details class="change" open>');
    expect(text).toMatch(/name="version" value="1"/);
    expect(text).toContain('<option value="new" selected>');
  });

  it.each([
    { status: 'closed' },
    { classification: 'constructor' },
    { version: '' },
    { version: '1e3' },
    { owner: 'x'.repeat(257) },
  ])('that the form cannot say is refused: %o', async (wrong) => {
    site.useCases.answer('changeIncident', async () => {
      throw new Error('it was asked');
    });
    expect((await kim.post(path, { ...word, ...wrong })).status).toBe(400);
  });
});
