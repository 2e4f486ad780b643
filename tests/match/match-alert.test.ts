import { describe, expect, it } from 'vitest';
import type { Plan, PlanTrigger } from '../../engine/core/contracts/plan.ts';
import { matchAlert } from '../../engine/core/match/match-alert.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { compile } from '../compile/compile.ts';

const nowMs = Date.parse('2026-11-20T23:59:59.999Z');

const alert: JsonObject = {
  id: 'alr_1',
  title: 'Ransom note',
  severity: 'high',
  category: 'ransomware',
  incident: { id: '77' },
  targets: {
    hosts: [
      { id: 'H1', name: 'h1' },
      { id: 'H2', name: 'h2' },
      { id: 'H1', name: 'h1 again' },
    ],
    users: [],
    mails: [],
    files: [],
    ips: [],
  },
};

const text = `kind: playbook/v1
id: under-test
title: A playbook under test
description: Made for one test.
status: stable
version: 1.0.0
mode: enforce
author: Blue Team
owner: group:soc
falsepositives: [Backup agents]
triggers:
  - { id: on_alert, type: alert.created, match: alert.severity == "high", each: alert.targets.hosts, as: host }
  - { id: by_hand, type: manual, targets: [host] }
inputs:
  host_id:
    type: string
    maxLength: 8
    from: { on_alert: "\${{ host.id }}", by_hand: "\${{ target.id }}" }
  reason:
    type: string
    default: none given
dedupe: { key: "\${{ 'isolate/' + inputs.host_id }}", window: 4h, on_duplicate: attach }
concurrency: { group: "\${{ 'host/' + inputs.host_id }}" }
steps:
  - stop: { outcome: succeeded, reason: Done }
`;

const compiled = compile(text);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
const plan: Plan = compiled.plan;

function match(change: Partial<PlanTrigger> = {}, given: JsonObject = {}, more: Partial<Plan> = {}) {
  const triggers = plan.triggers.map((trigger) =>
    trigger.id === 'on_alert' ? { ...trigger, ...change } : trigger,
  );
  return matchAlert(
    { ...plan, ...more, triggers },
    { alertId: 'alr_1', alert: { ...alert, ...given }, nowMs },
  );
}

describe('a trigger that fits', () => {
  it('matches each element once, with its inputs and keys', () => {
    const { matched, trace } = match();
    expect(trace).toEqual([]);
    expect(matched).toMatchObject([
      {
        triggerId: 'on_alert',
        elementKey: 'H1',
        inputs: { host_id: 'H1', reason: 'none given' },
        dedupeKey: 'isolate/H1',
        concurrencyGroup: 'host/H1',
      },
      { elementKey: 'H2', inputs: { host_id: 'H2' }, dedupeKey: 'isolate/H2' },
    ]);
  });

  it('gives the same run the same key each time, and every other run another one', () => {
    const keys = match().matched.map((each) => each.runKey);
    expect(match().matched.map((each) => each.runKey)).toEqual(keys);
    const others = [
      ...keys,
      ...match({ id: 'other' }, {}, { inputs: [], dedupe: null, concurrency: null }).matched.map(
        (each) => each.runKey,
      ),
      ...match({}, {}, { playbook: { ...plan.playbook, id: 'another' } }).matched.map((each) => each.runKey),
    ];
    expect(new Set(others).size).toBe(6);
  });

  it('without `each` takes the alert as its one element', () => {
    const { matched } = match({ each: null }, {}, { inputs: [], dedupe: null, concurrency: null });
    expect(matched).toMatchObject([{ elementKey: '', inputs: {}, dedupeKey: null, concurrencyGroup: null }]);
  });

  it.each<[string, string, string[]]>([
    ['texts by themselves', '["a", "b", "a"]', ['a', 'b']],
    ['things with an id by it', '[{"id": "x", "n": 1}, {"id": "x", "n": 2}]', ['x']],
  ])('tells elements apart: %s', (_what, each, keys) => {
    expect(
      match({ each }, {}, { inputs: [], dedupe: null, concurrency: null }).matched.map(
        (one) => one.elementKey,
      ),
    ).toEqual(keys);
  });

  it('tells other elements apart by everything in them', () => {
    const { matched } = match(
      { each: '[{"n": 1}, {"n": 2}, {"n": 1}]' },
      {},
      { inputs: [], dedupe: null, concurrency: null },
    );
    expect(new Set(matched.map((one) => one.elementKey)).size).toBe(2);
    for (const one of matched) expect(one.elementKey).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is never the manual one', () => {
    expect(match({ enabled: false })).toMatchObject({ matched: [], trace: [{ triggerId: 'on_alert' }] });
  });
});

describe('a trigger that starts nothing says why', () => {
  it('because it is switched off', () => {
    expect(match({ enabled: false })).toMatchObject({ matched: [], trace: [{ outcome: 'disabled' }] });
  });

  it('because its last day is over, in UTC', () => {
    expect(match({ expires: '2026-11-20' }).matched).toHaveLength(2);
    expect(match({ expires: '2026-11-19' })).toMatchObject({
      matched: [],
      trace: [{ outcome: 'expired', detail: expect.stringContaining('2026-11-19') }],
    });
  });

  it('because its condition is false', () => {
    expect(match({}, { severity: 'low' })).toMatchObject({
      matched: [],
      trace: [{ outcome: 'not-matched' }],
    });
  });

  it('because its condition is no boolean: anything but true is no', () => {
    expect(match({ match: '"true"' }).matched).toEqual([]);
  });

  it.each(['alert.nothing.here == 1', '1 / 0 == 1', 'alert.title > 3'])(
    'because its condition fails: %s',
    (condition) => {
      const { matched, trace } = match({ match: condition });
      expect(matched).toEqual([]);
      expect(trace).toMatchObject([{ outcome: 'error', detail: expect.stringMatching(/^match: ./) }]);
    },
  );

  it.each(['alert.nothing', '"text"', 'alert.targets'])('because `each` is no list: %s', (each) => {
    expect(match({ each })).toMatchObject({
      matched: [],
      trace: [{ outcome: 'error', detail: expect.stringMatching(/^each: ./) }],
    });
  });

  it('because the list is empty', () => {
    expect(match({ each: 'alert.targets.users' })).toMatchObject({
      matched: [],
      trace: [{ outcome: 'not-matched', detail: 'each is an empty list' }],
    });
  });
});

describe('one element that cannot start', () => {
  const hosts = (...ids: JsonObject[]) => ({ targets: { hosts: ids } });

  it('because its input does not fit is named, and the others start', () => {
    const { matched, trace } = match({}, hosts({ id: 'far too long' }, { id: 'H2' }));
    expect(matched.map((one) => one.elementKey)).toEqual(['H2']);
    expect(trace).toMatchObject([
      { outcome: 'error', elementKey: 'far too long', detail: expect.stringContaining('inputs.host_id') },
    ]);
  });

  it('because its input is missing is named, and the others start', () => {
    const { matched, trace } = match({}, hosts({ name: 'no id' }, { id: 'H2' }));
    expect(matched).toHaveLength(1);
    expect(trace).toMatchObject([{ outcome: 'error', detail: expect.stringContaining('inputs.host_id') }]);
  });

  it('because an input without default has no source for this trigger', () => {
    const inputs = plan.inputs.map((input) => ({ ...input, required: true, from: {} }));
    expect(match({}, {}, { inputs }).trace).toMatchObject([
      { outcome: 'error', detail: expect.stringContaining('no default') },
      { outcome: 'error' },
    ]);
  });

  it.each([
    ['dedupe.key', "'isolate/' + inputs.host_id"],
    ['concurrency.group', "'host/' + inputs.host_id"],
  ])('because its %s cannot be rendered', (what, expression) => {
    const broken = compile(text.replace(expression, 'string(int(inputs.reason))'));
    if (!broken.ok) throw new Error(JSON.stringify(broken.diagnostics));
    expect(matchAlert(broken.plan, { alertId: 'alr_1', alert, nowMs })).toMatchObject({
      matched: [],
      trace: [
        { outcome: 'error', elementKey: 'H1', detail: expect.stringMatching(new RegExp(`^${what}: .`)) },
        { outcome: 'error', elementKey: 'H2' },
      ],
    });
  });
});

it('alert text in an expression is data, whatever it says', () => {
  const id = '${{1}}';
  const { matched } = match({}, { targets: { hosts: [{ id }] } });
  expect(matched).toMatchObject([{ inputs: { host_id: id }, dedupeKey: `isolate/${id}` }]);
});
