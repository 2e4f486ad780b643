import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { hostAlert, madePlaybook, until, ws0117 } from '../corridor/questions.ts';
import { useDatabase } from '../support/database.ts';
import { freePort, type RiposteProcess, riposteProcess } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* What watches a process asks it at an address of its own, whatever its roles are. */

const started: RiposteProcess[] = [];
const database = await useDatabase();
let token: string;
let operator: string;

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}
beforeAll(async () => {
  const identity = openIdentity({ database: database.app, tenant: defaultTenant, mint: mintId });
  const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
  const made = await identity.createToken(system, { personId: null, name: 'x', roles: ['analyst'] });
  if (!made.ok) throw new Error(made.detail);
  token = made.secret;
  const second = await identity.createToken(system, { personId: null, name: 'y', roles: ['operator'] });
  if (!second.ok) throw new Error(second.detail);
  operator = second.secret;
});
afterAll(async () => {
  for (const { child } of started) child.kill('SIGINT');
  await Promise.all(started.map(({ ended }) => ended));
});

async function served(
  env: { [name: string]: string } = {},
  says = 'riposte is listening',
): Promise<{ api: string; watched: string }> {
  const [port, watched] = [await freePort(), await freePort()];
  const served = riposteProcess('api/cli/riposte.ts', ['serve'], {
    DATABASE_URL: database.url,
    RIPOSTE_DATA: await temporaryFolder(),
    RIPOSTE_PORT: String(port),
    RIPOSTE_METRICS: `127.0.0.1:${watched}`,
    ...env,
  });
  started.push(served);
  await served.said(says);
  return { api: `http://127.0.0.1:${port}`, watched: `http://127.0.0.1:${watched}` };
}

/** Each line of a value by its name and labels. */
async function figures(watched: string): Promise<Map<string, number>> {
  const answer = await fetch(`${watched}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('a process with all roles', () => {
  let api: string;
  let watched: string;
  beforeAll(async () => {
    ({ api, watched } = await served());
    await seedWaitingRun(database.owner);
  }, 120_000);

  it('says what it answered, by its own words and never by those of whoever asked', async () => {
    const ask = (path: string, authorization = `Bearer ${token}`) =>
      fetch(`${api}${path}`, { headers: { authorization } });
    expect((await ask('/v1/runs/run_7')).status).toBe(404);
    expect((await ask('/v1/runs/run_8')).status).toBe(404);
    expect((await ask('/v1/runs', 'Bearer no')).status).toBe(401);
    expect((await ask('/v1/evil_name_1')).status).toBe(404);
    expect((await ask('/sign-in')).status).toBe(200);
    await fetch(`${api}/v1/runs`, { method: 'PROPFIND' });
    const said = await figures(watched);
    const requests = [...said].filter(([name]) => name.startsWith('riposte_http_requests_total'));
    expect(Object.fromEntries(requests)).toMatchObject({
      'riposte_http_requests_total{method="GET",route="/v1/runs/{id}",status="404"}': 2,
      'riposte_http_requests_total{method="GET",route="/v1/runs",status="401"}': 1,
      'riposte_http_requests_total{method="GET",route="none",status="404"}': 1,
      'riposte_http_requests_total{method="GET",route="page",status="200"}': 1,
    });
    const text = [...said.keys()].join('\n');
    expect(text).not.toMatch(/run_7|evil_name|PROPFIND/);
    expect(text).toContain('method="other"');
    expect(text).not.toContain(token);
  });

  it('says what waits and what stands in the whole installation', async () => {
    const said = await figures(watched);
    expect(said.get('riposte_store_up')).toBe(1);
    expect(said.get('riposte_approvals_pending')).toBe(1);
    expect(said.get('riposte_approval_soonest_seconds')).toBeGreaterThan(0);
    expect(said.get('riposte_runs_open{state="waiting"}')).toBe(1);
    expect(said.get('riposte_log_in_doubt')).toBe(0);
    expect(said.get('riposte_paused')).toBe(0);
    expect(said.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
  });

  it('counts what it has committed itself, from zero on: alerts taken, and runs that ended', async () => {
    const ask = (path: string, { by, ...init }: RequestInit & { by: string }) =>
      fetch(api + path, {
        method: 'POST',
        ...init,
        headers: { authorization: `Bearer ${by}`, ...init.headers },
      });
    const before = await figures(watched);
    expect(before.get('riposte_alerts_total{result="accepted"}')).toBe(0);
    expect(before.get('riposte_runs_ended_total{outcome="timed-out",mode="audit"}')).toBe(0);
    const source = madePlaybook('ending', '  - stop: { outcome: succeeded, reason: Done }\n');
    const published = await ask('/v1/playbooks/ending/versions', {
      ...{ by: operator, method: 'PUT' },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ source }),
    });
    expect([published.status, published.status === 200 || (await published.text())]).toEqual([200, true]);
    const alert = JSON.stringify(hostAlert('ending', 'ending-1', ws0117));
    const send = (body: string) =>
      ask('/v1/alerts?source=lab', { by: token, headers: { 'content-type': 'application/json' }, body });
    expect([
      (await send(alert)).status,
      (await send(alert)).status,
      (await send('{"title":"x"}')).status,
    ]).toEqual([...[202, 202, 400]]);
    let said = before;
    await until(async () => {
      said = await figures(watched);
      return said.get('riposte_runs_ended_total{outcome="succeeded",mode="enforce"}') === 1;
    });
    expect(said.get('riposte_alerts_total{result="accepted"}')).toBe(1);
    expect(said.get('riposte_alerts_total{result="duplicate"}')).toBe(1);
    expect(said.get('riposte_alerts_total{result="refused"}')).toBe(1);
    const other = await figures((await served({ RIPOSTE_ROLES: 'worker' }, 'serves no API')).watched);
    expect(other.get('riposte_alerts_total{result="accepted"}')).toBe(0);
  }, 120_000);

  it('has every figure that a rule for Prometheus asks for, and that the table of figures names', async () => {
    const names = new Set([...(await figures(watched)).keys()].map((each) => each.replace(/\{.*$/, '')));
    const rules = parse(await readFile('examples/deploy/prometheus.rules.yaml', 'utf8')).groups.flatMap(
      ({ rules }: { rules: Rule[] }) => rules,
    ) as Rule[];
    expect(rules.map((rule) => rule.alert)).toEqual([
      'RiposteLogInDoubt',
      'RiposteDiskRefusals',
      'RiposteIntakeStopped',
      'RiposteDeadlinesLate',
      'RiposteUnknownOutcomes',
      'RiposteConnectionFailing',
    ]);
    for (const { alert, expr, labels, annotations } of rules) {
      const asked = expr.match(/riposte_\w+/g) ?? [];
      expect(asked, alert).not.toEqual([]);
      expect(
        asked.filter((name) => !names.has(name)),
        alert,
      ).toEqual([]);
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations).toEqual({
        summary: expect.stringMatching(/\w/),
        description: expect.stringMatching(/[.?]$/),
      });
    }
    const readme = await readFile('api/README.md', 'utf8');
    const told = new Set([...readme.matchAll(/^\| `(riposte_\w+)`/gm)].map(([, name]) => name));
    // A figure of times has three lines, one of how soon a question ends is absent while none waits.
    const shown = [...names].map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    const here = new Set([
      ...shown.filter((name) => name.startsWith('riposte_')),
      'riposte_attempts_total',
      'riposte_attempt_seconds',
      'riposte_approval_soonest_seconds',
    ]);
    expect([...told].toSorted()).toEqual([...here].toSorted());
  });

  it('answers nothing else there, and none of this at the address of the API', async () => {
    expect((await fetch(`${watched}/v1/runs`)).status).toBe(404);
    expect((await fetch(`${watched}/`)).status).toBe(404);
    expect((await fetch(`${watched}/metrics`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${api}/metrics`, { headers: { accept: 'application/json' } })).status).toBe(404);
  });
});

it('a process that serves no API is watched all the same', async () => {
  const { api, watched } = await served({ RIPOSTE_ROLES: 'worker' }, 'serves no API');
  expect(await (await fetch(`${watched}/healthz`)).json()).toEqual({ ok: true });
  const ready = await fetch(`${watched}/readyz`);
  expect(await ready.json()).toMatchObject({
    checks: expect.arrayContaining([{ name: 'store', ok: true, detail: 'answers' }]),
  });
  await expect(fetch(api)).rejects.toThrow('fetch failed');
}, 120_000);

it('an address that is taken is said, with the variable that names it', async () => {
  const { watched } = await served();
  const second = riposteProcess('api/cli/riposte.ts', ['serve'], {
    DATABASE_URL: database.url,
    RIPOSTE_DATA: await temporaryFolder(),
    RIPOSTE_PORT: String(await freePort()),
    RIPOSTE_METRICS: new URL(watched).host,
  });
  const { code, stderr } = await second.ended;
  expect(code).not.toBe(0);
  expect(stderr).toContain('set RIPOSTE_METRICS to a free one or stop it');
}, 120_000);
