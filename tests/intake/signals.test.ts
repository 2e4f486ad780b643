import { describe, expect, it } from 'vitest';
import { engineMark } from '../../engine/core/intake/engine-mark.ts';
import { changeIncident } from '../../engine/runtime/change-incident.ts';
import { receiveWebhook } from '../../engine/runtime/receive-webhook.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { actor, openMatching, ownAlert, waitingPlaybook } from '../match/open-matching.ts';

const at = await openMatching();

interface SignalRow {
  id: string;
  type: string;
  data: JsonObject;
  alert: JsonObject;
  mark: string | null;
  chain: number;
}

async function signals(type: string): Promise<SignalRow[]> {
  const text = 'select id, type, data, alert, mark, chain from signals where type = $1 order by at, id';
  return (await at.database.app.query<SignalRow>(text, [type])).rows;
}

async function lastSignal(type: string): Promise<SignalRow> {
  const found = (await signals(type)).at(-1);
  if (found === undefined) throw new Error(`no signal of the type ${type}`);
  return found;
}

async function entryTypes(): Promise<string[]> {
  const { rows } = await at.database.owner.query<{ type: string }>(
    `select convert_from(entry, 'utf8')::json->>'type' as type from audit_pending order by enqueued_at, id`,
  );
  return rows.map((row) => row.type);
}

async function traceOf(eventId: string) {
  const text =
    'select playbook_id, trigger_id, outcome, code, run_id from decision_traces where event_id = $1 order by seq';
  return (await at.database.app.query<{ outcome: string; code: string | null }>(text, [eventId])).rows;
}

const listener = (id: string, type: string, match = '') => `kind: playbook/v1
id: ${id}
title: Listen
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
mode: enforce
falsepositives: [None]
triggers:
  - id: heard
    type: ${type}
${match === '' ? '' : `    match: ${match}\n`}steps:
  - id: look
    approval: { ask: Go on?, approvers: [group:soc] }
`;

describe('alert.updated (9.15, item 1)', () => {
  it('an alert is one row however often it is delivered; a changed delivery is a signal, the same again is none', async () => {
    await at.publish(listener('changed', 'alert.updated', 'alert.severity == "critical"'));
    const first = await at.accept(ownAlert('change-1'));
    await at.match();
    const again = await at.accept(ownAlert('change-1'));
    expect(await signals('alert.updated')).toEqual([]);
    const changed = await at.accept(ownAlert('change-1', { severity: 'critical' }));
    expect([again, changed]).toEqual([
      { ...first, duplicate: true },
      { ...first, duplicate: true },
    ]);
    const signal = await lastSignal('alert.updated');
    expect(signal).toMatchObject({ mark: null, chain: 0 });
    expect(signal.data).toMatchObject({
      id: signal.id,
      type: 'alert.updated',
      alert: { severity: 'critical' },
    });
    await at.match();
    expect(await at.runs('changed')).toHaveLength(1);
    const { rows } = await at.database.app.query(`select severity from alerts where source_id = 'change-1'`);
    expect(rows).toEqual([{ severity: 'critical' }]);
    expect((await entryTypes()).filter((type) => type === 'alert.updated')).toHaveLength(1);
  });

  it('a change that a run made carries the mark of its playbook, which ignores it (9.15, item 9)', async () => {
    await at.publish(listener('commenting', 'alert.updated', 'alert.category == "marked"'));
    await at.publish(waitingPlaybook('marked', ''));
    const body = (comments: string[]) => ownAlert('marked-1', { category: 'marked', raw: { comments } });
    await at.accept(body([]));
    await at.match();
    const [run] = await at.runs('marked');
    await at.accept(body([`done ${engineMark(run?.id ?? '')}`]));
    const signal = await lastSignal('alert.updated');
    expect(signal).toMatchObject({ mark: 'marked', chain: 1 });
    await at.match();
    expect(await at.runs('commenting')).toHaveLength(1);
    expect(await at.runs('marked')).toHaveLength(1);
  });

  it('a change that runs of two playbooks made is the own doing of both, and not of a third', async () => {
    for (const id of ['first', 'second', 'third'])
      await at.publish(listener(id, 'alert.updated', 'alert.category == "shared"'));
    const body = (...comments: string[]) => ownAlert('shared-1', { category: 'shared', raw: { comments } });
    await at.accept(body());
    await at.accept(body('somebody else'));
    await at.match();
    const [[one], [two]] = [await at.runs('first'), await at.runs('second')];
    expect(await at.runs('third')).toHaveLength(1);
    // Both have commented before their source tells of it.
    const comments = [one, two].map((run) => `done ${engineMark(run?.id ?? '')}`);
    await at.accept(body('somebody else', ...comments));
    const signal = await lastSignal('alert.updated');
    expect(signal).toMatchObject({ mark: 'first,second', chain: 1 });
    await at.match();
    expect((await traceOf(signal.id)).map(({ outcome }) => outcome)).toEqual([
      'own-doing',
      'own-doing',
      'started',
    ]);
    expect(await Promise.all(['first', 'second', 'third'].map(at.runs))).toMatchObject([
      [{}],
      [{}],
      [{}, {}],
    ]);
  });
});

describe('an incident', () => {
  const incidentOf = async (sourceId: string) => {
    const { rows } = await at.database.app.query<{ id: string; version: number }>(
      'select id, version from incidents where source_id = $1',
      [sourceId],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('no such incident');
    return row;
  };
  const change = (id: string, version: number, what: JsonObject) =>
    changeIncident(at.engine.parts, { id, version, change: what, actor, requestId: 'test' });

  it('that its first alert makes is told once, with what the alert names', async () => {
    await at.accept(ownAlert('inc-a', { incident: { id: 'INC-1' } }));
    await at.accept(ownAlert('inc-b', { incident: { id: 'INC-1' } }));
    const created = await signals('incident.created');
    expect(created).toHaveLength(1);
    expect(created[0]?.data).toMatchObject({ incident: { id: 'INC-1', classification: 'unknown' } });
    expect(created[0]?.alert).toMatchObject({ category: 'incident', targets: { hosts: [{ id: 'H1' }] } });
  });

  it('that a person judges starts what listens, with the targets of all its alerts', async () => {
    await at.publish(
      listener('verdict', 'incident.updated', 'alert.incident.classification == "false_positive"'),
    );
    const hosts = [{ id: 'H2', name: 'h2' }];
    await at.accept(ownAlert('inc-c', { incident: { id: 'INC-1' }, targets: { hosts } }));
    const { id, version } = await incidentOf('INC-1');
    const judged = await change(id, version, { status: 'resolved', classification: 'false_positive' });
    expect(judged).toEqual({ ok: true, version: version + 1 });
    const signal = await lastSignal('incident.updated');
    expect(signal.data).toMatchObject({ incident: { status: 'resolved', classification: 'false_positive' } });
    expect(signal.alert).toMatchObject({ targets: { hosts: [{ id: 'H1' }, { id: 'H2' }] } });
    while ((await at.match()) > 0);
    expect(await at.runs('verdict')).toHaveLength(1);
    expect((await traceOf(signal.id)).map((line) => line.outcome)).toEqual(['started']);
    expect(await entryTypes()).toContain('incident.updated');
  });

  it('that grows more severe repeats no verdict to whoever waits for a new one', async () => {
    const before = (await signals('incident.updated')).length;
    await at.accept(ownAlert('inc-d', { incident: { id: 'INC-1' }, severity: 'critical' }));
    expect(await signals('incident.updated')).toHaveLength(before);
    const { rows } = await at.database.app.query(
      `select severity, status, classification from incidents where source_id = 'INC-1'`,
    );
    expect(rows).toEqual([{ severity: 'critical', status: 'resolved', classification: 'false_positive' }]);
  });

  it('that somebody else has changed meanwhile is not overwritten, and the same again changes nothing', async () => {
    const { id, version } = await incidentOf('INC-1');
    const before = (await signals('incident.updated')).length;
    expect(await change(id, version - 1, { owner: 'jo' })).toMatchObject({
      ok: false,
      code: 'request/stale',
    });
    expect(await change(id, version, { status: 'resolved' })).toEqual({ ok: true, version });
    expect(await change('inc_none', 1, { owner: 'jo' })).toMatchObject({ code: 'request/not-found' });
    expect(await signals('incident.updated')).toHaveLength(before);
  });

  it('changed by two people at once takes one of them', async () => {
    const { id, version } = await incidentOf('INC-1');
    const both = await Promise.all(['jo', 'kim'].map((owner) => change(id, version, { owner })));
    expect(both.map((each) => each.ok).sort()).toEqual([false, true]);
  });
});

describe('a webhook', () => {
  const send = (triggerId: string, body: JsonObject, messageId: string | null = null) =>
    receiveWebhook(at.engine.parts, {
      playbookId: 'called',
      triggerId,
      body,
      messageId,
      sentAtMs: null,
      actor,
      requestId: 'test',
    });

  it('starts the trigger that it is addressed to, and shows its body as alert.raw', async () => {
    await at.publish(listener('called', 'webhook', 'alert.raw.kind == "go"'));
    await at.publish(listener('not-called', 'webhook'));
    const sent = await send('heard', { kind: 'go' });
    expect(sent).toMatchObject({ ok: true, duplicate: false });
    const signal = await lastSignal('webhook');
    expect(signal.alert).toMatchObject({ category: 'webhook', source: 'webhook', raw: { kind: 'go' } });
    expect(signal.data).toEqual({ id: signal.id, type: 'webhook', body: { kind: 'go' } });
    while ((await at.match()) > 0);
    expect(await at.runs('called')).toHaveLength(1);
    expect(await at.runs('not-called')).toEqual([]);
  });

  it('sent again under the same name is the same one, also when both come at once', async () => {
    const before = (await signals('webhook')).length;
    const both = await Promise.all([
      send('heard', { kind: 'go' }, 'm-1'),
      send('heard', { kind: 'go' }, 'm-1'),
    ]);
    expect(both.map((each) => each.ok && each.duplicate).sort()).toEqual([false, true]);
    expect(await signals('webhook')).toHaveLength(before + 1);
  });

  it('to a trigger that is not there is refused and leaves nothing', async () => {
    const before = (await signals('webhook')).length;
    expect(await send('missing', {})).toMatchObject({ ok: false, code: 'request/not-found' });
    expect(await send('heard', { bad: '\0' })).toMatchObject({ ok: false, code: 'request/invalid' });
    expect(await signals('webhook')).toHaveLength(before);
  });
});
