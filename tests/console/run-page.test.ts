import { beforeAll, describe, expect, it } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { seedLoopRun } from '../api/seed-loop.ts';
import { actionStep, foreachStep, planOf } from '../decide/build-plan.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* The page of a run: the whole plan with what became of it, the detail of one step, and three other views of the same. */

const site = await startConsole();
const { owner } = site.db;
let kim: Visitor;
let vic: Visitor;
let run: Awaited<ReturnType<typeof seedWaitingRun>>;

beforeAll(async () => {
  kim = await site.signIn('Kim', ['analyst', 'auditor']);
  vic = await site.signIn('Vic', ['viewer']);
  run = await seedWaitingRun(owner, { startedBy: 'trigger:xdr_alert' });
  await published(
    planOf([
      actionStep('asset', { class: 'read' }),
      actionStep('isolate', { class: 'contain' }),
      actionStep('tell_one', { class: 'notify' }),
      actionStep('tell_two', { class: 'notify' }),
      actionStep('tell_three', { class: 'notify' }),
      foreachStep('sweep', [actionStep('purge', { path: 'run/sweep/purge', name: 'Purge the mail' })], {
        list: 'steps.asset.outputs.mails',
      }),
    ]),
  );
  await owner.query(
    `insert into steps (tenant_id, run_id, path, position, place, kind, name, action, status, outputs)
     select 'default', $1, 'run/' || id, n, array[n], kind, id, case kind when 'action' then 'chat.send' end, status, '{}'
     from (values ('tell_one', 2, 'action', 'succeeded'), ('tell_two', 3, 'action', 'succeeded'),
       ('tell_three', 4, 'action', 'succeeded'), ('sweep', 5, 'foreach', 'pending')) of (id, n, kind, status)`,
    [run.runId],
  );
  await owner.query(
    `update runs set waiting_for = '[{"kind":"approval","step":"run/isolate"}]' where id = $1`,
    [run.runId],
  );
});

async function published(plan: object): Promise<void> {
  await owner.query('alter table playbook_versions disable trigger user');
  await owner.query(`update playbook_versions set plan = $1 where playbook_id = 'isolate-host'`, [
    JSON.stringify(plan),
  ]);
  await owner.query('alter table playbook_versions enable trigger user');
}

const plain = (text: string) => text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
const page = async (more = '', who = kim) => (await who.get(`/runs/${run.runId}${more}`)).text;
const detailOf = (text: string) => /<section id="step".*?<\/section>/s.exec(text)?.[0] ?? '';

describe('the first line', () => {
  it.each(['', '?view=graph', '?view=time', '?view=raw'])(
    'says on every view for whom it waits and until when, with the way to the question: %s',
    async (view) => {
      const lead = /<p class="lead">.*?<\/p>/s.exec(await page(view))?.[0] ?? '';
      expect(plain(lead)).toMatch(
        /Waiting.*Waits for 1 of group:soc-tier2: Isolate\s*, expires in (59 min|1 h)/,
      );
      expect(lead).toContain(`<a class="button" href="/a/${run.approvalId}">`);
    },
  );
});

describe('the views', () => {
  it('are links, and an unknown one shows the steps', async () => {
    const text = await page('?view=graph&step=run%2Fasset');
    expect(text).toContain(`<a href="/runs/${run.runId}">Steps</a>`);
    expect(text).toContain('?view=graph" aria-current="page">Graph');
    expect(await page('?view=none')).toMatch(/aria-current="page">Steps</);
  });

  it('the graph is the drawing of the version that the run runs, also when another one is in force', async () => {
    expect(await page('?view=graph')).toContain('Purge the mail');
    await owner.query(
      `insert into playbook_versions (tenant_id, playbook_id, version, semver, title, source, source_sha256, plan, digest,
         compiler_version, published_by)
       values ('default', 'isolate-host', 2, '2.0.0', 'Isolate a host', 'title: x', 'abd', $1, 'sha256:q', 1, 'start')`,
      [JSON.stringify({ playbook: { title: 'Another one' }, mode: 'enforce', impact: 'contain' })],
    );
    await owner.query(`update playbooks set current_version = 2 where id = 'isolate-host'`, []);
    expect(await page('?view=graph')).toContain('Purge the mail');
    expect(await page()).toContain('Purge the mail');
  });

  it('the time line says how long a step took and how much of that people were asked', async () => {
    await owner.query(
      `update steps set started_at = clock_timestamp() - interval '40 minutes' where run_id = $1 and path = 'run/isolate'`,
      [run.runId],
    );
    await owner.query(
      `update approvals set requested_at = clock_timestamp() - interval '30 minutes' where id = $1`,
      [run.approvalId],
    );
    await owner.query(
      `update runs set started_at = clock_timestamp() - interval '40 minutes' where id = $1`,
      [run.runId],
    );
    const text = await page('?view=time');
    const row = text.split('<tr').find((each) => each.includes('step=run%2Fisolate')) ?? '';
    expect(plain(row)).toMatch(/Took\s+40 min.*Waited for people\s+30 min/);
    expect(row).toMatch(
      /<svg [^>]*aria-hidden="true"[^>]*><rect x="0%".*<rect class="asked" x="25%" y="2" width="75%"/s,
    );
    expect(plain(text)).toContain('3 messages sent');
  });

  it.each(['', '?view=time', '?view=raw'])('weighs less than 30 KB: %s', async (view) => {
    expect((await page(view)).length).toBeLessThan(30_000);
  });

  it('raw is what the API gives to the same person', async () => {
    const { text: api } = await kim.get(`/v1/runs/${run.runId}`);
    const raw = /<pre class="data"><bdi>(.*?)<\/bdi>/s.exec(await page('?view=raw'))?.[1] ?? '';
    const shown = JSON.parse(raw.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'));
    expect(shown).toEqual(JSON.parse(api));
  });
});

describe('the tree', () => {
  it('is the whole plan: what a loop would do stands in it before the loop has begun', async () => {
    expect(plain(await page())).toMatch(/Not reached\s+sweep.*Not reached\s+Purge the mail/);
  });

  it('folds messages that went out, and unfolds them for the one that was chosen', async () => {
    expect(await page()).toContain('<details><summary>3 messages sent</summary>');
    expect(await page('?step=run%2Ftell_two')).toContain('<details open><summary>3 messages sent</summary>');
    await owner.query(`update steps set status = 'failed' where path = 'run/tell_two'`, []);
    expect(await page()).not.toContain('messages sent');
    await owner.query(`update steps set status = 'succeeded' where path = 'run/tell_two'`, []);
  });
});

describe('the detail', () => {
  it('is of what failed, or else of what waits, while nobody has chosen a step', async () => {
    expect(plain(detailOf(await page()))).toMatch(
      /Isolate.*Waiting for a person.*Approval.*Isolate server DB-1\?/,
    );
    await owner.query(`update steps set status = 'failed', failure = $1 where path = 'run/tell_three'`, [
      JSON.stringify({ code: 'action/outcome-unknown', kind: 'terminal', message: 'no <b>answer' }),
    ]);
    const detail = detailOf(await page());
    expect(detail).toContain('<h2>tell_three</h2>');
    expect(detail).toContain('<a href="/codes/action/outcome-unknown">');
    expect(detail).toContain('no &lt;b&gt;answer');
    await owner.query(
      `update steps set status = 'succeeded', failure = null where path = 'run/tell_three'`,
      [],
    );
  });

  it('says what the step was given, what it gave and how often it was tried', async () => {
    const detail = detailOf(await page('?step=run%2Fasset'));
    expect(plain(detail)).toMatch(/Look it up.*Input.*host_id.*H17.*Output.*ann.*Attempts\s+.*1\. /s);
  });

  it('hides the values from those who may not read them, on every view', async () => {
    for (const view of ['?step=run%2Fasset', '?view=time', '?view=raw', '?view=graph']) {
      const text = await page(view, vic);
      expect(text, view).toMatch(/Look it up|asset/);
      expect(text, view).not.toMatch(/\bann\b|host_id&quot;: &quot;H17/);
    }
    expect(detailOf(await page('?step=run%2Fasset', vic))).toContain('[masked]');
  });

  it('of a step that is not there says so', async () => {
    const { status, text } = await kim.get(`/runs/${run.runId}?step=run%2Fnone`);
    expect(status).toBe(200);
    expect(text).toContain('This run has no such step');
    expect(text).toContain('Look it up');
  });

  it('reaches an item that is not among the shown ones', async () => {
    const { runId } = await seedLoopRun(owner, 5_000);
    const { text } = await kim.get(`/runs/${runId}?step=run%2Fsweep%5Bm150%5D%2Fisolate`);
    expect(detailOf(text)).toContain('run/sweep[m150]/isolate');
    for (const view of ['', '?view=time', '?view=raw']) {
      const { text: whole } = await kim.get(`/runs/${runId}${view}`);
      expect(whole.length, view).toBeLessThan(100_000);
    }
  });
});
