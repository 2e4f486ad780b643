import { beforeAll, expect, it } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* Ten seconds at night: how bad, how sure, how precious is the target, and what happens if nobody answers. */

const site = await startConsole();
let kim: Visitor;
let vic: Visitor;
let alertId = '';
let approvalId = '';

beforeAll(async () => {
  kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
  vic = await site.signIn('Vic', ['viewer']);
  ({ alertId, approvalId } = await seedWaitingRun(site.db.owner, { startedBy: 'trigger:xdr_alert' }));
});

async function alertSays(words: object): Promise<void> {
  await site.db.owner.query('update alerts set alert = $2 where id = $1', [alertId, JSON.stringify(words)]);
}

const headOf = (text: string) => text.slice(text.indexOf('<header><h1>'), text.indexOf('What happens'));

it('the head of a card says it before anything has to be scrolled', async () => {
  await alertSays({ confidence: 0.926, verdict: 'suspected' });
  const { text } = await kim.get(`/a/${approvalId}`);
  expect(headOf(text)).toMatch(/High<\/span> · confidence 0\.93 · suspected/);
  expect(headOf(text)).toMatch(/expires <time[^>]+>in [^<]+<\/time><\/strong>, silence is a no/);
  expect(text).toMatch(/criticality<\/span> <strong class="chip critical"><bdi class="data">high/);
  expect(text).toContain('started by its trigger <code>xdr_alert</code>');
  expect((await kim.get('/actions')).text).toContain('<span class="chip contain">contain</span>');
});

it('says nothing about what the source does not say, and nothing to those who may read no values', async () => {
  await alertSays({ verdict: 'unknown', url: '', description: '' });
  expect(headOf((await kim.get(`/a/${approvalId}`)).text)).toMatch(/High<\/span>\s*<\/p>/);
  await alertSays({ confidence: 0.5, description: 'secret words', url: 'https://edr.example/a' });
  for (const path of [`/a/${approvalId}`, `/alerts/${alertId}`]) {
    const { text } = await vic.get(path);
    expect(text, path).toContain('High');
    expect(text, path).not.toMatch(/confidence 0|secret words|edr\.example/);
  }
});

it('an alert says what its source says and leads there, if that is a web address', async () => {
  await alertSays({
    confidence: 0.5,
    description: 'Backups\nwere <b>stopped</b>',
    url: 'https://edr.example/a?b=1',
  });
  const { text } = await kim.get(`/alerts/${alertId}`);
  expect(text).toContain('confidence 0.50');
  expect(text).toContain('were &lt;b&gt;stopped&lt;/b&gt;');
  expect(text).toMatch(/<a href="https:\/\/edr\.example\/a\?b=1" rel="noreferrer noopener">.*edr\.example/);
  await alertSays({ url: 'javascript:alert(1)' });
  expect((await kim.get(`/alerts/${alertId}`)).text).not.toContain('href="javascript');
});

it('a list of runs says which of those that wait need a person', async () => {
  const waits = async (...kinds: string[]) => {
    await site.db.owner.query('update runs set waiting_for = $1', [
      JSON.stringify(kinds.map((kind) => ({ kind, step: 'run/isolate' }))),
    ]);
    return (await kim.get('/runs')).text;
  };
  expect(await waits('approval', 'task')).toMatch(
    /Waiting<\/span> <span class="small dim">for a person<\/span>/,
  );
  expect(await waits('wait')).toContain('for its time or a signal');
  expect(await waits('stop', 'inside')).toContain('held back, for what it began');
});

it('a block that has ended says when, and no more; a run without entries says so', async () => {
  const { runId } = await seedWaitingRun(site.db.owner);
  await site.db.owner.query(
    `insert into steps (tenant_id, run_id, path, position, kind, name, status, attempts, outputs, finished_at)
     values ('default', $1, 'run/both', 2, 'parallel', 'Both at once', 'succeeded', 0, '{}', clock_timestamp())`,
    [runId],
  );
  const { text } = await kim.get(`/runs/${runId}`);
  expect(text).toMatch(/Both at once<\/strong>[\s\S]*?<p class="small"><time/);
  expect(text).toContain('None in the log yet');
});
