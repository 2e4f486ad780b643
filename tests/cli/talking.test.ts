import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { seedEntry, seedGlass, seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const ops = (await api.person('ops', ['operator'])).token;
const boss = (await api.person('boss', ['admin'])).token;
const viewer = (await api.person('vic', ['viewer'])).token;
const folder = await mkdtemp(join(tmpdir(), 'riposte-cli-'));
afterAll(() => rm(folder, { recursive: true }));

const hostile = 'Ransom\u001b[2J\u001b]0;pwned\u0007\u009b31m on \u202eDB-1\nTARGET  a test machine';
const seeded = await seedWaitingRun(api.db.owner, { title: hostile });
await seedEntry(api.db.owner, 0, { type: 'run.started', actor: { id: 'isolate-host' } });

const as = (token: string) => ({ RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token });
beforeEach(() => api.useCases.calls.splice(0));

describe('lists', () => {
  test('are tables for people and the answer itself with --json', async () => {
    const table = await riposte(['runs'], as(ops));
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/^RUN +STATE +STARTED/);
    expect(table.stdout).toContain(seeded.runId);
    const json = await riposte(['runs', '--json', '--status', 'waiting'], as(ops));
    expect(JSON.parse(json.stdout).items[0].id).toBe(seeded.runId);
  });

  test('show what an attacker wrote without letting it drive the terminal', async () => {
    for (const args of [
      ['alerts', 'list'],
      ['runs'],
      ['approvals', seeded.approvalId],
      ['runs', seeded.runId],
    ]) {
      const { stdout, code } = await riposte(args, as(ops));
      expect(code).toBe(0);
      expect(stdout).toContain('Ransom');
      expect(stdout).not.toMatch(/\p{Bidi_Control}|(?![\t\n])\p{Cc}/u);
      expect(stdout).not.toMatch(/^TARGET +a test machine/m);
      const json = await riposte([...args, '--json'], as(ops));
      expect(json.stdout).not.toMatch(/\p{Bidi_Control}|(?![\t\n])\p{Cc}/u);
      expect(JSON.stringify(JSON.parse(json.stdout))).toContain(JSON.stringify(hostile).slice(1, -1));
    }
  });

  test('every one answers', async () => {
    for (const args of [['actions'], ['playbooks'], ['audit', 'entries'], ['alerts']]) {
      expect(await riposte(args, as(ops))).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

describe('sending alerts', () => {
  test('takes one, a list, or a Graph answer, from files or stdin', async () => {
    const one = join(folder, 'one.json');
    const graph = join(folder, 'graph.json');
    await writeFile(one, JSON.stringify({ title: 'one' }));
    await writeFile(graph, JSON.stringify({ value: [{ id: 'g1' }, { id: 'g2' }] }));
    const sent = await riposte(['alerts', 'send', one, graph, '--source', 'edr'], as(ops));
    expect(sent.code).toBe(0);
    expect(sent.stdout.trim().split('\n')).toHaveLength(3);
    await riposte(['alerts', 'send', '-'], as(ops), JSON.stringify({ title: 'piped' }));
    expect(api.useCases.calls.map((call) => call.input)).toEqual([
      { source: 'edr', body: { title: 'one' } },
      { source: 'edr', body: { id: 'g1' } },
      { source: 'edr', body: { id: 'g2' } },
      { source: 'api', body: { title: 'piped' } },
    ]);
  });
});

describe('deciding', () => {
  test('without a terminal needs --yes, and nothing is asked of the server before', async () => {
    const { code, stderr, stdout } = await riposte(['approve', seeded.approvalId], as(ops));
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(stdout).toBe('');
  });

  test('shows the card and sends the digest of that card', async () => {
    const decided = await riposte(['deny', seeded.approvalId, '--yes', '--comment', 'backup agent'], as(ops));
    expect(decided.code).toBe(0);
    expect(decided.stdout).toContain('Isolate server DB-1?');
    expect(decided.stdout).toContain('backup agent');
    expect(decided.stdout).toContain(seeded.digest);
    expect(decided.stdout).toContain('denied');
    expect(api.useCases.calls).toEqual([
      {
        name: 'viewedApproval',
        input: { approvalId: seeded.approvalId, version: expect.any(String) },
      },
      {
        name: 'decideApproval',
        input: {
          approvalId: seeded.approvalId,
          decision: 'deny',
          digest: seeded.digest,
          comment: 'backup agent',
        },
      },
    ]);
  });

  test('several are shown one after the other and sent together, with an answer for each', async () => {
    const other = await seedWaitingRun(api.db.owner);
    const before = api.useCases.decideApproval;
    api.useCases.answer('decideApproval', async (caller, input) =>
      input.approvalId === other.approvalId
        ? { ok: false, code: 'approval/already-decided', detail: 'it ended as denied' }
        : before(caller, input),
    );
    const decided = await riposte(['approve', seeded.approvalId, other.approvalId, '--yes'], as(ops));
    api.useCases.answer('decideApproval', before);
    expect(decided.code).toBe(1);
    expect(decided.stdout).toContain(seeded.digest);
    expect(decided.stdout).toContain(other.digest);
    expect(decided.stdout).toContain(`${seeded.approvalId}  granted`);
    expect(decided.stdout).toContain(`${other.approvalId}  not counted: it ended as denied`);
    expect(decided.stderr).toContain('1 of 2 did not count.');
  });

  test('an argument is changed with the digest of the card, as the kind of value that it takes', async () => {
    const editable = [
      { name: 'scope', schema: { enum: ['full', 'selective'] } },
      { name: 'hours', schema: { type: 'integer' } },
    ];
    const asked = await seedWaitingRun(api.db.owner, { editable });
    const card = await riposte(['approvals', asked.approvalId], as(ops));
    expect(card.stdout).toMatch(/MAY CHANGE +scope: full \| selective\n +hours/);
    const genuine = api.useCases.editApproval;
    api.useCases.answer('editApproval', async (caller, input) => {
      await genuine(caller, input);
      return { ok: true, next: null };
    });
    const set = ['--set', 'scope=selective', '--set', 'hours=4', '--comment', 'a=b'];
    const edited = await riposte(['approvals', 'edit', asked.approvalId, ...set], as(ops));
    api.useCases.answer('editApproval', genuine);
    expect(edited).toMatchObject({ code: 0, stdout: `${asked.approvalId}  superseded\n` });
    expect(edited.stderr).toContain('Nothing is asked for now');
    expect(api.useCases.calls.map((call) => call.input)).toEqual([
      {
        approvalId: asked.approvalId,
        values: { scope: 'selective', hours: 4 },
        digest: asked.digest,
        comment: 'a=b',
      },
    ]);
  });

  test.each([
    ['no value', ['scope'], 'name=value'],
    ['a word where a number is wanted', ['hours=four'], 'takes JSON of type integer'],
  ])('a change with %s is wrong usage', async (_what, set, said) => {
    const editable = [{ name: 'hours', schema: { type: 'integer' } }];
    const asked = await seedWaitingRun(api.db.owner, { editable });
    const edited = await riposte(['approvals', 'edit', asked.approvalId, '--set', ...set], as(ops));
    expect(edited.code).toBe(2);
    expect(edited.stderr).toContain(said);
    expect(api.useCases.calls).toEqual([]);
  });

  test('a yes is taken back with a word why', async () => {
    const back = await riposte(['approvals', 'withdraw', seeded.approvalId, '--comment', 'no'], as(ops));
    expect(back).toMatchObject({ code: 0, stdout: `${seeded.approvalId}  pending\n` });
    expect(back.stderr).toContain('0 of 2');
    const input = { approvalId: seeded.approvalId, comment: 'no' };
    expect(api.useCases.calls).toEqual([{ name: 'withdrawApproval', input }]);
  });

  test('what somebody decided alone is listed, shown on its card, and reviewed', async () => {
    const gil = await api.person('gil', ['break-glass']);
    const asked = await seedWaitingRun(api.db.owner);
    await seedGlass(
      api.db.owner,
      asked.approvalId,
      gil.person.id,
      'Nobody\u001b[31m of soc answers the phone',
    );
    const listed = await riposte(['approvals', 'break-glass', '--unreviewed'], as(ops));
    expect(listed.stdout).toContain(asked.approvalId);
    expect(listed.stdout).toContain('not reviewed');
    expect(listed.stdout).not.toContain('\u001b[31m');
    const card = await riposte(['approvals', asked.approvalId], as(ops));
    expect(card.stdout).toMatch(/gil decided alone.*answers the phone \(not reviewed yet\)/);
    const review = (finding: string) =>
      riposte(['approvals', 'review', asked.approvalId, '--finding', finding, '--comment', 'seen'], as(ops));
    expect((await review('fine')).code).toBe(2);
    expect(await review('justified')).toMatchObject({ code: 0, stdout: `${asked.approvalId}  justified\n` });
  });

  test('more time is had until the moment that the server says', async () => {
    const extended = await riposte(['approvals', 'extend', seeded.approvalId], as(ops));
    expect(extended).toMatchObject({
      code: 0,
      stdout: `${seeded.approvalId}  until 2026-01-02T03:04:05.678Z\n`,
    });
  });

  test("a changed question leaves the server's words, advice and exit code 1", async () => {
    const before = api.useCases.decideApproval;
    const detail = 'What would happen has changed \u001b[31msince.';
    api.useCases.answer('decideApproval', async () => ({
      ok: false,
      code: 'approval/digest-mismatch',
      detail,
    }));
    const { code, stderr } = await riposte(['approve', seeded.approvalId, '--yes'], as(ops));
    api.useCases.answer('decideApproval', before);
    expect(code).toBe(1);
    expect(stderr).toContain('approval/digest-mismatch');
    expect(stderr).toContain('read what changed');
    expect(stderr).not.toContain('\u001b');
  });
});

describe('operating', () => {
  test('stop and resume say what they did', async () => {
    const stopped = await riposte(['stop', '--reason', 'odd', '--system', 'edr'], as(ops));
    expect(stopped).toMatchObject({
      code: 0,
      stdout:
        'Stopped: system edr. Nothing is contained or eradicated any more; releases, looks and messages go on.\n',
    });
    expect(stopped.stderr).toContain('riposte resume --system edr --generation 1');
    const resumed = await riposte(['resume', '--generation', '1', '--reason', 'fine'], as(ops));
    expect(resumed.stdout).toContain('second person');
    expect(await riposte(['stop'], as(ops))).toMatchObject({ code: 2 });
  });

  test('what is lifted was seen: without its number it is said and nothing is sent', async () => {
    const lift = ['resume', '--reason', 'fine'];
    expect(await riposte(lift, as(ops))).toMatchObject({ code: 1 });
    expect(await riposte(['pause', 'lift', '--reason', 'fine'], as(ops))).toMatchObject({ code: 1 });
    const { owner } = api.db;
    await owner.query(
      `insert into stops (tenant_id, scope, subject, active, generation, set_by, set_at, reason)
       values ('default', 'everything', '*', true, 7, 'kim', clock_timestamp(), 'odd')
       on conflict (tenant_id, scope, subject) do update set active = true, generation = 7, set_by = 'kim',
         set_at = clock_timestamp(), reason = 'odd'`,
    );
    await owner.query(
      `insert into pauses (tenant_id, active, generation, set_by, set_at, reason)
       values ('default', true, 5, 'kim', clock_timestamp(), 'moved')
       on conflict (tenant_id) do update set active = true, generation = 5, set_by = 'kim',
         set_at = clock_timestamp(), reason = 'moved'`,
    );
    const unsaid = await riposte(lift, as(ops));
    const unsaidPause = await riposte(['pause', 'lift', '--reason', 'fine'], as(ops));
    expect([unsaid.code, unsaidPause.code]).toEqual([2, 2]);
    expect(unsaid.stderr).toMatch(/odd\nNothing was changed[\s\S]*riposte resume --generation 7/);
    expect(unsaidPause.stderr).toMatch(/moved\nNothing was changed[\s\S]*pause lift --generation 5/);
    expect(await riposte([...lift, '--generation', '0'], as(ops))).toMatchObject({ code: 2 });
    expect(api.useCases.calls).toEqual([]);
    await riposte(['pause', 'lift', '--reason', 'fine', '--generation', '5'], as(ops));
    expect(api.useCases.calls).toEqual([{ name: 'liftPause', input: { reason: 'fine', generation: 5 } }]);
    await owner.query('update stops set active = false');
    await owner.query('update pauses set active = false');
  });

  test('a log that does not hold is exit code 1', async () => {
    // Whoever owns the database can have signed all of it anew, so the key is there to compare.
    expect(await riposte(['audit', 'verify'], as(ops))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('a+b+c'),
      stderr: expect.stringContaining('Compare it with the one you were given'),
    });
    api.useCases.answer('verifyAudit', async () => ({
      ok: false,
      log: 'log',
      size: 3,
      root: 'ab',
      keys: ['a+b+c'],
      checkpoint: null,
      pending: 0,
      orders: { done: 0, unsigned: 0 },
      problems: [{ code: 'audit/integrity', index: 2, detail: 'leaf differs' }],
    }));
    const bad = await riposte(['audit', 'verify'], as(ops));
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain('audit/integrity at 2: leaf differs');
  });

  test('a token and a person are created, the secret alone on stdout', async () => {
    const token = await riposte(
      ['token', 'create', 'ci', '--service', '--role', 'analyst', '--days', '1'],
      as(ops),
    );
    expect(token.stdout).toMatch(/^rip_[\w-]{43}\n$/);
    const person = await riposte(
      ['people', 'add', 'Kim', '--role', 'approver', '--group', 'soc-tier2'],
      as(boss),
    );
    expect(person.stdout).toMatch(/^http:\/\/127\.0\.0\.1\/sign-in\/[\w-]{43}\n$/);
  });

  test('somebody who is there already is found, and let in again by an administrator alone', async () => {
    const jo = await riposte(
      ['people', 'add', 'Jo Late', '--role', 'approver', '--email', 'jo@example.org'],
      as(ops),
    );
    const id = jo.stdout.trim();
    expect(jo.stderr).toContain(`riposte people link ${id}`);
    const listed = await riposte(['people', 'list', '--search', 'Late'], as(ops));
    expect(listed.stdout).toMatch(new RegExp(`^PERSON .+\n${id} +Jo Late .*approver .*yes\n$`));
    const link = await riposte(['people', 'link', id], as(boss));
    expect(link).toMatchObject({ code: 0 });
    expect(link.stdout).toMatch(/^http:\/\/127\.0\.0\.1\/sign-in\/[\w-]{43}\n$/);
    expect(await riposte(['people', 'link', id], as(ops))).toMatchObject({ code: 3, stdout: '' });
    expect(await riposte(['people', 'link', 'per_none'], as(boss))).toMatchObject({ code: 1, stdout: '' });
    const account = await riposte(['account', id], as(ops));
    expect(account.stdout).toMatch(/WHAT.*\n.*link\.created .*nothing yet/);
    const own = await riposte(['account', '--json'], as(ops));
    const { items } = JSON.parse(own.stdout) as { items: { kind: string }[] };
    expect(items.map(({ kind }) => kind)).toContain('token.created');
    expect(await riposte(['account', 'per_none'], as(ops))).toMatchObject({ code: 1, stdout: '' });
    const unlinked = await riposte(['people', 'unlink', id], as(boss));
    expect(unlinked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Unlinked, /) });
    expect(await riposte(['people', 'unlink', id], as(ops))).toMatchObject({ code: 3, stdout: '' });
  });

  test('who goes leaves tokens of services behind, which are named, listed and ended', async () => {
    const gil = await api.person('gill', ['operator']);
    await riposte(['token', 'create', 'sensor', '--service', '--role', 'analyst'], as(gil.token));
    const gone = await riposte(['people', 'deactivate', gil.person.id], as(boss));
    expect(gone).toMatchObject({ code: 0 });
    expect(gone.stdout).toMatch(/^Deactivated: gill\. .+\nTOKEN .+\ntok_\S+ +sensor .*gill \(has left\)/);
    expect(gone.stderr).toContain('riposte token revoke <id>');
    const listed = await riposte(['token', 'list', '--left'], as(boss));
    expect(listed.stdout).toMatch(/^TOKEN .+\ntok_\S+ +sensor +a service +analyst +gill \(has left\) .+\n$/);
    const id = /tok_\S+/.exec(listed.stdout)?.[0] ?? '';
    expect((await riposte(['token', 'revoke', id], as(boss))).stdout).toContain(`Ended: ${id}.`);
    expect(await riposte(['token', 'list', '--left'], as(boss))).toMatchObject({
      stdout: '',
      stderr: 'None.\n',
    });
    expect((await riposte(['token', 'list'], as(boss))).stdout).toMatch(/sensor .* revoked/);
  });
});

describe('when it cannot', () => {
  test('the server is not there', async () => {
    const { code, stderr } = await riposte(['runs'], {
      RIPOSTE_URL: 'http://127.0.0.1:9',
      RIPOSTE_TOKEN: 'x',
    });
    expect(code).toBe(3);
    expect(stderr).toContain('npm start');
  });

  test('there is no token, or a wrong one, or one without the right', async () => {
    expect(await riposte(['runs'], { RIPOSTE_URL: api.url })).toMatchObject({ code: 2 });
    const wrong = await riposte(['runs'], as(`rip_${'A'.repeat(43)}`));
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain('RIPOSTE_TOKEN');
    const weak = await riposte(['people', 'add', 'Eve', '--role', 'viewer'], as(viewer));
    expect(weak.code).toBe(3);
    expect(weak.stderr).toContain('operator or admin');
  });

  test('a thing does not exist', async () => {
    expect(await riposte(['runs', 'run_none'], as(ops))).toMatchObject({ code: 1, stdout: '' });
  });

  test('the wrong words are exit code 2, help is 0', async () => {
    expect(await riposte(['conquer'], {})).toMatchObject({ code: 2, stdout: '' });
    expect(await riposte(['--help'], {})).toMatchObject({ code: 0, stderr: '' });
    expect(await riposte(['runs', '--help'], {})).toMatchObject({ code: 0 });
  });

  test('--as speaks with the token of a file', async () => {
    const file = join(folder, 'cli-token-vic');
    await writeFile(file, `${viewer}\n`, { mode: 0o600 });
    expect(await riposte(['runs', '--as', file], { RIPOSTE_URL: api.url })).toMatchObject({ code: 0 });
    const env = { RIPOSTE_URL: api.url, RIPOSTE_DATA: folder };
    expect(await riposte(['alerts', 'list', '--as', 'vic'], env)).toMatchObject({ code: 0 });
    const zoe = await riposte(['runs', '--as', 'zoe'], env);
    expect(zoe).toMatchObject({ code: 2 });
    expect(zoe.stderr).toContain('There are: vic.');
  });
});
