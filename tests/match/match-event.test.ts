import { describe, expect, it } from 'vitest';
import type { Plan, PlanTrigger } from '../../engine/core/contracts/plan.ts';
import type { IncomingEvent } from '../../engine/core/intake/incoming-event.ts';
import { type MatchContext, matchEvent } from '../../engine/core/match/match-event.ts';
import type { PlaybookRoute } from '../../engine/core/match/routing.ts';
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
  return matchEvent({ ...plan, ...more, triggers }, eventOf(given), context);
}

const context: MatchContext = { nowMs, route: null, only: null };

const everything: PlaybookRoute = {
  playbook: 'under-test',
  order: 1,
  enabled: true,
  expires: null,
  match: null,
  mode: null,
};

function eventOf(given: JsonObject = {}, more: Partial<IncomingEvent> = {}): IncomingEvent {
  return {
    id: 'alr_1',
    type: 'alert.created',
    alert: { ...alert, ...given },
    signal: { id: 'alr_1', type: 'alert.created' },
    mark: null,
    chain: 0,
    addressee: null,
    ...more,
  };
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

  it('leaves no element out whose id says nothing', () => {
    const each = '[{"id": "", "name": "a"}, {"id": "", "name": "b"}, "", {"id": "", "name": "a"}]';
    const { matched } = match({ each }, {}, { inputs: [], dedupe: null, concurrency: null });
    expect(matched).toHaveLength(3);
    expect(new Set(matched.map(({ runKey }) => runKey)).size).toBe(3);
    // The key of the alert itself, where there is no `each`.
    expect(matched.map(({ elementKey }) => elementKey)).not.toContain('');
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

  it('misses no alert for being certain: a `number` is double where it is whole (7.4)', () => {
    const sure = 'alert.confidence / 2 > 0.4';
    for (const confidence of [0.9, 1]) {
      expect(match({ match: sure }, { confidence }).matched).toHaveLength(2);
      const routed: MatchContext = { ...context, route: { ...everything, match: sure } };
      expect(matchEvent(plan, eventOf({ confidence }), routed).matched).toHaveLength(2);
    }
    const [input] = plan.inputs;
    if (input === undefined) throw new Error('it has an input');
    const from = { '*': { t: 'expr' as const, expr: 'alert.confidence' } };
    const key = (expr: string) => ({ t: 'expr' as const, expr });
    const [made] = match(
      { each: null },
      { confidence: 1 },
      {
        inputs: [{ ...input, name: 'score', schema: { type: 'number' }, from }],
        dedupe: { key: key('string(inputs.score / 2)'), windowMs: 1, onDuplicate: 'skip' },
        concurrency: { group: key('string(alert.confidence / 4)'), limit: 1, onConflict: 'queue' },
      },
    ).matched;
    expect(made).toMatchObject({ inputs: { score: 1 }, dedupeKey: '0.5', concurrencyGroup: '0.25' });
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
    expect(matchEvent(broken.plan, eventOf(), context)).toMatchObject({
      matched: [],
      trace: [
        { outcome: 'error', elementKey: 'H1', detail: expect.stringMatching(new RegExp(`^${what}: .`)) },
        { outcome: 'error', elementKey: 'H2' },
      ],
    });
  });
});

describe('the routing file narrows', () => {
  const route: PlaybookRoute = {
    playbook: 'under-test',
    order: 1,
    enabled: true,
    expires: null,
    match: null,
    mode: null,
  };
  const routed = (change: Partial<PlaybookRoute>) =>
    matchEvent(plan, eventOf(), { ...context, route: { ...route, ...change } });

  it.each<[string, Partial<PlaybookRoute>, string]>([
    ['a playbook that it switches off', { enabled: false }, 'match/routed-away'],
    ['a playbook whose entry is over', { expires: '2026-11-19' }, 'match/routed-away'],
    ['a condition of its own that is false', { match: 'alert.severity == "low"' }, 'match/routed-away'],
    ['a condition of its own that fails', { match: 'alert.nothing == 1' }, 'match/expression-failed'],
  ])('%s starts nothing', (_what, change, code) => {
    expect(routed(change)).toMatchObject({ matched: [], trace: [{ triggerId: 'on_alert', code }] });
  });

  it('an entry that says nothing changes nothing, and its last day still counts', () => {
    expect(routed({}).matched).toEqual(match().matched);
    expect(routed({ expires: '2026-11-20' }).matched).toHaveLength(2);
  });

  it('cannot make a trigger match that does not', () => {
    const narrow = { ...context, route: { ...route, match: 'true' } };
    expect(matchEvent(plan, eventOf({ severity: 'low' }), narrow).matched).toEqual([]);
  });

  it.each([
    ['enforce', 'audit', 'audit'],
    ['enforce', 'ask', 'ask'],
    ['ask', 'enforce', 'ask'],
    ['audit', 'enforce', 'audit'],
  ] as const)('of a %s playbook with mode %s it makes %s: lower, never higher', (own, mode, expected) => {
    const { matched } = matchEvent({ ...plan, mode: own }, eventOf(), {
      ...context,
      route: { ...route, mode },
    });
    expect(matched.map((each) => each.mode)).toEqual([expected, expected]);
  });
});

describe('runs that start each other (9.15, item 9)', () => {
  const updated = (more: Partial<IncomingEvent>) => {
    const triggers = plan.triggers.map((each) =>
      each.id === 'on_alert' ? { ...each, type: 'incident.updated' as const } : each,
    );
    return matchEvent({ ...plan, triggers }, eventOf({}, { type: 'incident.updated', ...more }), context);
  };

  it('a trigger ignores what its own playbook did, and answers what another did', () => {
    expect(updated({ mark: 'under-test', chain: 1 })).toMatchObject({
      matched: [],
      trace: [{ outcome: 'own-doing', code: 'match/own-doing' }],
    });
    expect(updated({ mark: 'another', chain: 1 }).matched).toHaveLength(2);
    // Several may have had a hand in it; one whose name is a part of another's is none of them.
    expect(updated({ mark: 'another,under-test', chain: 1 }).matched).toEqual([]);
    expect(updated({ mark: 'another,under-test-too', chain: 1 }).matched).toHaveLength(2);
  });

  it('a chain of five goes on, a longer one is stopped as match/loop', () => {
    expect(updated({ mark: 'another', chain: 5 }).matched).toHaveLength(2);
    expect(updated({ mark: 'another', chain: 6 })).toMatchObject({
      matched: [],
      trace: [{ outcome: 'loop', code: 'match/loop', detail: expect.stringContaining('6 runs') }],
    });
  });
});

describe('what a trigger listens to', () => {
  it('is its own type only', () => {
    expect(matchEvent(plan, eventOf({}, { type: 'alert.updated' }), context)).toEqual({
      matched: [],
      trace: [],
    });
  });

  it('a webhook is for the one trigger it was sent to', () => {
    const hooks = ['one', 'two'].map((id) => ({
      ...(plan.triggers[0] as PlanTrigger),
      id,
      type: 'webhook' as const,
    }));
    const sent = (playbookId: string) =>
      matchEvent(
        { ...plan, triggers: hooks, inputs: [], dedupe: null, concurrency: null },
        eventOf({}, { type: 'webhook', addressee: { playbookId, triggerId: 'two' } }),
        context,
      ).matched.map((each) => each.triggerId);
    expect(sent('under-test')).toEqual(['two', 'two']);
    expect(sent('another')).toEqual([]);
  });

  it('is tried only when the index did not rule it out', () => {
    expect(matchEvent(plan, eventOf(), { ...context, only: new Set() })).toEqual({ matched: [], trace: [] });
  });
});

it('more elements than a thousand start nothing: match/too-many-elements', () => {
  const hosts = Array.from({ length: 1001 }, (_, index) => ({ id: `H${index}` }));
  expect(match({}, { targets: { hosts } })).toMatchObject({
    matched: [],
    trace: [{ outcome: 'error', code: 'match/too-many-elements' }],
  });
});

it('alert text in an expression is data, whatever it says', () => {
  const id = '${{1}}';
  const { matched } = match({}, { targets: { hosts: [{ id }] } });
  expect(matched).toMatchObject([{ inputs: { host_id: id }, dedupeKey: `isolate/${id}` }]);
});
