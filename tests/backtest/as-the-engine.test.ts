import { beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { VersionPlay } from '../../engine/core/backtest/play-version.ts';
import { atOnce } from '../../engine/core/compile/in-pieces.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { type BacktestReport, backtestPlaybook } from '../../engine/runtime/backtest-playbook.ts';
import { publishRouting } from '../../engine/runtime/publish-routing.ts';
import { pageText } from '../../engine/runtime/store/queries/past-alerts.ts';
import { versionInForce } from '../../engine/runtime/version-to-try.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { Chance } from '../decide/chance.ts';
import { actor, openMatching, ownAlert, waitingPlaybook } from '../match/open-matching.ts';

/*
 * An engine stores and matches generated alerts; a backtest plays the same alerts afterwards. Both say the same of each
 * alert, trigger and element: started, covered by an earlier run, or an error of the same code. Between two lots of
 * alerts an hour passes, so that windows of `dedupe` end.
 */

const at = await openMatching();
const { app, owner } = at.database;
const registry = manifestsOf(createRegistry());

const crowds = {
  plain: '',
  attaching: `dedupe: { key: '\${{ inputs.host_id }}', window: 150m, on_duplicate: attach }`,
  skipping: `dedupe: { key: '\${{ alert.source }}/\${{ inputs.host_id }}', window: 290m, on_duplicate: skip }`,
  queueing: 'concurrency: { group: all, limit: 2, on_conflict: queue }',
  picky: `dedupe: { key: '\${{ inputs.host_id }}', window: 500m, on_duplicate: skip }`,
};
const ids = Object.keys(crowds) as (keyof typeof crowds)[];

const matches: { [id: string]: string } = {
  plain: 'alert.severity == "high" || alert.category == "malware"',
  attaching: 'alert.category in ["malware", "phishing"]',
  skipping: 'alert.severity == "high" && alert.targets.hosts.exists(h, h.id.startsWith("H1"))',
  queueing: 'alert.raw.score > 5',
  picky: 'alert.category == "malware" && alert.raw.score > 2',
};

/** Each has a second trigger, so that two of one playbook answer one alert. */
function playbook(id: keyof typeof crowds): string {
  return waitingPlaybook(id, crowds[id])
    .replace(`alert.category == "${id}"`, () => `'${matches[id]}'`)
    .replace(
      'inputs:',
      () => `  - { id: on_other, type: alert.created, match: alert.severity == "critical", each: alert.targets.hosts, as: host }
inputs:`,
    )
    .replace('on_alert: ${{ host.id }}', () => 'on_alert: ${{ host.id }}\n      on_other: ${{ host.id }}');
}

const lots = 40;
const perLot = 50;

function generated(chance: Chance, number: number): JsonObject {
  const hosts = Array.from({ length: chance.below(4) }, () => `H${chance.below(25)}`);
  const raw = chance.in(4) ? {} : { score: chance.below(10) };
  return {
    // Stored in this order when several arrive together.
    ...ownAlert(`s-${String(number).padStart(6, '0')}`),
    category: chance.of('malware', 'phishing', 'other'),
    targets: { hosts: hosts.map((id) => ({ id, name: id.toLowerCase() })) },
    raw,
  };
}

beforeAll(async () => {
  for (const id of ids) await at.publish(playbook(id));
  const routed = await publishRouting(at.engine.parts, {
    source: 'kind: routing/v1\nplaybooks:\n  - { id: plain, match: alert.category != "other" }\n',
    file: 'routing.yaml',
    version: 0,
    actor,
    requestId: 'test',
  });
  expect(routed).toMatchObject({ ok: true });
  const chance = new Chance(7);
  for (let lot = 0; lot < lots; lot += 1) {
    // One for all of a lot: the most severe is matched first, and what is equal in its order.
    const severity = chance.of('critical', 'high', 'medium', 'low');
    const alerts = Array.from({ length: perLot }, (_, place) => generated(chance, lot * perLot + place));
    await Promise.all(alerts.map((alert) => at.accept({ ...alert, severity })));
    while ((await at.match()) > 0);
    await passHours(1);
  }
}, 180_000);

async function passHours(hours: number): Promise<void> {
  await owner.query(
    'update alerts set received_at = received_at - make_interval(hours => $1), updated_at = updated_at - make_interval(hours => $1)',
    [hours],
  );
  await owner.query('update runs set created_at = created_at - make_interval(hours => $1)', [hours]);
}

/** What the engine wrote down about a playbook: `alert trigger element outcome`. */
async function happened(id: string): Promise<string[]> {
  const { rows } = await owner.query<{ line: string }>(
    `select concat_ws(' ', t.event_id, t.trigger_id, t.element_key,
       case when t.outcome = 'error' then t.code else t.outcome end) as line
     from decision_traces t join alerts a on a.id = t.event_id
     where t.playbook_id = $1 and t.outcome in ('started', 'attached', 'skipped', 'error')`,
    [id],
  );
  return rows.map(({ line }) => line).sort();
}

/** The same of a backtest, of all runs and not only those that an answer shows. */
async function played(id: string): Promise<string[]> {
  const version = await versionInForce(at.engine.parts, app, id);
  if (version === null) throw new Error(`no ${id}`);
  const { rows: routing } = await owner.query<{ routing: never }>(
    'select routing from routing_versions order by version desc limit 1',
  );
  const play = new VersionPlay(version, {
    routing: routing[0]?.routing ?? null,
    guardrails: null,
    connections: at.engine.parts.connections,
  });
  play.stopLooking();
  const values = ['default', '2000-01-01T00:00:00Z', '', '2100-01-01T00:00:00Z', true, 100_000];
  const { rows } = await owner.query<{
    id: string;
    title: string;
    alert: JsonObject;
    raw: JsonObject;
    receivedAt: Date;
  }>(pageText, values);
  const lines: string[] = [];
  for (const { id: alertId, title, alert, raw, receivedAt } of rows) {
    const match = atOnce(
      play.take({ id: alertId, title, atMs: receivedAt.getTime(), alert: { ...alert, raw } }),
    );
    for (const { trigger, element, standing } of match?.told.runs ?? [])
      lines.push(
        [alertId, trigger, element, standing === 'starts' ? 'started' : standing].filter(Boolean).join(' '),
      );
  }
  return lines.sort();
}

async function report(
  id: string,
  more: Partial<Parameters<typeof backtestPlaybook>[1]> = {},
): Promise<BacktestReport> {
  const answer = await backtestPlaybook(
    { parts: at.engine.parts, sql: app, registry, wallMs: 120_000 },
    { playbookId: id, since: null, until: null, limit: 10_000, candidate: null, ...more },
  );
  if (!answer.ok) throw new Error(answer.detail);
  return answer.report;
}

describe('a backtest of what is published', () => {
  it.each(ids)('says of each alert what the engine did: %s', async (id) => {
    const really = await happened(id);
    const errors = really.filter((line) => line.endsWith('match/expression-failed'));
    const runs = really.filter((line) => !errors.includes(line));
    expect(runs.filter((line) => line.endsWith('started')).length).toBeGreaterThan(50);
    expect(await played(id)).toEqual(runs);

    const { inForce, ...read } = await report(id);
    expect(read).toMatchObject({ read: lots * perLot, of: lots * perLot, ofMore: false, truncated: null });
    const ended = (word: string) => runs.filter((line) => line.endsWith(word)).length;
    expect(inForce).toMatchObject({
      matched: new Set(runs.map((line) => line.split(' ')[0])).size,
      starts: ended('started'),
      depends: 0,
      covered: ended('attached') + ended('skipped'),
      errors: errors.length === 0 ? [] : [{ code: 'match/expression-failed', count: errors.length }],
    });
  });

  it('is about something: runs were covered, and conditions failed', async () => {
    const really = (await Promise.all(ids.map(happened))).flat();
    for (const word of ['attached', 'skipped', 'match/expression-failed'])
      expect(really.filter((line) => line.endsWith(word)).length).toBeGreaterThan(30);
  });
});
