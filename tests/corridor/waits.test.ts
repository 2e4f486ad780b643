import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildIncidentSignal } from '../../engine/core/intake/build-incident-signal.ts';
import { advanceRuns } from '../../engine/runtime/advance-run.ts';
import { deliverSignals } from '../../engine/runtime/deliver-signal.ts';
import { emitSignals } from '../../engine/runtime/emit-signal.ts';
import { findAlarms } from '../../engine/runtime/store/queries/find-due.ts';
import { defaultTenant, type IncidentId, mintId, type RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { makeDue, openDeadlines } from '../support/make-due.ts';
import { hostAlert, isolateStep, madePlaybook, until, ws0117, ws0244 } from './questions.ts';

/* Waiting for something that happens, and for one's turn (language reference 9.5, wait; 9.15, item 6). */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const verdict = (incident: string, timeout = '5d') => `  - id: verdict
    wait:
      for: incident.updated
      match: signal.incident.id == "${incident}" && signal.incident.status == "resolved"
      timeout: ${timeout}
      on_timeout: continue
`;
const outputs = `outputs:
  verdict: \${{ steps.verdict.outputs.?signal.?incident.?classification.orValue("none") }}
  late: \${{ steps.verdict.outputs.?timed_out.orValue(true) }}
`;

/** As the intake writes it down when a source says that an incident has changed. */
async function resolve(
  incident: string,
  status = 'resolved',
  classification = 'false_positive',
  source = 'defender',
) {
  const facts = {
    source,
    sourceId: incident,
    title: 'An incident',
    severity: 'high',
    status,
    classification,
    owner: '',
    createdAtMs: Date.now(),
  };
  const event = {
    ...buildIncidentSignal(mintId('SignalId'), 'incident.updated', facts, []),
    mark: null,
    chain: 0,
    addressee: null,
  };
  const { parts, advancer } = corridor.engine;
  const { rows } = await corridor.database.owner.query<{ id: IncidentId }>(
    'select id from incidents where source = $1 and source_id = $2',
    [source, incident],
  );
  const origin = { alertId: null, incidentId: rows[0]?.id ?? null, causedBy: null, sourceKey: null };
  const told = await parts.database.transaction((tx) => emitSignals(tx, parts, [{ event, origin }]));
  for (const scope of told) await advancer.submit({ kind: 'mail', ...scope });
  return told.length;
}

/** As the intake writes down what a webhook was sent. */
async function hearOf(ticket: string): Promise<RunId[]> {
  const { parts, advancer } = corridor.engine;
  const signal = { id: 'sig_ticket', type: 'webhook' as const, data: { body: { ticket } } };
  const told = await parts.database.transaction((tx) => deliverSignals(tx, defaultTenant, [signal]));
  for (const scope of told) await advancer.submit({ kind: 'mail', ...scope });
  return told.map(({ runId }) => runId);
}

async function runsOf(playbookId: string) {
  const { rows } = await corridor.database.owner.query<{
    id: string;
    state: string;
    place: string;
    outputs: unknown;
  }>('select id, state, place, outputs from runs where playbook_id = $1 order by created_at, id', [
    playbookId,
  ]);
  return rows;
}

const subscriptions = () =>
  corridor.database.owner.query('select 1 from subscriptions').then(({ rowCount }) => rowCount);

it('a run that waits for a verdict goes on when it comes, and not for another incident or another status', async () => {
  await corridor.publish(madePlaybook('patient', verdict('i-1') + outputs));
  await corridor.sendBody(hostAlert('patient', 'patient-1', ws0117));
  await corridor.rest();
  expect(await runsOf('patient')).toMatchObject([{ state: 'waiting' }]);
  expect(await subscriptions()).toBe(1);
  expect(await resolve('i-2')).toBe(0);
  await resolve('i-1', 'in_progress');
  await corridor.rest();
  expect(await runsOf('patient')).toMatchObject([{ state: 'waiting' }]);
  await resolve('i-1');
  await corridor.rest();
  expect(await runsOf('patient')).toMatchObject([
    { state: 'succeeded', outputs: { verdict: 'false_positive', late: false } },
  ]);
  expect(await subscriptions()).toBe(0);
  const { rows } = await corridor.database.owner.query(`select ${openDeadlines()} as n`);
  expect(rows).toEqual([{ n: 0 }]);
});

it('a verdict that came just before the run began to wait is not lost', async () => {
  await resolve('i-3', 'resolved', 'true_positive');
  await corridor.publish(madePlaybook('late', verdict('i-3') + outputs));
  await corridor.sendBody(hostAlert('late', 'late-1', ws0117));
  await corridor.rest();
  expect(await runsOf('late')).toMatchObject([
    { state: 'succeeded', outputs: { verdict: 'true_positive', late: false } },
  ]);
  expect(await subscriptions()).toBe(0);
});

it.each(['before the wait', 'during the wait'])(
  'an incident of another source with the same id ends no wait of a run or of one that it called: told %s',
  async (when) => {
    const id = when.replaceAll(' ', '-');
    const incident = `i-${id}`;
    const wait = verdict(incident) + outputs;
    const called = madePlaybook(`${id}-called`, wait);
    await corridor.publish(called);
    const call = `  - id: inner
    call: ${id}-called
    with: { host_id: "\${{ inputs.host_id }}" }
`;
    await corridor.publish(madePlaybook(id, call + wait.replace(outputs, '')));
    const ofOther = () => resolve(incident, 'resolved', 'benign', 'sentinel');
    if (when === 'before the wait') await ofOther();
    await corridor.sendBody({ ...hostAlert(id, id, ws0117), incident: { id: incident } });
    await corridor.rest();
    if (when === 'during the wait') await ofOther();
    await corridor.rest();
    const isWaiting = [{ state: 'waiting' }];
    expect(await runsOf(`${id}-called`)).toMatchObject(isWaiting);
    await resolve(incident);
    await corridor.rest();
    const asSaid = [{ state: 'succeeded', outputs: { verdict: 'false_positive', late: false } }];
    expect(await runsOf(`${id}-called`)).toMatchObject(asSaid);
    // It looks back at both and hears its own.
    await until(async () => (await runsOf(id))[0]?.state === 'succeeded');
    const { rows } = await corridor.database.owner.query<{ heard: string }>(
      `select s.outputs->'signal'->'incident'->>'source' as heard from steps s join runs r on r.id = s.run_id
       where r.playbook_id = $1 and s.path = 'run/verdict'`,
      [id],
    );
    expect(rows).toEqual([{ heard: 'defender' }]);
  },
);

it('a wait that hears nothing ends with its timeout and says so', async () => {
  await corridor.publish(madePlaybook('deaf', verdict('i-4', '1s') + outputs));
  await corridor.sendBody(hostAlert('deaf', 'deaf-1', ws0117));
  await until(async () => (await runsOf('deaf'))[0]?.state === 'succeeded');
  expect(await runsOf('deaf')).toMatchObject([{ outputs: { verdict: 'none', late: true } }]);
  expect(await subscriptions()).toBe(0);
});

it('a webhook wakes the run that waits for its ticket, and no other', async () => {
  const match = 'signal.body.ticket == run.id';
  const ticket = `  - id: ticket
    wait: { for: webhook, match: ${match}, timeout: 1d, on_timeout: continue }
`;
  await corridor.publish(madePlaybook('tickets', ticket));
  for (const n of [1, 2, 3]) await corridor.sendBody(hostAlert('tickets', `tickets-${n}`, ws0117));
  await corridor.rest();
  const [, second] = await runsOf('tickets');
  expect(await hearOf(second?.id ?? '')).toEqual([second?.id]);
  await corridor.rest();
  expect((await runsOf('tickets')).map(({ state }) => state)).toEqual(['waiting', 'succeeded', 'waiting']);
});

it.each([
  ['before the time was over', 'in-time', false],
  ['after the time was over', 'too-late', true],
])('a signal that came %s, and both are found afterwards', async (_, id, late) => {
  const wait = `  - id: ticket
    wait: { for: webhook, match: signal.body.ticket == run.id, timeout: 1d, on_timeout: continue }
`;
  const output = 'outputs:\n  late: ${{ steps.ticket.outputs.?timed_out.orValue(true) }}\n';
  await corridor.publish(madePlaybook(id, wait + output));
  await corridor.sendBody(hostAlert(id, id, ws0117));
  await corridor.rest();
  const runId = (await runsOf(id))[0]?.id as RunId;
  const { owner } = corridor.database;
  const moments = [
    () =>
      corridor.engine.parts.database.transaction((tx) =>
        deliverSignals(tx, defaultTenant, [
          { id: 'sig_ticket', type: 'webhook', data: { body: { ticket: runId } } },
        ]),
      ),
    () =>
      owner.query(
        `update scopes s set alarm_at = clock_timestamp(), due = (
           select json_agg(case each->>'kind' when 'wait' then jsonb_set(each, '{atMs}',
             to_jsonb(ceil(extract(epoch from clock_timestamp()) * 1000))) else each end)
           from jsonb_array_elements(s.due::jsonb) as each)
         where run_id = $1`,
        [runId],
      ),
  ];
  await corridor.restart(async () => {
    for (const moment of late ? moments.toReversed() : moments) await moment();
    await advanceRuns(corridor.engine.parts, [{ kind: 'alarm', runId, path: 'run' }]);
  });
  await corridor.rest();
  expect(await runsOf(id)).toMatchObject([{ state: 'succeeded', outputs: { late } }]);
});

it.each([
  ['bracketed', '"T-" + (inputs.host_id)', `T-${ws0117}`],
  ['lowered', '("T-" + inputs.host_id).lowerAscii()', `t-${ws0117}`],
])('what a wait looks for may have brackets: %s', async (id, value, ticket) => {
  const match = JSON.stringify(`signal.body.ticket == ${value}`);
  const wait = `  - id: ticket\n    wait: { for: webhook, match: ${match}, timeout: 1d }\n`;
  await corridor.publish(madePlaybook(id, wait));
  await corridor.sendBody(hostAlert(id, id, ws0117));
  await corridor.rest();
  const [run] = await runsOf(id);
  expect(run).toMatchObject({ state: 'waiting' });
  expect(await hearOf(ticket)).toEqual([run?.id]);
  await corridor.rest();
  expect(await runsOf(id)).toMatchObject([{ state: 'succeeded' }]);
});

it('while a run waits for a verdict the next one of its group acts, and the first returns ahead of newcomers', async () => {
  const group = 'concurrency: { group: one }\n';
  const steps = `${verdict('i-5')}${isolateStep}`;
  await corridor.publish(madePlaybook('crowded', steps, group));
  await corridor.sendBody(hostAlert('crowded', 'crowded-1', ws0117));
  await corridor.rest();
  expect(await runsOf('crowded')).toMatchObject([{ state: 'waiting', place: 'away' }]);
  await corridor.sendBody(hostAlert('crowded', 'crowded-2', ws0244));
  await corridor.rest();
  // Without giving the place back the second one would be queued.
  expect(await runsOf('crowded')).toMatchObject([
    { state: 'waiting', place: 'away' },
    { state: 'waiting', place: 'away' },
  ]);
  await resolve('i-5');
  // A run in the queue for its place is at rest too.
  await until(async () => (await runsOf('crowded')).every((run) => run.state === 'succeeded'));
  expect(await runsOf('crowded')).toMatchObject([
    { state: 'succeeded', place: 'held' },
    { state: 'succeeded', place: 'held' },
  ]);
  const { rows } = await corridor.database.owner.query<{ began: Date; ended: Date }>(
    // When they went out: a step began when the transaction did that then waited for the place.
    `select min(a.claimed_at) as began, max(a.finished_at) as ended from attempts a join runs r on r.id = a.run_id
     where r.playbook_id = 'crowded' and a.step_path = 'run/isolate' group by r.id order by began`,
  );
  expect(rows).toHaveLength(2);
  // One at a time: the group has one place.
  expect(rows[1]?.began.getTime()).toBeGreaterThanOrEqual(rows[0]?.ended.getTime() ?? Number.NaN);
});

async function alarmOf(runId: string) {
  const { rows } = await corridor.database.owner.query<{
    version: number;
    alarm: number | null;
    due: { kind: string; atMs: number }[];
  }>(
    `select version, floor(extract(epoch from alarm_at) * 1000)::float8 as alarm, due from scopes
     where run_id = $1 and path = 'run'`,
    [runId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`run ${runId} has no scope`);
  return row;
}

it('an alarm that rings too early moves nothing and is set for what is really due', async () => {
  await corridor.publish(madePlaybook('early', verdict('i-8') + outputs));
  await corridor.sendBody(hostAlert('early', 'early-1', ws0117));
  await corridor.rest();
  const id = (await runsOf('early'))[0]?.id ?? '';
  const before = await alarmOf(id);
  const first = Math.min(...before.due.map(({ atMs }) => atMs));
  expect(before.due.map(({ kind }) => kind).sort()).toEqual(['run-timeout', 'wait']);
  expect(before.alarm).toBe(first);

  await corridor.database.owner.query(`update scopes set alarm_at = '2020-01-01' where run_id = $1`, [id]);
  await until(async () => (await alarmOf(id)).alarm === first);
  expect(await alarmOf(id)).toEqual(before);
  expect(await runsOf('early')).toMatchObject([{ state: 'waiting' }]);
});

it('what two engines see ring at once passes once', async () => {
  await corridor.publish(madePlaybook('twice', verdict('i-9') + outputs));
  await corridor.sendBody(hostAlert('twice', 'twice-1', ws0117));
  await corridor.rest();
  const id = ((await runsOf('twice'))[0]?.id ?? '') as RunId;
  await makeDue(corridor.database.owner, 'wait', id);
  const ring = { kind: 'alarm', runId: id, path: 'run' } as const;
  await Promise.all([1, 2, 3].map(() => corridor.engine.advancer.submit(ring)));
  await corridor.rest();
  expect(await runsOf('twice')).toMatchObject([
    { state: 'succeeded', outputs: { verdict: 'none', late: true } },
  ]);
  const story = await corridor.story(id);
  expect(story.filter(({ type }) => type === 'run.finished')).toHaveLength(1);
  // Of a run that has ended nothing rings, whatever its row says.
  await corridor.database.owner.query(`update scopes set alarm_at = '2020-01-01' where run_id = $1`, [id]);
  expect(await findAlarms(corridor.engine.parts.database, defaultTenant, 10)).toEqual([]);
});

it.each([
  [
    'run',
    [['true_positive'], ['false_positive']],
    { state: 'succeeded', outputs: { verdict: 'false_positive' } },
  ],
  ['run', [['false_positive'], ['false_positive', 'in_progress']], { state: 'waiting' }],
  [null, [['false_positive']], { state: 'waiting' }],
])('a wait that was entered late, since: %s, told %o', async (since, told, expected) => {
  const id = `late-${since}-${told.length}-${told[1]?.length ?? 0}`;
  const first = `  - id: asked
    wait: { for: webhook, match: 'signal.body.ticket == "${id}"', timeout: 1d }
`;
  const wait = since === null ? verdict(id) : `${verdict(id)}      since: ${since}\n`;
  await corridor.publish(madePlaybook(id, first + wait + outputs));
  await corridor.sendBody({ ...hostAlert(id, id, ws0117), incident: { id } });
  await corridor.rest();
  for (const [classification, status] of told) await resolve(id, status, classification);
  const { owner } = corridor.database;
  await owner.query(
    `update signals s set at = s.at - interval '25 minutes' from incidents i
     where s.incident_id = i.id and i.source_id = $1`,
    [id],
  );
  // Half an hour older; nobody else may do that to a run.
  const [run] = await owner.transaction(async (tx) => {
    await tx.query('alter table runs disable trigger user');
    const earlier = "to_jsonb((given->>'createdAtMs')::bigint - 1800000)";
    const { rows } = await tx.query<{ id: RunId }>(
      `update runs set given = jsonb_set(given::jsonb, '{createdAtMs}', ${earlier})::json
       where playbook_id = $1 returning id`,
      [id],
    );
    await tx.query('alter table runs enable trigger user');
    return rows;
  });
  if (run === undefined) throw new Error(`nothing started ${id}`);
  corridor.engine.parts.keptRuns.forget({ runId: run.id, path: 'run' });
  await hearOf(id);
  await corridor.rest();
  expect(await runsOf(id)).toMatchObject([expected]);
});
