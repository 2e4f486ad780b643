import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeIncident } from '../../engine/runtime/change-incident.ts';
import { startScheduled } from '../../engine/runtime/keep-schedules.ts';
import { receiveWebhook } from '../../engine/runtime/receive-webhook.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { hostAlert, isolateStep, madePlaybook, until, ws0117, ws0244 } from './questions.ts';

/* From each kind of event to what it does in the world (language reference 3, triggers). */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

/** Tells the channel something when its one trigger is started. */
const teller = (id: string, trigger: string, text: string) => `kind: playbook/v1
id: ${id}
title: Tell the channel
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
mode: enforce
falsepositives: [None]
triggers:
  - id: heard
${trigger}
steps:
  - id: tell
    action: chat.post-message
    with: { channel: soc, text: "${text}" }
`;

const runsOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId);

async function told(playbookId: string): Promise<string> {
  await until(async () => (await runsOf(playbookId)).some((run) => run.state === 'succeeded'));
  expect(await runsOf(playbookId)).toHaveLength(1);
  return JSON.stringify(corridor.lab.estate.messages().at(-1));
}

async function judge(sourceId: string, change: JsonObject): Promise<void> {
  const { rows } = await corridor.database.app.query<{ id: string; version: number }>(
    'select id, version from incidents where source_id = $1',
    [sourceId],
  );
  const [incident] = rows;
  if (incident === undefined) throw new Error('no such incident');
  const input = { ...incident, change, actor: testActor, requestId: 'test' };
  expect(await changeIncident(corridor.engine.parts, input)).toMatchObject({ ok: true });
  corridor.engine.matcher.nudge();
}

it('incident.updated: a false positive gives a host back that waited for the verdict, and starts who listens', async () => {
  const wait = `  - id: verdict
    wait:
      for: incident.updated
      match: signal.incident.id == "2972399" && signal.incident.status == "resolved"
      timeout: 5d
      on_timeout: continue
  - id: release
    if: steps.verdict.outputs.?signal.?incident.?classification.orValue("") == "false_positive"
    undo: [isolate]
    reason: False positive
`;
  await corridor.publish(madePlaybook('judged', `${isolateStep}${wait}`));
  const trigger = `    type: incident.updated
    match: alert.incident.classification == "false_positive"`;
  await corridor.publish(teller('hears-verdict', trigger, 'Verdict on ${{ alert.incident.id }}'));
  await corridor.sendBody(hostAlert('judged', 'judged-1', ws0244));
  await until(async () => (await runsOf('judged')).some((run) => run.state === 'waiting'));
  expect(isolated(ws0244)).toMatchObject({ applied: 1, released: 0 });
  await judge('2972399', { status: 'resolved', classification: 'false_positive' });
  await until(async () => (await runsOf('judged')).some((run) => run.state === 'succeeded'));
  expect(isolated(ws0244)).toMatchObject({ applied: 1, released: 1 });
  expect(await told('hears-verdict')).toContain('Verdict on 2972399');
});

it('incident.created: the first alert of an incident starts who listens, the second does not', async () => {
  const trigger = `    type: incident.created
    match: alert.incident.id == "NEW-1"`;
  await corridor.publish(teller('hears-incident', trigger, 'New incident ${{ alert.incident.id }}'));
  for (const id of ['new-1', 'new-2'])
    await corridor.sendBody({ ...hostAlert('nothing', id, ws0117), incident: { id: 'NEW-1' } });
  expect(await told('hears-incident')).toContain('New incident NEW-1');
});

it('alert.updated: the same alert with another severity starts who listens', async () => {
  const trigger = `    type: alert.updated
    match: alert.severity == "critical" && alert.source_id == "grew-1"`;
  await corridor.publish(teller('hears-change', trigger, 'Now ${{ alert.severity }}'));
  const alert = hostAlert('nothing', 'grew-1', ws0117);
  for (const severity of ['high', 'high', 'critical', 'critical'])
    await corridor.sendBody({ ...alert, severity });
  expect(await told('hears-change')).toContain('Now critical');
});

it('webhook: what a scanner sends is told once, also when it sends it twice', async () => {
  const trigger = `    type: webhook
    match: alert.raw.finding == "open port"`;
  await corridor.publish(teller('hears-scanner', trigger, 'Scanner found something'));
  for (const finding of ['open port', 'open port', 'nothing']) {
    const received = await receiveWebhook(corridor.engine.parts, {
      playbookId: 'hears-scanner',
      triggerId: 'heard',
      body: { finding },
      messageId: finding,
      sentAtMs: null,
      actor: testActor,
      requestId: 'test',
    });
    expect(received.ok).toBe(true);
  }
  corridor.engine.matcher.nudge();
  expect(await told('hears-scanner')).toContain('Scanner found something');
});

it('schedule: a tick starts one run that does its work', async () => {
  const trigger = `    type: schedule
    cron: "0 6 * * *"`;
  await corridor.publish(teller('every-morning', trigger, 'Good morning'));
  const { parts, admitter } = corridor.engine;
  // Years ahead: the running engine's own look finds nothing due, these two do.
  await corridor.database.owner.query(
    `update playbooks set listens_since = '2090-01-01T05:00:00Z' where id = 'every-morning'`,
  );
  const at = Date.parse('2090-01-01T06:00:00Z');
  const looks = await Promise.all([1, 2].map(() => startScheduled(parts, admitter, at)));
  expect(looks.sort()).toEqual([0, 1]);
  expect(await told('every-morning')).toContain('Good morning');
});

it('manual: whom `allow` names by mail address starts it, and nobody else', async () => {
  const [jo, bo] = [await corridor.person('Jo', []), await corridor.person('Bo', [])];
  await corridor.database.owner.query(`update people set email = 'jo@example.test' where id = $1`, [jo]);
  const manual = 'type: manual\n    allow: [user:Jo@example.test]';
  await corridor.publish(teller('by-hand', `    ${manual}`, 'by hand'));
  const start = (personId: typeof jo) =>
    startRunByHand(corridor.engine.parts, corridor.engine.admitter, {
      playbookId: 'by-hand',
      target: null,
      inputs: {},
      mode: null,
      actor: { kind: 'person', id: personId, channel: 'api' },
      roles: ['responder'],
      groups: [],
      personId,
    });
  expect(await start(bo)).toMatchObject({ ok: false, code: 'auth/forbidden' });
  expect(await start(jo)).toMatchObject({ ok: true });
  expect(await told('by-hand')).toContain('by hand');
});

it('run.failed: a run that fails starts who listens, and its own playbook never', async () => {
  const fail = `  - stop: { outcome: failed, reason: It did not work }
`;
  const failing = madePlaybook('failing', fail).replace(
    'inputs:',
    '  - id: own_failure\n    type: run.failed\ninputs:',
  );
  await corridor.publish(
    failing.replace('by_hand: ${{ target.id }}', 'by_hand: ${{ target.id }}\n      own_failure: none'),
  );
  const trigger = `    type: run.failed
    match: alert.raw.run.playbook == "failing"`;
  await corridor.publish(teller('hears-failure', trigger, 'Failed: ${{ alert.raw.run.reason }}'));
  await corridor.sendBody(hostAlert('failing', 'failing-1', ws0117));
  expect(await told('hears-failure')).toContain('It did not work');
  expect(await runsOf('failing')).toHaveLength(1);
  const { rows } = await corridor.database.app.query(
    `select outcome, code from decision_traces where playbook_id = 'failing' and trigger_id = 'own_failure'`,
  );
  expect(rows).toEqual([{ outcome: 'own-doing', code: 'match/own-doing' }]);
});
