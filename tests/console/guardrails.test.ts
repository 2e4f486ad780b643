import { expect, test } from 'vitest';
import { startConsole } from './start-console.ts';

/* Settings: what no run may do, by whose word, and what is proposed; the pause. */

const site = await startConsole();
const { owner } = site.db;
const ada = await site.signIn('Ada Author', ['operator']);
const cy = await site.signIn('Cy Second', ['operator']);
const viewer = await site.signIn('Vi', ['viewer']);

const digest = `sha256:${'c'.repeat(64)}`;
const before = `kind: guardrails/v1\nlimits:\n  - { id: hosts, classes: [contain], target_kind: host, targets: 20, per: 1h, on_exceed: ask }\n`;
const limit = {
  id: 'hosts',
  classes: ['contain'],
  targetKind: 'host',
  size: { targets: 20 },
  perMs: 3_600_000,
  onExceed: 'ask',
  reason: 'A <wave>',
  terms: null,
};

test('says that nothing is in force, and where to begin', async () => {
  expect((await viewer.get('/settings/guardrails')).text).toContain('only playbooks say what may be done');
  expect((await viewer.get('/settings')).text).toContain('/settings/guardrails');
});

test('shows who put it in force, what is spent, and the difference to what is proposed', async () => {
  const insert = `insert into guardrails_versions (tenant_id, version, digest, source, guardrails, proposed_by, in_force_at)
    values ('default', $1, $2, $3, $4, $5, case when $1 = 1 then now() end)`;
  const compiled = JSON.stringify({ rules: [], limits: [limit], modeCeiling: 'enforce' });
  await owner.query(insert, [1, `sha256:${'a'.repeat(64)}`, before, compiled, ada.person.id]);
  const after = `${before.replace('20', '30')}# </pre><script>alert(1)</script>\n`;
  await owner.query(insert, [2, digest, after, compiled, ada.person.id]);
  await owner.query(`update guardrails_in_force set version = 1, proposal = 2`);
  const { text } = await cy.get('/settings/guardrails');
  expect(text).toContain('Ada Author');
  expect(text).toContain('0 of 20');
  expect(text).toMatch(/-\s*- \{ id: hosts, .*targets: 20/);
  expect(text).toMatch(/\+\s*- \{ id: hosts, .*targets: 30/);
  expect(text).not.toMatch(/<script>|<wave>/);
  expect(text).toContain('Put exactly this in force');
});

test('whoever proposed it can only withdraw it, and a viewer neither', async () => {
  const own = (await ada.get('/settings/guardrails')).text;
  expect(own).toContain('somebody else has to confirm it');
  expect(own).toContain('Withdraw it');
  expect(own).not.toContain('Put exactly this in force');
  const seen = (await viewer.get('/settings/guardrails')).text;
  expect(seen).toContain('Your roles cannot confirm or reject it');
  expect((await viewer.post('/settings/guardrails/confirm', { digest })).status).toBe(403);
});

test('confirming and rejecting name the digest that was shown', async () => {
  site.useCases.calls.length = 0;
  site.useCases.answer('confirmGuardrails', async () => ({
    ok: false,
    code: 'approval/digest-mismatch',
    detail: 'another file is proposed',
    diagnostics: [],
  }));
  expect((await cy.post('/settings/guardrails/confirm', {})).status).toBe(428);
  const refused = await cy.post('/settings/guardrails/confirm', { digest });
  expect(refused.status).toBe(412);
  expect(refused.text).toContain('another file is proposed');
  expect((await cy.post('/settings/guardrails/drop', { digest, reason: ' ' })).status).toBe(422);
  expect((await cy.post('/settings/guardrails/drop', { digest, reason: 'too loose' })).status).toBe(303);
  expect(site.useCases.calls.at(-1)).toEqual({
    name: 'dropGuardrails',
    input: { digest, reason: 'too loose' },
  });
});

test('the pause takes a reason, is said on every page, and is lifted from the same page', async () => {
  expect((await cy.post('/settings/pause', { reason: '' })).status).toBe(422);
  expect((await viewer.post('/settings/pause', { reason: 'x' })).status).toBe(403);
  expect((await cy.post('/settings/pause', { reason: 'moving house' })).status).toBe(303);
  expect(site.useCases.calls.at(-1)).toEqual({ name: 'setPause', input: { reason: 'moving house' } });
  await owner.query(
    `update pauses set active = true, generation = 3, set_by = $1, set_at = now(), reason = 'moving <house>',
       lift_asked_by = $1`,
    [ada.person.id],
  );
  const { text } = await cy.get('/runs');
  expect(text).toContain('Everything is paused.');
  expect(text).not.toContain('<house>');
  expect(text).toContain('Ada Author asked to lift it');
  expect((await cy.get('/settings')).text).toMatch(/name="generation" value="3"[\s\S]*Lift it/);
  const own = (await ada.get('/settings')).text;
  expect(own).toContain('You asked to lift it; a second person has to agree within an hour of that.');
  expect(own).not.toContain('/settings/pause/lift');
  expect((await cy.post('/settings/pause/lift', { reason: 'done' })).status).toBe(428);
  expect((await cy.post('/settings/pause/lift', { reason: 'done', generation: '3' })).status).toBe(303);
  expect(site.useCases.calls.at(-1)).toEqual({ name: 'liftPause', input: { reason: 'done', generation: 3 } });
});
