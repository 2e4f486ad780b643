import { describe, expect, it } from 'vitest';
import type { Guardrails } from '../../engine/core/guard/guardrails.ts';
import { backtestOf, hostPlaybook, isolate, pastAlert, tell } from './backtest-of.ts';

const tried = (more = '', steps = isolate, match?: string) => hostPlaybook(more, steps, match);

const standings = (text: string, alerts: Parameters<typeof backtestOf>[1]) =>
  backtestOf({ inForce: text }, alerts).matches.flatMap(({ runs }) => runs.map(({ standing }) => standing));

describe('what would have been started', () => {
  it('counts matches by day, and says nothing of alerts that match nothing', () => {
    const { inForce, matches, compared } = backtestOf({ inForce: tried() }, [
      pastAlert(0, ['H1']),
      pastAlert(1, ['H1'], { severity: 'low' }),
      pastAlert(24 * 60, ['H2', 'H3']),
    ]);
    expect(inForce).toMatchObject({ matched: 2, starts: 3, depends: 0, covered: 0, errors: [], lookedAt: 3 });
    expect(inForce?.days).toEqual([
      { day: '2026-11-20', read: 2, matched: 1, starts: 1, depends: 0, covered: 0 },
      { day: '2026-11-21', read: 1, matched: 1, starts: 2, depends: 0, covered: 0 },
    ]);
    expect(matches.map(({ runs }) => runs.map(({ element }) => element))).toEqual([['H1'], ['H2', 'H3']]);
    expect(compared).toBeNull();
  });

  it.each([
    {
      onDuplicate: 'attach',
      minutes: [0, 59, 60, 61],
      expected: ['starts', 'attached', 'starts', 'attached'],
    },
    { onDuplicate: 'skip', minutes: [0, 30, 90, 149], expected: ['starts', 'skipped', 'starts', 'skipped'] },
  ])(
    'plays dedupe ($onDuplicate) over the times at which alerts arrived',
    ({ onDuplicate, minutes, expected }) => {
      const dedupe = `dedupe: { key: '\${{ inputs.host_id }}', window: 1h, on_duplicate: ${onDuplicate} }`;
      const alerts = minutes.map((minute) => pastAlert(minute, ['H1']));
      expect(standings(tried(dedupe), alerts)).toEqual(expected);
      expect(standings(tried(dedupe), [pastAlert(0, ['H1']), pastAlert(1, ['H2'])])).toEqual([
        'starts',
        'starts',
      ]);
    },
  );

  it('says that a full group depends on how long runs take, up to their timeout', () => {
    const skip = 'concurrency: { group: all, limit: 2, on_conflict: skip }\ntimeout: 1h';
    const alerts = [0, 1, 2, 60].map((minute) => pastAlert(minute, ['H1']));
    expect(standings(tried(skip), alerts)).toEqual(['starts', 'starts', 'depends', 'depends']);
    expect(standings(tried(skip), [...alerts.slice(0, 3), pastAlert(61, ['H1'])])).toEqual([
      'starts',
      'starts',
      'depends',
      'starts',
    ]);
    const queue = 'concurrency: { group: all, limit: 1, on_conflict: queue }';
    expect(standings(tried(queue), alerts)).toEqual(['starts', 'starts', 'starts', 'starts']);
  });

  it('does not take a run that may not have started for one that covers', () => {
    const both = `concurrency: { group: all, limit: 1, on_conflict: skip }
dedupe: { key: '\${{ inputs.host_id }}', window: 1h, on_duplicate: skip }`;
    const alerts = [pastAlert(0, ['H1']), pastAlert(1, ['H2']), pastAlert(2, ['H2']), pastAlert(3, ['H1'])];
    expect(standings(tried(both), alerts)).toEqual(['starts', 'depends', 'depends', 'skipped']);
  });

  it('tells errors of conditions by code, with an example', () => {
    const text = tried('', isolate, 'alert.raw.score > 3');
    const alert = pastAlert(0, ['H1'], { raw: {} });
    const { inForce } = backtestOf({ inForce: text }, [alert, pastAlert(1, ['H1'], { raw: { score: 9 } })]);
    expect(inForce?.matched).toBe(1);
    expect(inForce?.errors).toMatchObject([
      { code: 'match/expression-failed', count: 1, example: { alert: alert.id, trigger: 'on_alert' } },
    ]);
  });
});

describe('what it would have done', () => {
  it('counts questions and actions: as it is expected, and at most', () => {
    const steps = `  - id: asset
    action: inventory.get-host
    with: { host_id: '\${{ inputs.host_id }}' }
  - if: steps.asset.outputs.role == "server"
    then:
    - id: isolate
      action: edr.isolate-host
      with: { host_id: '\${{ inputs.host_id }}', comment: backtest }
      lease: 72h
      approval: { ask: Isolate it?, approvers: [group:soc] }
${tell}`;
    const { inForce, matches } = backtestOf({ inForce: tried('', steps) }, [pastAlert(0, ['H1'])]);
    expect(inForce?.questions).toEqual({ expected: 0, atMost: 1 });
    expect(inForce?.actions).toEqual([
      { action: 'chat.post-message', class: 'notify', times: { expected: 1, atMost: 1 }, simulated: 0 },
      { action: 'edr.isolate-host', class: 'contain', times: { expected: 0, atMost: 1 }, simulated: 0 },
    ]);
    expect(matches[0]?.runs[0]?.effects?.actions[0]).toMatchObject({
      action: 'edr.isolate-host',
      target: { kind: 'host', id: 'H1' },
      reached: 'maybe',
    });
    const surely = backtestOf({ inForce: tried() }, [pastAlert(0, ['H1'])]).inForce;
    expect(surely?.questions).toEqual({ expected: 1, atMost: 1 });
    expect(surely?.actions).toMatchObject([{ times: { expected: 1, atMost: 1 } }]);
  });

  it('counts what would only have been written down in mode audit', () => {
    const text = tried().replace('mode: enforce', 'mode: audit');
    const { inForce } = backtestOf({ inForce: text }, [pastAlert(0, ['H1'])]);
    expect(inForce?.actions).toMatchObject([{ times: { expected: 0, atMost: 0 }, simulated: 1 }]);
  });

  it('says what guardrails would have held', () => {
    const rule = { classes: ['contain' as const], reason: 'It is a crown jewel', approvers: [], quorum: 2 };
    const guardrails: Guardrails = {
      modeCeiling: 'enforce',
      limits: [],
      rules: [
        {
          ...rule,
          id: 'jewels',
          effect: 'deny',
          match: 'guard.target.id == "DC1"',
          fromMs: null,
          untilMs: null,
        },
        {
          ...rule,
          id: 'second',
          effect: 'ask',
          match: 'guard.target.id == "H2"',
          fromMs: null,
          untilMs: null,
        },
      ],
    };
    const quick = tried('', isolate.replace(/\n {4}approval: .*/, ''));
    const alerts = [pastAlert(0, ['DC1']), pastAlert(1, ['H1']), pastAlert(2, ['H2'])];
    const { inForce, matches } = backtestOf({ inForce: quick }, alerts, { guardrails });
    expect(inForce?.rules).toEqual([
      { rule: 'jewels', answer: 'deny', reason: 'It is a crown jewel', count: 1, example: alerts[0]?.id },
      { rule: 'second', answer: 'ask', reason: 'It is a crown jewel', count: 1, example: alerts[2]?.id },
    ]);
    expect(matches.map(({ runs }) => runs[0]?.effects?.actions.map(({ target }) => target?.id))).toEqual([
      [],
      ['H1'],
      ['H2'],
    ]);
    expect(inForce?.questions).toEqual({ expected: 1, atMost: 1 });
    const ceiling = backtestOf({ inForce: quick }, alerts, {
      guardrails: { ...guardrails, rules: [], modeCeiling: 'audit' },
    });
    expect(ceiling.matches[0]?.runs[0]).toMatchObject({
      mode: 'audit',
      effects: { actions: [{ simulated: true }] },
    });
  });
});

describe('two versions', () => {
  it('says what is newly matched, not matched any more, and done differently', () => {
    const before = tried('', isolate, 'alert.severity == "high"');
    const after = tried('', isolate + tell, 'alert.category == "malware"');
    const only = pastAlert(0, ['H1'], { category: 'phishing' });
    const newly = pastAlert(1, ['H1'], { severity: 'low' });
    const both = pastAlert(2, ['H1']);
    const { compared, matches } = backtestOf({ inForce: before, candidate: after }, [only, newly, both]);
    expect(compared).toMatchObject({ newly: 1, noLonger: 1, changed: 1, same: 0 });
    expect(
      compared?.examples.map(({ is, inForce, candidate }) => [is, (inForce ?? candidate)?.alert]),
    ).toEqual([
      ['no-longer', only.id],
      ['newly', newly.id],
      ['changed', both.id],
    ]);
    expect(matches.map(({ alert }) => alert)).toEqual([newly.id, both.id]);
    expect(backtestOf({ inForce: before, candidate: before }, [only, newly, both]).compared).toMatchObject({
      newly: 0,
      noLonger: 0,
      changed: 0,
      same: 2,
    });
  });

  it('does not call done differently what was not looked at', () => {
    const before = tried('', tell);
    // The candidate matches one more, so it is the first that looks at no further runs.
    const after = tried('', tell, 'alert.category == "malware"');
    const alerts = [
      pastAlert(0, ['H1', 'H2']),
      pastAlert(1, ['H1'], { severity: 'low' }),
      pastAlert(2, ['H1']),
    ];
    const { compared } = backtestOf({ inForce: before, candidate: after }, alerts, {}, 3);
    expect(compared).toMatchObject({ newly: 1, changed: 0, same: 1, notLookedAt: 1 });
  });

  it('sees a difference beyond what is shown', () => {
    const many = pastAlert(
      0,
      Array.from({ length: 40 }, (_, host) => `H${host}`),
    );
    const only = tell.replace('  - id: tell\n', '  - id: tell\n    if: inputs.host_id == "H39"\n');
    const { compared } = backtestOf({ inForce: tried('', isolate), candidate: tried('', isolate + only) }, [
      many,
    ]);
    expect(compared).toMatchObject({ changed: 1, same: 0 });
    expect(compared?.examples[0]?.candidate).toMatchObject({ more: 20 });
  });

  it('shows of a run no more actions than people read', () => {
    const loop = `  - id: sweep
    foreach: alert.raw.names
    as: one
    max_items: 100
    steps:
      - id: tell
        action: chat.post-message
        with: { channel: soc, text: '\${{ one }}' }
`;
    const names = Array.from({ length: 30 }, (_, place) => `n${place}`);
    const { inForce, matches } = backtestOf({ inForce: tried('', loop) }, [
      pastAlert(0, ['H1'], { raw: { names } }),
    ]);
    expect(matches[0]?.runs[0]?.effects).toMatchObject({ more: true });
    expect(matches[0]?.runs[0]?.effects?.actions).toHaveLength(20);
    expect(inForce?.actions).toMatchObject([{ times: { expected: 20, atMost: 20 } }]);
  });

  it('looks at so many runs and counts the rest', () => {
    const hosts = Array.from({ length: 30 }, (_, host) => `H${host}`);
    const alerts = [0, 1, 2].map((minute) => pastAlert(minute, hosts));
    const { inForce, matches } = backtestOf({ inForce: tried('', tell) }, alerts, {}, 70);
    expect(inForce).toMatchObject({ starts: 90, lookedAt: 70, notLookedAt: 20 });
    expect(matches[0]).toMatchObject({ more: 10 });
    expect(matches[0]?.runs).toHaveLength(20);
    expect(matches[2]?.runs[0]?.effects).not.toBeNull();
    expect(matches[2]?.runs[19]?.effects).toBeNull();
  });
});
