import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { changeIncident } from '../../engine/runtime/change-incident.ts';
import type { StoryFilter, StoryItem } from '../../engine/runtime/read/list-story.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { orders } from '../../engine/runtime/read/story-events.ts';
import { undoIncident } from '../../engine/runtime/undo-incident.ts';
import { defaultTenant, type PersonId, type RunId } from '../../schemas/ids.ts';
import { sequencerOf } from '../audit/open-log.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, hostAlert, isolateStep, madePlaybook, onlyQuestion, ws0117, ws0244 } from './questions.ts';

/* What an incident's story tells of what the engine really did, from the alert to the last thing taken back. */

let corridor: Corridor;
let bo: PersonId;
let incident: string;
let other: string;
const asking = `${isolateStep}    approval: { ask: "Isolate?", approvers: [group:soc] }\n`;

beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(madePlaybook('asks', asking));
  incident = await incidentOf('asks-1', ws0117, '2972399');
  const asked = await onlyQuestion(corridor);
  await decide(corridor, asked, bo);
  await corridor.rest();
  const by = { actor: { kind: 'person', id: bo, channel: 'api' } as const, requestId: 'test' };
  const only = { action: null, record: null };
  await undoIncident(corridor.engine.parts, { ...by, id: incident, only, reason: 'nothing', personId: bo });
  await corridor.rest();
  const change = { classification: 'false_positive', owner: 'Bo' };
  await changeIncident(corridor.engine.parts, { ...by, id: incident, version: 1, change });
  await corridor.rest();
  other = await incidentOf('asks-2', ws0244, 'another');
  await seal();
});
afterAll(() => corridor.close());

/** Gives what was written its place in the log. */
async function seal(): Promise<void> {
  const sequencer = sequencerOf(corridor.database.sequencer);
  await sequencer.flush();
  await sequencer.stop();
  expect(sequencer.errors).toEqual([]);
}

async function incidentOf(sourceId: string, host: string, id: string): Promise<string> {
  await corridor.sendBody({ ...hostAlert('asks', sourceId, host), incident: { id } });
  await corridor.rest();
  const { rows } = await corridor.database.owner.query<{ id: string }>(
    'select id from incidents where source_id = $1',
    [id],
  );
  return rows[0]?.id ?? '';
}

const read = () => openRead(corridor.database.app);

async function story(of: string, filter: StoryFilter = {}, limit = 200): Promise<StoryItem[]> {
  const items: StoryItem[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await read().listStory(defaultTenant, of, filter, { limit, cursor });
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

it('tells alert, run, question, word, effect and undo in the order in which they happened, with who it was', async () => {
  const told = await story(incident);
  expect(told.map(({ type }) => type)).toEqual([
    ...['incident.created', 'alert.accepted', 'run.started', 'approval.requested', 'approval.voted'],
    ...['approval.granted', 'action.attempted', 'step.succeeded', 'run.finished', 'run.undo-requested'],
    ...['run.undoing', 'action.attempted', 'step.succeeded', 'undo.settled', 'incident.updated'],
  ]);
  const host = { kind: 'host', id: ws0117 };
  const me = { id: bo, name: 'Bo' };
  expect(told).toMatchObject([
    { title: 'Something happened', ref: incident },
    { title: 'Something happened', severity: 'high', targets: [{ ...host, name: 'a host' }] },
    { playbook: { id: 'asks' }, mode: 'enforce', state: null },
    { title: 'Isolate?', class: 'contain', targets: [host], by: null },
    { title: 'Isolate?', state: 'approve', by: me, comment: 'looked at it' },
    { title: 'Isolate?' },
    // Defender takes the order, and tells later that it was done.
    { action: 'edr.isolate-host', state: 'accepted', targets: [host] },
    { action: 'edr.isolate-host', state: 'succeeded', targets: [host], mode: null },
    { state: 'succeeded' },
    { ref: told[2]?.ref, playbook: { id: 'asks' }, by: me, comment: 'nothing', state: null },
    { state: 'succeeded' },
    { action: 'edr.release-host', state: 'accepted', targets: [host] },
    { action: 'edr.release-host', state: 'succeeded', targets: [host] },
    { action: 'edr.isolate-host', state: 'undone', targets: [host] },
    { classification: 'false_positive', owner: 'Bo', by: me },
  ]);
});

it('is the same in pages of two, and backwards', async () => {
  const whole = await story(incident);
  expect(await story(incident, {}, 2)).toEqual(whole);
  expect(await story(incident, { sort: '-at' }, 5)).toEqual(whole.toReversed());
});

it('is narrowed by what happened, by time and by the target that it happened to', async () => {
  const whole = await story(incident);
  const types = ['alert.accepted', 'undo.settled'];
  expect(await story(incident, { type: types })).toEqual(whole.filter(({ type }) => types.includes(type)));
  const { at = '' } = whole[6] ?? {};
  expect(await story(incident, { since: at })).toEqual(whole.filter((each) => each.at >= at));
  const target = { kind: 'host', id: ws0117 };
  const named = whole.filter(({ targets }) => targets.length > 0);
  expect(named).toHaveLength(9);
  expect(await story(incident, { target })).toEqual(named);
  expect(await story(incident, { target: { kind: 'host', id: ws0244 } })).toEqual([]);
});

it('holds nothing of another incident, and its cursor leads into no other', async () => {
  expect((await story(other)).map(({ type }) => type)).toEqual([
    ...['incident.created', 'alert.accepted', 'run.started', 'approval.requested'],
  ]);
  const { next } = await read().listStory(defaultTenant, incident, {}, { limit: 1 });
  const taken = read().listStory(defaultTenant, other, {}, { limit: 1, cursor: next ?? '' });
  await expect(taken).rejects.toThrow('the cursor does not belong');
});

it('says of what was only pretended that it was, and of a no what did not happen', async () => {
  await corridor.publish(madePlaybook('pretends', isolateStep, '', 'audit'));
  await corridor.sendBody({ ...hostAlert('pretends', 'pretends-1', ws0117), incident: { id: 'pretended' } });
  await corridor.rest();
  const { rows } = await corridor.database.owner.query<{ id: string }>(
    `select id from incidents where source_id = 'pretended'`,
  );
  const pretended = await story(rows[0]?.id ?? '');
  expect(pretended.map(({ type }) => type)).toEqual([
    ...['incident.created', 'alert.accepted', 'run.started', 'step.succeeded', 'run.finished'],
  ]);
  expect(pretended.slice(2)).toMatchObject([{ mode: 'audit' }, { mode: 'audit' }, { mode: 'audit' }]);

  await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
  await corridor.rest();
  const denied = (await story(other)).slice(3);
  expect(denied.map(({ type, state }) => [type, state])).toEqual([
    ['approval.requested', null],
    ['approval.voted', 'deny'],
    ['approval.denied', null],
    ['step.denied', 'denied'],
    ['run.finished', 'denied'],
  ]);
});

it('tells what people ordered of a run, once, and nothing that was refused', async () => {
  const id = await incidentOf('asks-3', ws0244, 'cancelled');
  const asked = await onlyQuestion(corridor);
  const by = { actor: { kind: 'person', id: bo, channel: 'console' } as const, requestId: 'test' };
  const runId = asked.run_id as RunId;
  const cancel = { ...by, runId, reason: 'a drill', undo: false, personId: bo };
  expect(await cancelRun(corridor.engine.parts, corridor.engine.advancer, cancel)).toMatchObject({
    ok: true,
  });
  await corridor.rest();
  const only = { action: null, record: null };
  const nothing = { ...by, id, only, reason: 'too late', personId: bo };
  expect(await undoIncident(corridor.engine.parts, nothing)).toMatchObject({ ok: false });
  await corridor.rest();
  await seal();
  const told = (await story(id)).filter(({ type }) => (orders as readonly string[]).includes(type));
  expect(told).toMatchObject([
    { type: 'run.cancel-requested', ref: runId, by: { id: bo, name: 'Bo' }, comment: 'a drill' },
  ]);
});

it('finds orders through an index of the same types', async () => {
  const { rows } = await corridor.database.owner.query<{ indexdef: string }>(
    `select indexdef from pg_indexes where indexname = 'audit_log_of_orders'`,
  );
  const types = [...(rows[0]?.indexdef.matchAll(/'([a-z.-]+)'::text/g) ?? [])].map(([, type]) => type);
  expect(types).toEqual([...orders]);
});

it('tells of an effect that nobody knew about what became of it', async () => {
  const { owner } = corridor.database;
  const [asked] = (await story(incident, { type: ['action.attempted'] })).map(({ ref }) => ref);
  const told = () => story(incident, { type: ['step.succeeded'] });
  const before = await told();
  await owner.query('alter table attempts disable trigger user');
  await owner.query(
    `update attempts set outcome = '{"kind":"unknown","message":"no answer"}' where id = $1`,
    [asked],
  );
  expect(await told()).toEqual(before);
  await owner.query(`update attempts set outcome = '{"kind":"succeeded"}' where id = $1`, [asked]);
  expect(await told()).toEqual(before.slice(1));
});
