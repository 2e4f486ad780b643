import { afterEach, describe, expect, test } from 'vitest';
import type { Refusal } from '../../api/http/use-cases.ts';
import { createFakeUseCases } from '../api/fake-use-cases.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole } from './start-console.ts';

/*
 * What a person sees when they decide. The engine behind is a fake that answers as the real one
 * would; its own rules are tested with it.
 */

const site = await startConsole();
const ann = await site.signIn('Ann', ['admin'], ['soc-tier2']);
const kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
const genuine = createFakeUseCases().decideApproval;

afterEach(() => {
  site.useCases.calls.length = 0;
  site.useCases.answer('decideApproval', async (caller, input) => {
    site.useCases.calls.push({ name: 'decideApproval', input: { ...input, channel: caller.channel } });
    return genuine(caller, input);
  });
});

const decided = () => site.useCases.calls.filter(({ name }) => name === 'decideApproval');
const refuse = (code: Refusal['code'], detail: string) =>
  site.useCases.answer('decideApproval', async () => ({ ok: false, code, detail }));

async function vote(approvalId: string, personId: string, decision: 'approve' | 'deny', state: string) {
  await site.db.owner.query(
    `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest, comment)
     select 'default', 'dec_' || id || $2::text, id, $2, $3, digest, 'I looked' from approvals where id = $1`,
    [approvalId, personId, decision],
  );
  await site.db.owner.query(
    `update approvals set state = $2, ended_at = case when $2 = 'pending' then null else clock_timestamp() end where id = $1`,
    [approvalId, state],
  );
}

/** What was asked cannot change, so a variant is asked again, as the engine would. */
async function askAgain(
  approvalId: string,
  change: { card?: object; approveBefore?: string },
): Promise<{ approvalId: string; digest: string }> {
  await site.db.owner.query(
    `update approvals set state = 'superseded', ended_at = clock_timestamp() where id = $1`,
    [approvalId],
  );
  const { rows } = await site.db.owner.query<{ id: string; digest: string }>(
    `insert into approvals (tenant_id, id, run_id, scope_path, step_path, ask_number, digest, plan, card, approvers,
       quorum, separate, require_comment, excluded, approve_before)
     select tenant_id, id || '_2', run_id, scope_path, step_path, 2, digest, plan, (card::jsonb || $2::jsonb)::json, approvers,
       quorum, separate, require_comment, excluded, coalesce($3::timestamptz, approve_before)
     from approvals where id = $1 returning id, digest`,
    [approvalId, JSON.stringify(change.card ?? {}), change.approveBefore ?? null],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the approval to ask again is not there');
  return { approvalId: row.id, digest: row.digest };
}

describe('the card', () => {
  test('says everything in the order of the design', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    const { text } = await ann.get(`/a/${approvalId}`);
    const names = [...text.matchAll(/<dt>([^<]+)<\/dt>/g)].map(([, name]) => name);
    expect(names.filter((name) => name !== 'comment')).toEqual([
      'What happens',
      'Target',
      'Way back',
      'Reach',
      'Arguments',
      'Evidence',
      'Say no if',
      'Asked by',
      'Needs',
      'Expires',
      'Digest',
    ]);
    for (const said of [
      'Isolate server DB-1?',
      'H17',
      'criticality',
      'secret words',
      'backup agent',
      digest,
      'ann, bo',
    ])
      expect(text).toContain(said);
  });

  test('has two buttons of the same kind, none of them pressed by Enter', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner);
    const { text } = await ann.get(`/a/${approvalId}`);
    const choice = /<div class="choice">([\s\S]*?)<\/div>/.exec(text)?.[1] ?? '';
    expect([...choice.matchAll(/<button (?!name=)/g)]).toEqual([]);
    expect([...choice.matchAll(/value="(\w+)"/g)].map(([, value]) => value)).toEqual(['deny', 'approve']);
    // Closed, and in no form: the command list is opened by its key and orders nothing.
    const page = text.replaceAll(/<dialog[\s\S]*?<\/dialog>/g, '');
    expect(page).not.toMatch(/<input(?![^>]*type="hidden")/);
    expect(text).not.toContain('autofocus');
  });

  test('shows hostile values as data', async () => {
    const title = '<script>alert(1)</script> ${{ inputs.x }} \u202egpj.exe "\'`';
    const { approvalId, alertId } = await seedWaitingRun(site.db.owner, { title });
    for (const path of [`/a/${approvalId}`, `/alerts/${alertId}`, '/', '/actions', '/runs', '/alerts']) {
      const { text } = await ann.get(path);
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; ${{ inputs.x }} ');
      expect(text).toContain('U+202E');
      expect(text).not.toContain('\u202e');
      expect(text).not.toContain('<script>');
    }
  });

  test('an evidence link leads only to web addresses', async () => {
    const first = await seedWaitingRun(site.db.owner);
    const evidence = [
      { label: 'Bad', link: 'javascript:alert(1)' },
      { label: 'Good', link: 'https://edr.example/a?b=1&c=2' },
    ];
    const { approvalId } = await askAgain(first.approvalId, { card: { evidence } });
    const { text } = await ann.get(`/a/${approvalId}`);
    expect(text).not.toContain('href="javascript:');
    expect(text).toContain('href="https://edr.example/a?b=1&amp;c=2" rel="noreferrer noopener"');
  });

  test('an argument that cannot be shown switches Approve off and leaves Deny', async () => {
    const first = await seedWaitingRun(site.db.owner);
    const unshowable = 'the comment is too long to show';
    const { approvalId, digest } = await askAgain(first.approvalId, { card: { unshowable } });
    const { text } = await ann.get(`/a/${approvalId}`);
    expect(text).toMatch(/<button[^>]*value="approve"[^>]*disabled/);
    expect(text).toContain('Cannot be approved: the comment is too long to show');
    const sent = await ann.post(`/a/${approvalId}/confirm`, { decision: 'approve', digest });
    expect(sent.status).toBe(409);
    expect(decided()).toEqual([]);
    expect(
      (await ann.post(`/a/${approvalId}/decisions`, { decision: 'deny', digest, comment: 'x' })).status,
    ).toBe(303);
  });

  test.each([
    ['is not asked', { approvers: ['group:other'] }, 'You cannot decide: It asks group:other.'],
    ['started the run', { excluded: [ann.person.id] }, 'You cannot decide: You started the run'],
  ])('somebody who %s reads why, where the buttons would be', async (_who, options, reason) => {
    const { approvalId } = await seedWaitingRun(site.db.owner, options);
    const { text } = await ann.get(`/a/${approvalId}`);
    expect(text).toContain(reason);
    expect(text).not.toContain('value="approve"');
  });

  test('a question whose time is over cannot be decided', async () => {
    const first = await seedWaitingRun(site.db.owner);
    const { approvalId } = await askAgain(first.approvalId, { approveBefore: '2026-01-01T00:00:00Z' });
    expect((await ann.get(`/a/${approvalId}`)).text).toContain('The time to decide is over');
  });
});

describe('approving', () => {
  test('takes two steps, hands on what was seen and answers with the card', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    const first = await ann.post(`/a/${approvalId}/confirm`, {
      decision: 'approve',
      digest,
      comment: 'a\r\nb',
    });
    expect(first.status).toBe(200);
    expect(first.text).toContain('Isolate server DB-1 now');
    expect(first.text).toContain('name="comment" value="a\nb"');
    expect(decided()).toEqual([]);
    const second = await ann.post(`/a/${approvalId}/decisions`, {
      decision: 'approve',
      digest,
      comment: 'a\nb',
      confirmed: 'yes',
    });
    expect([second.status, second.headers.get('location')]).toEqual([303, `/a/${approvalId}`]);
    expect(decided().map(({ input }) => input)).toContainEqual({
      approvalId,
      digest,
      decision: 'approve',
      comment: 'a\nb',
      channel: 'console',
    });
  });

  test('without the second step only asks for it', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    const shown = await ann.post(`/a/${approvalId}/decisions`, { decision: 'approve', digest });
    expect(shown.text).toContain('Isolate server DB-1 now');
    expect(decided()).toEqual([]);
  });

  test('afterwards shows who decided and what follows, and looks again while it is under way', async () => {
    const { approvalId, runId } = await seedWaitingRun(site.db.owner);
    await vote(approvalId, kim.person.id, 'approve', 'granted');
    await site.db.owner.query(
      `update steps set phase = 'confirming' where run_id = $1 and path = 'run/isolate'`,
      [runId],
    );
    const under = await ann.get(`/a/${approvalId}`);
    expect(under.text).toContain('waiting until it reports the effect');
    expect(under.text).toContain('<meta http-equiv="refresh" content="3">');
    expect(under.text).toContain('<strong>Kim</strong> approved');
    await site.db.owner.query(`update steps set status = 'succeeded', phase = null where run_id = $1`, [
      runId,
    ]);
    const done = await ann.get(`/a/${approvalId}`);
    expect(done.text).toContain('Done. ');
    expect(done.text).not.toContain('http-equiv="refresh"');
  });

  test('what cannot be taken back asks for the name, letter by letter', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
    const fields = { decision: 'approve', digest, confirmed: 'yes' };
    const wrong = await ann.post(`/a/${approvalId}/decisions`, { ...fields, typed: 'db-1' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('href="#typed"');
    expect(wrong.text).toContain('aria-invalid="true" aria-describedby="typed-error"');
    expect(decided()).toEqual([]);
    expect((await ann.post(`/a/${approvalId}/decisions`, { ...fields, typed: 'DB-1' })).status).toBe(303);
    expect(decided()).not.toEqual([]);
  });

  test('what cannot be taken back needs a fresh sign-in', async () => {
    const old = await site.signIn('Old', ['admin'], ['soc-tier2']);
    await site.db.owner.query(
      `update sessions set proved_at = proved_at - interval '6 min' where person_id = $1`,
      [old.person.id],
    );
    const { approvalId, digest } = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
    const fields = { decision: 'approve', digest, confirmed: 'yes', typed: 'DB-1' };
    const shown = await old.post(`/a/${approvalId}/decisions`, fields);
    expect(shown.status).toBe(403);
    expect(shown.text).toContain('sign-in of the last five minutes');
    expect(decided()).toEqual([]);
  });
});

describe('refusals', () => {
  const deny = (digest: string, comment = 'no') => ({ decision: 'deny', digest, comment });

  test('409 shows who decided before and is no alarm', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    await vote(approvalId, kim.person.id, 'deny', 'denied');
    refuse('approval/already-decided', 'It is denied.');
    const shown = await ann.post(`/a/${approvalId}/decisions`, deny(digest));
    expect(shown.status).toBe(409);
    expect(shown.text).toContain('It was denied before by Kim.');
    expect(shown.text).toContain('I looked');
    expect(shown.text).toContain('notice quiet');
    expect(shown.text).not.toContain('value="approve"');
  });

  test('412 says that the action changed and shows what would happen now', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    refuse('approval/digest-mismatch', 'the action is not the one you were shown');
    const shown = await ann.post(`/a/${approvalId}/decisions`, deny(`sha256:${'0'.repeat(64)}`));
    expect(shown.status).toBe(412);
    expect(shown.text).toContain('The action changed since you opened it.');
    expect(shown.text).toContain(`name="digest" value="${digest}"`);
  });

  test('412 comes before the second step when it is known by then', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner);
    const fields = { decision: 'approve', digest: `sha256:${'0'.repeat(64)}` };
    expect((await ann.post(`/a/${approvalId}/confirm`, fields)).status).toBe(412);
    expect(decided()).toEqual([]);
  });

  test('a stale approval reaches the use case, which writes the attempt down', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
    const stale = `sha256:${'0'.repeat(64)}`;
    await ann.post(`/a/${approvalId}/decisions`, { decision: 'approve', digest: stale, confirmed: 'yes' });
    expect(decided().map(({ input }) => (input as { digest: string }).digest)).toContain(stale);
  });

  test('403 says why', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    refuse('approval/separation', 'Whoever started the run may not decide about it.');
    const shown = await ann.post(`/a/${approvalId}/decisions`, deny(digest));
    expect(shown.status).toBe(403);
    expect(shown.text).toContain('Whoever started the run may not decide about it.');
  });

  test('a missing comment is named at the field and in a summary, and what was chosen stays', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    refuse('approval/comment-required', 'say why');
    const shown = await ann.post(`/a/${approvalId}/decisions`, deny(digest, ''));
    expect(shown.status).toBe(422);
    expect(shown.text).toMatch(/role="alert"[^>]*autofocus/);
    expect(shown.text).toContain('<a href="#comment">Say why you deny it.</a>');
    expect(shown.text).toContain('aria-describedby="comment-error"');
  });

  test('somebody without the right to decide reaches no use case', async () => {
    const viewer = await site.signIn('Vic', ['viewer'], ['soc-tier2']);
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    expect((await viewer.post(`/a/${approvalId}/decisions`, deny(digest))).status).toBe(403);
    expect(decided()).toEqual([]);
  });

  test.each([{}, { decision: 'maybe', digest: 'x' }, { decision: 'deny' }])(
    'a form that does not say what (%j) decides nothing',
    async (fields) => {
      const { approvalId } = await seedWaitingRun(site.db.owner);
      const shown = await ann.post(`/a/${approvalId}/decisions`, fields as Record<string, string>);
      expect([400, 428]).toContain(shown.status);
      expect(decided()).toEqual([]);
    },
  );
});

describe('around it', () => {
  test('home lists what waits for me and not what waits for others', async () => {
    const mine = await seedWaitingRun(site.db.owner, { approvers: [`user:${kim.person.id}`] });
    expect((await kim.get('/actions?mine=1')).text).toContain(`/a/${mine.approvalId}"`);
    expect((await ann.get('/actions?mine=1')).text).not.toContain(`/a/${mine.approvalId}"`);
    expect((await ann.get('/actions')).text).toContain('Only mine');
  });

  test('an emergency stop is on every page with who and why', async () => {
    await site.db.owner.query(
      `insert into stops (tenant_id, scope, subject, active, set_by, set_at, reason)
       values ('default', 'everything', '*', true, $1, clock_timestamp(), 'wrong hosts')
       on conflict (tenant_id, scope, subject) do update set active = true, set_by = excluded.set_by,
         set_at = excluded.set_at, reason = excluded.reason`,
      [kim.person.id],
    );
    for (const path of ['/', '/actions', '/audit']) {
      const { text } = await ann.get(path);
      expect(text).toContain('Emergency stop');
      expect(text).toContain('Set by Kim');
      expect(text).toContain('wrong hosts');
      expect(text).toContain('Emergency stop: nothing is contained or eradicated.');
      expect(text).toContain('What was done can still be taken back.');
    }
    await site.db.owner.query(
      `update stops set active = false; insert into stops (tenant_id, scope, subject, active) values ('default', 'system', 'edr', true)
       on conflict (tenant_id, scope, subject) do update set active = true`,
    );
    expect((await ann.get('/')).text).toContain('nothing is contained or eradicated through the system edr.');
    await site.db.owner.query('update stops set active = false', []);
  });

  test('of a step that ended after an attempt nobody claims that nothing was done', async () => {
    const { approvalId, runId } = await seedWaitingRun(site.db.owner);
    await vote(approvalId, kim.person.id, 'approve', 'granted');
    const endAfter = async (attempts: number) => {
      await site.db.owner.query(
        `update steps set status = 'cancelled', phase = null, attempts = $2 where run_id = $1 and path = 'run/isolate'`,
        [runId, attempts],
      );
      return (await ann.get(`/a/${approvalId}`)).text;
    };
    expect(await endAfter(0)).toContain('Nothing was done.');
    const tried = await endAfter(1);
    expect(tried).not.toContain('Nothing was done.');
    expect(tried).toContain('It ended after 1 attempt. Read the run for what came of it.');
    expect(await endAfter(2)).toContain('It ended after 2 attempts.');
  });

  test('a run that has not begun is not said to have started', async () => {
    const { runId } = await seedWaitingRun(site.db.owner);
    await site.db.owner.query(`update runs set state = 'queued', started_at = null where id = $1`, [runId]);
    const waiting = (await ann.get(`/runs/${runId}`)).text;
    expect(waiting).toContain('<dt>Created</dt>');
    expect(waiting).not.toContain('<dt>Started</dt>');
    await site.db.owner.query(`update runs set state = 'running', started_at = now() where id = $1`, [runId]);
    expect((await ann.get(`/runs/${runId}`)).text).toContain('<dt>Started</dt>');
  });

  test('runs can be narrowed to those that are or were taken back', async () => {
    const { runId } = await seedWaitingRun(site.db.owner);
    for (const state of ['undoing', 'undone', 'undo-incomplete']) {
      await site.db.owner.query('update runs set state = $2 where id = $1', [runId, state]);
      const { text } = await ann.get(`/runs?status=${state}`);
      expect(text).toContain(`<option value="${state}" selected>`);
      expect([...text.matchAll(/href="\/runs\/(run_[^"]+)"/g)].map(([, id]) => id)).toEqual([runId]);
    }
  });

  test('a question that was replaced leads to the newer one', async () => {
    const first = await seedWaitingRun(site.db.owner);
    const { approvalId, digest } = await askAgain(first.approvalId, {});
    expect((await ann.get(`/a/${first.approvalId}`)).text).toContain(
      `href="/a/${approvalId}">the newer question`,
    );
    refuse('approval/superseded', 'A newer question replaced it.');
    const shown = await ann.post(`/a/${first.approvalId}/decisions`, {
      decision: 'deny',
      digest,
      comment: 'no',
    });
    expect(shown.status).toBe(409);
    expect(shown.text).toContain('A newer question replaced this one.');
  });

  test('more than ten targets ask for their number', async () => {
    const first = await seedWaitingRun(site.db.owner);
    const targets = Array.from({ length: 11 }, (_, n) => ({ kind: 'host', id: `H${n}`, name: null }));
    const { approvalId, digest } = await askAgain(first.approvalId, { card: { targets } });
    const fields = { decision: 'approve', digest, confirmed: 'yes' };
    expect((await ann.post(`/a/${approvalId}/decisions`, { ...fields, typed: '10' })).status).toBe(422);
    expect(decided()).toEqual([]);
    expect((await ann.post(`/a/${approvalId}/decisions`, { ...fields, typed: '11' })).status).toBe(303);
  });

  test('history tells an order that was only taken from an effect that was confirmed', async () => {
    const { runId } = await seedWaitingRun(site.db.owner);
    await site.db.owner.query(
      `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
         action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, state,
         intent_entry_id, outcome)
       select tenant_id, id || '_2', run_id, scope_path, 'run/isolate', 'perform', 1, action_key || '_2', 'edr.isolate-host',
         action_version, 'contain', 'edr', connection, arguments, target_kind, target_id, priority, timeout_ms, 'done',
         'ent_2', '{"kind":"accepted"}' from attempts where run_id = $1`,
      [runId],
    );
    const step = (status: string, phase: string | null) =>
      site.db.owner.query(
        `update steps set status = $2, phase = $3 where run_id = $1 and path = 'run/isolate'`,
        [runId, status, phase],
      );
    const rowOf = async () =>
      (await ann.get('/actions?tab=history')).text.split('<tr').find((row) => row.includes(runId)) ?? '';
    await step('active', 'confirming');
    expect(await rowOf()).toContain('Waiting for confirmation');
    await step('succeeded', null);
    expect(await rowOf()).toContain('Succeeded');
  });

  test('history names who decided, however many other questions of the run were decided since', async () => {
    const { runId, approvalId } = await seedWaitingRun(site.db.owner);
    await vote(approvalId, kim.person.id, 'approve', 'granted');
    await site.db.owner.query(
      `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
         action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, state,
         intent_entry_id, outcome)
       select tenant_id, id || '_3', run_id, scope_path, 'run/isolate', 'perform', 1, action_key || '_3', 'edr.isolate-host',
         action_version, 'contain', 'edr', connection, arguments, target_kind, target_id, priority, timeout_ms, 'done',
         'ent_3', '{"kind":"succeeded","outputs":{}}' from attempts where run_id = $1`,
      [runId],
    );
    await site.db.owner.query(
      `insert into approvals (tenant_id, id, run_id, scope_path, step_path, ask_number, digest, plan, card, approvers, quorum,
         separate, require_comment, excluded, requested_at, approve_before, state, ended_at)
       select tenant_id, id || '_' || n, run_id, scope_path, 'run/other' || n, 1, digest, plan, card, approvers, quorum, separate,
         require_comment, excluded, requested_at + interval '1 second', approve_before, 'granted', clock_timestamp()
       from approvals, generate_series(1, 201) n where id = $1`,
      [approvalId],
    );
    const { text } = await ann.get('/actions?tab=history');
    expect(text.split('<tr').find((row) => row.includes(runId))).toContain('Kim');
  });

  test('of what a gate covered, history names who said yes at the gate, and the run leads to that question', async () => {
    const { runId, approvalId } = await seedWaitingRun(site.db.owner);
    await vote(approvalId, kim.person.id, 'approve', 'granted');
    await site.db.owner.query(
      `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
         action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, state,
         intent_entry_id, outcome)
       select tenant_id, id || '_4', run_id, scope_path, 'run/behind', 'perform', 1, action_key || '_4', 'edr.isolate-host',
         action_version, 'contain', 'edr', connection, arguments, target_kind, target_id, priority, timeout_ms, 'done',
         'ent_4', '{"kind":"succeeded","outputs":{}}' from attempts where run_id = $1`,
      [runId],
    );
    const approval = { outcome: 'granted', by: [kim.person.id], comment: '', decidedAt: null, approvalId };
    await site.db.owner.query(
      `insert into steps (tenant_id, run_id, path, position, kind, name, action, status, attempts, outputs, approval)
       values ('default', $1, 'run/behind', 2, 'action', 'Behind it', 'edr.isolate-host', 'succeeded', 1, '{}', $2)`,
      [runId, JSON.stringify(approval)],
    );
    const { text } = await ann.get('/actions?tab=history');
    expect(text.split('<tr').find((row) => row.includes(runId))).toContain('Kim');
    const behind = (await ann.get(`/runs/${runId}`)).text.split('Behind it')[1];
    expect(behind?.split('</li>')[0]).toContain(`href="/a/${approvalId}"`);
  });

  test('verifying shows what was found', async () => {
    site.useCases.answer('verifyAudit', async () => ({
      ok: false,
      log: 'log',
      size: 3,
      root: 'ab12',
      keys: ['a+b+c'],
      checkpoint: null,
      pending: 0,
      orders: { done: 0, unsigned: 0 },
      problems: [{ code: 'audit/integrity', index: 2, detail: 'the leaf does not fit' }],
    }));
    const { status, text } = await ann.post('/audit/verify');
    expect(status).toBe(200);
    expect(text).toContain('The log does not hold together');
    expect(text).toContain('the leaf does not fit');
    expect(text).toContain('a+b+c');
  });
});

describe('what happened before', () => {
  test('a yes after one that was taken back says which it is, so that the first is not taken for it', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    await vote(approvalId, kim.person.id, 'approve', 'pending');
    await site.db.owner.query(
      `insert into withdrawals (tenant_id, decision_id, approval_id, person_id)
       select tenant_id, id, approval_id, person_id from decisions where approval_id = $1`,
      [approvalId],
    );
    const { text } = await kim.get(`/a/${approvalId}`);
    expect(text).toContain('name="round" value="1"');
    expect((await ann.get(`/a/${approvalId}`)).text).toContain('name="round" value="0"');
    const form = { decision: 'approve', digest, comment: '', confirmed: 'yes' };
    await kim.post(`/a/${approvalId}/decisions`, { ...form, round: '1' });
    expect(decided()).toMatchObject([{ input: { approvalId, round: 1 } }]);
    expect((await kim.post(`/a/${approvalId}/decisions`, { ...form, round: '-1' })).status).toBe(400);
    expect(decided()).toHaveLength(1);
  });

  test('while everything is paused the card says that its time stands still, and nobody is told it is over', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner);
    await site.db.owner.query(
      `update pauses set active = true, set_by = 'Bo', set_at = now(), reason = 'moving house'`,
    );
    const paused = (await kim.get(`/a/${approvalId}`)).text;
    expect(paused).toContain('time stands still in the pause');
    expect(paused).not.toMatch(/expires <time/i);
    expect((await kim.get('/actions')).text).toContain('time stands still in the pause');
    await site.db.owner.query('update pauses set active = false');
    expect((await kim.get(`/a/${approvalId}`)).text).toContain('expires <time');
  });
});
