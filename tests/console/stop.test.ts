import { beforeEach, expect, it } from 'vitest';
import { startConsole } from './start-console.ts';

/* At night there may be no terminal: the stop is pulled on the pages, by one, and lifted by two. */

const site = await startConsole();
const ops = await site.signIn('Ops', ['operator']);
const res = await site.signIn('Res', ['responder']);
const vic = await site.signIn('Vic', ['viewer']);
beforeEach(() => site.useCases.calls.splice(0));

async function stopped(
  scope: string,
  subject: string,
  clearRequestedBy: string | null = null,
): Promise<void> {
  await site.db.owner.query(
    `insert into stops (tenant_id, scope, subject, active, set_by, set_at, reason, clear_requested_by)
     values ('default', $1, $2, true, $3, clock_timestamp(), 'wrong <hosts>', $4)
     on conflict (tenant_id, scope, subject) do update set active = true, set_by = $3, reason = 'wrong <hosts>',
       clear_requested_by = $4`,
    [scope, subject, res.person.id, clearRequestedBy],
  );
}

it('one person pulls it, with a reason, if their role may', async () => {
  expect((await vic.get('/settings')).text).toContain('Your roles cannot pull it.');
  expect((await vic.post('/settings/stop', { reason: 'x' })).status).toBe(403);
  const unsaid = await res.post('/settings/stop', { reason: ' ' });
  expect(unsaid.status).toBe(422);
  expect(unsaid.text).toContain('id="stop-reason-error" role="alert">Say why it is stopped.');
  expect(site.useCases.calls).toEqual([]);
  expect((await res.post('/settings/stop', { reason: 'runs wild' })).headers.get('location')).toBe(
    '/settings',
  );
  expect(site.useCases.calls).toEqual([
    { name: 'setStop', input: { scope: 'everything', subject: '*', reason: 'runs wild' } },
  ]);
});

it('what is stopped is lifted from the page that every page leads to', async () => {
  await stopped('everything', '*');
  await stopped('system', 'edr', res.person.id);
  const bar = (await ops.get('/runs')).text;
  expect(bar).toContain('Clearing takes two people: <a href="/settings">Settings</a>');
  const { text } = await ops.get('/settings');
  expect(text).toContain('Everything is stopped');
  expect(text).toContain('wrong &lt;hosts&gt;');
  expect(text).toContain('Ask to lift the stop</button>');
  expect(text).toMatch(
    /The system edr is stopped[\s\S]*Res asked to lift it; a second person has to agree within an hour of that\.[\s\S]*Lift the stop<\/button>/,
  );
  // Everything is: there is nothing left to stop.
  expect(text).not.toContain('action="/settings/stop"');
  const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(ids).toEqual([...new Set(ids)]);
  expect((await res.get('/settings')).text).toContain('Your roles cannot lift it.');
  expect(
    (
      await res.post('/settings/stop/clear', {
        scope: 'system',
        subject: 'edr',
        generation: '0',
        reason: 'x',
      })
    ).status,
  ).toBe(403);

  expect(
    (await ops.post('/settings/stop/clear', { scope: 'system', subject: 'edr', generation: '0', reason: '' }))
      .status,
  ).toBe(422);
  const gone = { scope: 'playbook', subject: 'none', generation: '0', reason: 'x' };
  expect((await ops.post('/settings/stop/clear', gone)).headers.get('location')).toBe('/settings');
  const unnamed = { scope: 'system', subject: 'edr', reason: 'x' };
  expect((await ops.post('/settings/stop/clear', unnamed)).status).toBe(428);
  expect(site.useCases.calls).toEqual([]);
  await ops.post('/settings/stop/clear', {
    scope: 'system',
    subject: 'edr',
    generation: '0',
    reason: 'looked at',
  });
  expect(site.useCases.calls).toEqual([
    { name: 'clearStop', input: { scope: 'system', subject: 'edr', reason: 'looked at', generation: 0 } },
  ]);
});

it('a refusal is said, and what was written is not lost', async () => {
  await site.db.owner.query('update stops set active = false');
  const no = async () => ({ ok: false, code: 'auth/forbidden', detail: 'not you' }) as const;
  site.useCases.answer('setStop', no);
  const refused = await res.post('/settings/stop', { reason: 'runs wild' });
  expect(refused.status).toBe(403);
  expect(refused.text).toMatch(/not you[\s\S]*runs wild<\/textarea>/);
  site.useCases.answer('clearStop', no);
  await stopped('everything', '*');
  const kept = await ops.post('/settings/stop/clear', {
    scope: 'everything',
    subject: '*',
    generation: '0',
    reason: 'x',
  });
  expect(kept.status).toBe(403);
  expect(kept.text).toContain('Nothing was changed: not you.');
});
