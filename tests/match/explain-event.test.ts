import { describe, expect, it } from 'vitest';
import type { Plan, PlanTrigger } from '../../engine/core/contracts/plan.ts';
import { alertView } from '../../engine/core/intake/alert-view.ts';
import type { IncomingEvent } from '../../engine/core/intake/incoming-event.ts';
import { explainCondition } from '../../engine/core/match/explain-condition.ts';
import { explainEvent } from '../../engine/core/match/explain-event.ts';
import type { Routing } from '../../engine/core/match/routing.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { compile } from '../compile/compile.ts';

const nowMs = Date.parse('2026-11-20T00:00:00Z');
const alert = alertView({ id: 'alr_1', title: 'Odd', severity: 'low', category: 'phishing' });
const scope = { names: { alert }, nowMs };

describe('a condition taken apart', () => {
  it('says what each part of it gives and what the smallest ones saw', () => {
    const condition = 'alert.category == "phishing" && (alert.severity == "high" || alert.confidence > 0.9)';
    const part = explainCondition(condition, scope);
    expect(part).toMatchObject({ kind: 'all', result: 'false', text: condition });
    expect(part.parts).toMatchObject([
      { kind: 'one', text: 'alert.category == "phishing"', result: 'true' },
      {
        kind: 'any',
        result: 'false',
        parts: [
          {
            text: 'alert.severity == "high"',
            result: 'false',
            values: [{ path: 'alert.severity', value: '"low"' }],
          },
          {
            text: 'alert.confidence > 0.9',
            result: 'false',
            values: [{ path: 'alert.confidence', value: '0.5' }],
          },
        ],
      },
    ]);
    const [, any] = part.parts;
    expect(condition.slice(any?.parts[0]?.start, any?.parts[0]?.end)).toBe('alert.severity == "high"');
  });

  it('a long conjunction is one list, and a part that fails says why', () => {
    const part = explainCondition(
      'alert.title == "Odd" && alert.raw.x == 1 && alert.severity == "low"',
      scope,
    );
    expect(part.parts.map((each) => each.result)).toEqual(['true', 'error', 'true']);
    expect(part.parts[1]).toMatchObject({ values: [{ path: 'alert.raw.x', value: 'not there' }] });
    expect(part.parts[1]?.message).not.toBe('');
  });

  it('comes to the answer of the trigger about a certainty of 1', () => {
    const sure = { names: { alert: { ...alert, confidence: 1 } }, nowMs };
    const part = explainCondition('alert.severity == "low" && alert.confidence / 2 > 0.4', sure);
    expect(part.parts.map((each) => each.result)).toEqual(['true', 'true']);
  });

  it('brackets belong to the part that they close', () => {
    const part = explainCondition(
      '!(alert.title == "(" || alert.severity == "x") && (alert.title == "y")',
      scope,
    );
    expect(part.parts.map((each) => [each.text, each.result])).toEqual([
      ['!(alert.title == "(" || alert.severity == "x")', 'true'],
      ['alert.title == "y"', 'false'],
    ]);
  });

  it.each([
    '(alert.title + "!") + alert.severity == "Odd!low"',
    '(alert.title + "x").size() > (alert.severity + "").size()',
  ])('%s is evaluated with its brackets', (condition) => {
    const part = explainCondition(`${condition} && alert.title != ""`, scope);
    expect(part.parts[0]).toMatchObject({ text: condition, result: 'true' });
  });

  it('a value too long to read is cut', () => {
    const part = explainCondition('alert.title == ""', {
      nowMs,
      names: { alert: { ...alert, title: 'x'.repeat(5000) } },
    });
    expect(part.values[0]?.value.length).toBeLessThan(130);
  });

  it('what cannot be read at all is an error, not a crash', () => {
    expect(explainCondition('alert.title ==', scope)).toMatchObject({ result: 'error', parts: [] });
  });
});

const compiled = compile(`kind: playbook/v1
id: answer-phishing
title: Answer phishing
description: Made for one test.
status: stable
version: 1.0.0
mode: enforce
author: Blue Team
owner: group:soc
falsepositives: [None]
triggers:
  - { id: on_mail, type: alert.created, match: alert.category == "phishing" && alert.severity == "low" }
  - { id: by_hand, type: manual, targets: [user] }
inputs:
  title: { type: string, maxLength: 10, default: "", from: { on_mail: "\${{ alert.title }}" } }
steps:
  - stop: { outcome: succeeded, reason: Done }
`);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
const plan: Plan = {
  ...compiled.plan,
  triggers: compiled.plan.triggers.map((each) => ({
    ...each,
    needs: each.id === 'on_mail' ? [{ path: 'alert.category', values: ['phishing'] }] : [],
  })),
};

function explain(
  given: JsonObject = {},
  options: {
    routing?: Routing;
    enabled?: boolean;
    trigger?: Partial<PlanTrigger>;
    event?: Partial<IncomingEvent>;
  } = {},
) {
  const event: IncomingEvent = {
    id: 'alr_1',
    type: 'alert.created',
    alert: { ...alert, ...given },
    signal: { id: 'alr_1', type: 'alert.created' },
    mark: null,
    chain: 0,
    addressee: null,
    ...options.event,
  };
  const triggers = plan.triggers.map((each) =>
    each.id === 'on_mail' ? { ...each, ...options.trigger } : each,
  );
  const playbooks = [{ plan: { ...plan, triggers }, enabled: options.enabled ?? true }];
  return explainEvent(playbooks, options.routing ?? null, event, nowMs);
}

const route = {
  playbook: 'answer-phishing',
  order: 1,
  enabled: true,
  expires: null,
  match: null,
  mode: null,
};

describe('why an event starts what it starts', () => {
  it('says so for every trigger of every playbook', () => {
    expect(explain()).toMatchObject([
      {
        playbookId: 'answer-phishing',
        triggerId: 'on_mail',
        outcome: 'starts',
        code: null,
        ruledOut: null,
        runs: [{ element: '', inputs: { title: 'Odd' }, mode: 'enforce' }],
      },
      {
        triggerId: 'by_hand',
        outcome: 'not-listening',
        detail: 'it listens to manual, this is alert.created',
      },
    ]);
  });

  it('names the part of `match` that is false', () => {
    const [first] = explain({ severity: 'high' });
    expect(first).toMatchObject({ outcome: 'not-matched', code: 'match/not-true', ruledOut: null });
    expect(first?.condition?.parts.map((each) => each.result)).toEqual(['true', 'false']);
  });

  it('names the need that is not met, for which the index does not even try it', () => {
    expect(explain({ category: 'malware' })[0]).toMatchObject({
      outcome: 'not-matched',
      ruledOut: { path: 'alert.category', wants: ['phishing'], value: '"malware"' },
    });
  });

  it('names what the routing file narrows', () => {
    const routing = { routes: [{ ...route, match: 'alert.severity == "critical"' }] };
    expect(explain({}, { routing })[0]).toMatchObject({
      outcome: 'routed-away',
      routing: { result: 'false', values: [{ value: '"low"' }] },
    });
    expect(explain({}, { routing: { routes: [{ ...route, mode: 'ask' }] } })[0]?.runs).toMatchObject([
      { mode: 'ask' },
    ]);
  });

  it('names inputs that are not valid', () => {
    expect(explain({ title: 'far too long for it' })[0]).toMatchObject({
      outcome: 'error',
      code: 'match/invalid-input',
      detail: expect.stringContaining('inputs.title'),
    });
  });

  it.each<[string, Parameters<typeof explain>[1], string]>([
    ['a playbook that is switched off', { enabled: false }, 'match/disabled'],
    ['a trigger that is switched off', { trigger: { enabled: false } }, 'match/disabled'],
    ['a trigger that has expired', { trigger: { expires: '2026-11-19' } }, 'match/expired'],
    ['its own doing', { event: { mark: 'answer-phishing' } }, 'match/own-doing'],
    ['a circle of runs', { event: { chain: 6 } }, 'match/loop'],
  ])('names %s', (_what, options, code) => {
    expect(explain({}, options)[0]).toMatchObject({ code, runs: [] });
  });
});

it('playbooks look in the order of the routing file, then by id', () => {
  const named = (id: string) => ({ plan: { ...plan, playbook: { ...plan.playbook, id } }, enabled: true });
  const routing = {
    routes: [
      { ...route, playbook: 'c', order: 1 },
      { ...route, playbook: 'z', order: 2000 },
    ],
  };
  const event: IncomingEvent = {
    id: 'alr_1',
    type: 'alert.created',
    alert,
    signal: { id: 'alr_1', type: 'alert.created' },
    mark: null,
    chain: 0,
    addressee: null,
  };
  const order = explainEvent(['b', 'z', 'a', 'c'].map(named), routing, event, nowMs).map(
    (each) => each.playbookId,
  );
  expect([...new Set(order)]).toEqual(['c', 'a', 'b', 'z']);
});
