import { describe, expect, it } from 'vitest';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { play } from './golden.ts';

/* Who may decide, when things happen on the case's own clock, and what comes in from outside. */

const workstation =
  '{ outputs: { name: WS-1, role: workstation, criticality: low, tags: [], services: [], users: [] } }';
const server = workstation.replace('workstation', 'server');

/** What is wrong with the cases, in words; empty when all pass. */
function wrong(cases: string, playbook = 'isolate-asked'): string[] {
  const { diagnostics, results } = play(playbook, cases);
  return [...diagnostics, ...results.flatMap((each) => each.diagnostics)].map(
    ({ code, message }) => `${code} ${message}`,
  );
}

const given = (asset: string, more = '') => `given:
  clock: 2026-11-20T03:00:00Z
  inputs: { incident_id: INC-1 }
  actions:
    asset: ${asset}
    edr.isolate-host: { changed: true, after: 20s }
    edr.release-host: { changed: true }
    incident.add-comment: {}
    chat.post-message: {}
${more}`;

describe('a decision', () => {
  it('counts at its own moment, by whoever is asked by then', () => {
    expect(
      wrong(`${given(server)}
cases:
  - name: the duty officer says yes once it has come to that
    decisions: [{ step: isolate, by: "oncall:duty", outcome: granted, at: +11m }]
    expect:
      run: succeeded
      approvals: [{ step: isolate, outcome: granted, asked_at: +0s, ended_at: +11m, escalated: 1, by: ["somebody of oncall:duty"] }]
      performed: [{ action: edr.isolate-host }]
`),
    ).toEqual([]);
  });

  it('without a moment comes as soon as it is asked for', () => {
    expect(
      wrong(`${given(server)}
cases:
  - name: a yes at once
    decisions: [{ step: isolate, outcome: granted }]
    expect:
      approvals: [{ step: isolate, outcome: granted, ended_at: +0s, escalated: 0 }]
`),
    ).toEqual([]);
  });

  it('that never comes is a no when the request expires', () => {
    expect(
      wrong(`${given(server)}
cases:
  - name: silence
    expect:
      run: succeeded
      approvals: [{ step: isolate, outcome: expired, ended_at: +30m }]
      performed: []
      check: ['steps.isolate.denial.by == "expiry"']
`),
    ).toEqual([]);
  });
});

describe('the clock', () => {
  it('begins where the case says and jumps to whatever is due next', () => {
    expect(
      wrong(`${given(workstation)}
cases:
  - name: nobody judges the incident
    expect:
      run: succeeded
      check:
        - timestamp(steps.asset.started_at) == timestamp("2026-11-20T03:00:00Z")
        - timestamp(steps.isolate.finished_at) == timestamp("2026-11-20T03:00:20Z")
        - timestamp(steps.verdict.finished_at) == timestamp("2026-11-22T03:00:20Z")
        - steps.verdict.outputs.timed_out
`),
    ).toEqual([]);
  });

  it('lets a retry wait as long as the target asks', () => {
    expect(
      wrong(`${given(workstation)}
cases:
  - name: throttled twice
    given: { actions: { isolate: [{ fail: throttled, retry_after: 5m, times: 2 }, { accepted: { poll_after: 1m }, then: {} }] } }
    expect:
      run: succeeded
      performed: [{ action: edr.isolate-host, times: 1 }]
      check:
        - steps.isolate.attempts == 3
        - timestamp(steps.isolate.finished_at) == timestamp("2026-11-20T03:11:00Z")
`),
    ).toEqual([]);
  });

  it('ends an attempt that takes too long with an unknown outcome, and asks the target', () => {
    expect(
      wrong(`${given(workstation)}
cases:
  - name: it was done all the same
    given: { actions: { isolate: { after: 15m, check: { state: present, outputs: { state: isolated } } } } }
    expect: { run: succeeded, performed: [{ action: edr.isolate-host, outcome: succeeded }] }
  - name: it was not done, and is then
    given: { actions: { isolate: [{ unknown: the line broke, check: { state: absent } }, {}] } }
    expect: { run: succeeded, performed: [{ action: edr.isolate-host }], check: [steps.isolate.attempts == 2] }
`),
    ).toEqual([]);
  });

  it.each(['2026-11-20T03:00:00+01', '2026-12-31T23:59:60Z'])('%s is refused where it stands', (clock) => {
    const cases = `kind: cases/v1
playbook: isolate-asked.yaml
given: { clock: ${clock} }
cases:
  - name: one with its own clock
    given: { clock: ${clock} }
    expect: { run: denied }
`;
    const reading = readCases(cases, 'x.cases.yaml');
    const found = reading.ok ? [] : reading.diagnostics;
    expect(found.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'case/bad-file /given/clock',
      'case/bad-file /cases/0/given/clock',
    ]);
  });
});

describe('a signal', () => {
  const resolved = (at: string, id: string, status: string, verdict: string) =>
    `{ at: ${at}, type: incident.updated, data: { incident: { id: ${id}, status: ${status}, classification: ${verdict} } } }`;

  it('that matches ends the wait; others are let pass', () => {
    expect(
      wrong(`${given(workstation)}
cases:
  - name: only the third is meant
    signals:
      - ${resolved('+1h', 'INC-2', 'resolved', 'false_positive')}
      - ${resolved('+2h', 'INC-1', 'active', 'unknown')}
      - ${resolved('+3h', 'INC-1', 'resolved', 'false_positive')}
    expect:
      run: succeeded
      steps: { verdict: succeeded, release: succeeded }
      performed: [{ action: edr.isolate-host }, { action: edr.release-host, undo_of: isolate }]
      holds: []
      check: ['timestamp(steps.verdict.finished_at) == timestamp("2026-11-20T06:00:00Z")']
`),
    ).toEqual([]);
  });

  it('that comes a little early is not lost', () => {
    expect(
      wrong(`${given(workstation)}
cases:
  - name: the incident is closed while the host is being isolated
    signals: [${resolved('+10s', 'INC-1', 'resolved', 'true_positive')}]
    expect:
      run: succeeded
      holds: [{ effect: network-isolated, target: "host:H1", origin: ours }]
      check: ['timestamp(steps.verdict.finished_at) == timestamp("2026-11-20T03:00:20Z")']
`),
    ).toEqual([]);
  });

  it('of a person ends the run', () => {
    expect(
      wrong(`${given(workstation)}
cases:
  - name: cancelled while it waits, with what was done taken back
    signals: [{ at: +1h, type: run.cancel, data: { by: ann, reason: A drill, undo: true } }]
    expect: { run: cancelled, performed: [{ action: edr.isolate-host }, { action: edr.release-host }] }
  - name: cancelled while it waits
    signals: [{ at: +1h, type: run.cancel, data: { by: ann, reason: A drill } }]
    expect: { run: cancelled, reason: A drill, performed: [{ action: edr.isolate-host }] }
`),
    ).toEqual([]);
  });
});

describe('what other runs did', () => {
  it('counts against a limit and keeps its containment', () => {
    expect(
      wrong(`${given(workstation)}
cases:
  - name: the fourth host needs a yes
    given: { used: { a_few: 3 } }
    decisions: [{ step: isolate, outcome: granted, at: +1m }]
    expect: { run: succeeded, approvals: [{ step: isolate, outcome: granted }], performed: [{ action: edr.isolate-host }] }
  - name: the third does not
    given: { used: { a_few: 2 } }
    expect: { run: succeeded, approvals: [] }
  - name: a host that another run holds stays isolated
    given: { holds: [{ effect: network-isolated, target: "host:H1" }] }
    signals: [{ at: +1d, type: incident.updated, data: { incident: { id: INC-1, status: resolved, classification: false_positive } } }]
    expect: { run: succeeded, performed: [{ action: edr.isolate-host }] }
`),
    ).toEqual([]);
  });
});

describe('a lower mode', () => {
  it('is played as an installation would have it, and never a higher one', () => {
    expect(
      wrong(`${given(workstation)}
cases:
  - name: in audit nothing is done, and the run goes on as if it were
    given: { mode: audit }
    expect: { run: succeeded, performed: [], steps: { isolate: succeeded }, check: ['run.mode == "audit"'] }
  - name: in ask even a workstation waits
    given: { mode: ask }
    decisions: [{ step: isolate, outcome: granted }]
    expect: { run: succeeded, approvals: [{ step: isolate, outcome: granted }], performed: [{ action: edr.isolate-host }] }
`),
    ).toEqual([]);
  });
});
