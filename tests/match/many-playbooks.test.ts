import { beforeAll, describe, expect, it } from 'vitest';
import { publishRouting } from '../../engine/runtime/publish-routing.ts';
import { startRuns } from '../../engine/runtime/start-runs.ts';
import { routingVersionNow } from '../../engine/runtime/store/queries/current-routing.ts';
import { candidatesText } from '../../engine/runtime/store/queries/find-candidates.ts';
import { eventValue } from '../../engine/runtime/store/queries/row-types.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { rowsReadBy, settleReads, tellReads } from '../store/count-rows.ts';
import { type Statements, watchStatements } from '../store/watch-statements.ts';
import { actor, openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

/*
 * An alert that concerns three playbooks, in an installation of five hundred with a thousand routing rules
 * and in one of ten times that size: what it costs is what the three cost.
 */

const statements: Statements = new Map();
const at = await openMatching((database) => watchStatements(tellReads(database), statements));

const wanted = ['wanted-1', 'wanted-2', 'wanted-3'];

beforeAll(async () => {
  for (const id of wanted) await at.publish(waitingPlaybook(id, '').replace(`== "${id}"`, '== "wanted"'));
  await at.publish(waitingPlaybook('noise', ''));
});

/** `count` playbooks in all, every second of them switched off, and an entry of the routing file for each. */
async function grow(count: number): Promise<void> {
  const { owner } = at.database;
  const copy = (table: string, key: string, more: string) =>
    owner.query(
      `insert into ${table}
       select (jsonb_populate_record(t, jsonb_build_object('${key}', 'noise-' || n${more}))).*
       from ${table} t, generate_series(1, $1 - 4) as n where t.${key} = 'noise'
       on conflict do nothing`,
      [count],
    );
  await copy('playbook_versions', 'playbook_id', '');
  await copy('playbooks', 'id', ", 'enabled', n % 2 = 0");
  await copy('triggers_index', 'playbook_id', ", 'need_value', 'noise-' || n");
  await owner.query('analyze playbooks, playbook_versions, triggers_index');
  const ids = await owner.query<{ id: string }>('select id from playbooks');
  const entries = ids.rows.map(
    ({ id }) => `  - { id: ${id}, order: ${order(id)}, match: alert.severity == "high" }\n`,
  );
  const version = (await routingVersionNow(owner, defaultTenant)) ?? 0;
  const source = `kind: routing/v1\nplaybooks:\n${entries.join('')}`;
  const published = await publishRouting(at.engine.parts, {
    source,
    file: 'routing.yaml',
    version,
    actor,
    requestId: 'test',
  });
  expect(published).toMatchObject({ ok: true, unchanged: false });
}

/** Against the order of ids, so that what the file says is seen. */
const order = (id: string) => (wanted.includes(id) ? 9 - Number(id.at(-1)) : 10);

/** Tables that grow with what is installed; the others grow with what happens. */
const installation = ['playbooks', 'playbook_versions', 'triggers_index', 'routing_versions'];

/** What one alert costs once the engine has met the installation. */
async function costOf(sourceId: string) {
  await at.raise(`${sourceId}-first`, { category: 'wanted' });
  const accepted = await at.accept(ownAlert(sourceId, { category: 'wanted' }));
  await settleReads(at.database.app);
  statements.clear();
  let started = {};
  const all = await rowsReadBy(at.database.owner, async () => {
    started = await startRuns(at.engine.parts, at.engine.admitter, 50);
  });
  const read = installation.map((table) => [table, all[table]]);
  const asked = [...statements.keys()].sort();
  const trace = accepted.ok ? await at.trace(accepted.alertId) : [];
  return { started, trace: trace.map((line) => [line.playbook_id, line.outcome]), read, asked };
}

describe('an alert that concerns three playbooks', () => {
  it('costs the same in an installation ten times as large', async () => {
    await grow(1_000);
    const small = await costOf('small');
    expect(small.read).toEqual([
      ['playbooks', { byIndex: 3, byScan: 0 }],
      ['playbook_versions', { byIndex: expect.any(Number), byScan: 0 }],
      ['triggers_index', { byIndex: 3, byScan: 0 }],
      ['routing_versions', { byIndex: 1, byScan: 0 }],
    ]);
    expect(small.started).toEqual({ events: 1, tried: 3 });
    expect(small.trace).toEqual([
      ['wanted-3', 'started'],
      ['wanted-2', 'started'],
      ['wanted-1', 'started'],
    ]);
    expect(small.asked.filter((text) => /\brouting_versions\b/.test(text))).toHaveLength(1);
    await grow(10_000);
    const { rows: counted } = await at.database.app.query(
      'select count(*)::int as playbooks, count(*) filter (where enabled)::int as enabled from playbooks',
    );
    expect(counted).toEqual([{ playbooks: 10_000, enabled: 5_002 }]);
    expect(await costOf('large')).toEqual(small);
  });

  it('a routing file that is put in force counts for the next alert', async () => {
    const version = (await routingVersionNow(at.database.owner, defaultTenant)) ?? 0;
    const source = 'kind: routing/v1\nplaybooks:\n  - { id: wanted-2, enabled: false }\n';
    await publishRouting(at.engine.parts, {
      source,
      file: 'routing.yaml',
      version,
      actor,
      requestId: 'test',
    });
    const trace = await at.trace(await at.raise('after', { category: 'wanted' }));
    expect(trace.map((line) => [line.playbook_id, line.outcome])).toEqual([
      ['wanted-1', 'started'],
      ['wanted-2', 'routed-away'],
      ['wanted-3', 'started'],
    ]);
  });

  it.each([
    [
      'candidates',
      candidatesText,
      [
        defaultTenant,
        ['alert.created'],
        eventValue.pack([{ place: 0, type: 'alert.created', path: 'alert.category', value: 'x' }]),
        wanted,
      ],
    ],
  ])('no table is read from end to end: %s', async (_name, text, values) => {
    const { rows } = await at.database.owner.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Index');
    expect(plan).not.toContain('Seq Scan');
  });
});
