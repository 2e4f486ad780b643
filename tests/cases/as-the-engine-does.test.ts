import { describe, expect, it } from 'vitest';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { playCase } from '../../engine/core/cases/play-case.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { runCaseFile } from '../../engine/core/cases/run-case-file.ts';
import { playbookText } from '../preview/preview.ts';
import { registry } from './golden.ts';

/* A case says what the run would come to on a database (tests/corridor), not something near it. */

/** What is wrong with one case, in words; empty when it passes. Called playbooks stand `beside`. */
function wrong(playbook: string, one: string, beside: string[] = []): string[] {
  return played(playbook, one, beside).wrongs;
}

/** The same, and which coverage points were passed how often. */
function played(playbook: string, one: string, beside: string[] = []) {
  const files = [playbook, ...beside].map((text, index) => ({ file: `${index}.yaml`, text }));
  const got = new CompiledSet(files, registry).get('0.yaml');
  if (got?.ok !== true) throw new Error(got?.diagnostics.map(({ message }) => message).join('\n'));
  const reading = readCases(
    `kind: cases/v1\nplaybook: ./0.yaml\ncases:\n  - name: x\n${one}`,
    'x.cases.yaml',
  );
  if (!reading.ok) throw new Error(reading.diagnostics.map(({ message }) => message).join('\n'));
  const { diagnostics, results } = runCaseFile(reading.file, got.under, () => null);
  const told = [...diagnostics, ...results.flatMap((each) => each.diagnostics)];
  const wrongs = told.map(({ code, message }) => `${code} ${message}`);
  const [written] = reading.file.cases;
  if (written === undefined) throw new Error('there is a case');
  return { wrongs, ...playCase(reading.file, written, got.under, () => null) };
}

function isolate(id: string, pad = '  ', more = ''): string {
  return `${pad}- id: ${id}
${pad}  action: edr.isolate-host
${pad}  with: { host_id: "\${{ inputs.host_id }}", scope: full, comment: test }
${more === '' ? '' : `${pad}  ${more}\n`}`;
}

const bothAnswer = 'actions: { edr.isolate-host: { changed: true }, edr.release-host: { changed: true } }';

describe('an undo', () => {
  it('of a repeat takes back what its rounds did', () => {
    const playbook = playbookText(`  - id: poll
    repeat: { until: "true", max: 3, every: 30s }
    steps:
${isolate('isolate', '      ')}  - { id: back, undo: [poll], reason: x }
`);
    expect(
      wrong(
        playbook,
        `    given: { ${bothAnswer} }
    expect: { run: succeeded, performed: [{ action: edr.isolate-host }, { action: edr.release-host, undo_of: isolate }], holds: [] }
`,
      ),
    ).toEqual([]);
  });

  it('of a loop takes back what the runs did that its items called', () => {
    const playbook = playbookText(`  - id: sweep
    foreach: inputs.list
    as: item
    key: item
    max_items: 5
    steps:
      - { id: sub, call: child, with: { host_id: "\${{ item }}" } }
  - { id: back, undo: [sweep], reason: x }
`);
    expect(
      wrong(
        playbook,
        `    given: { ${bothAnswer} }
    expect:
      run: succeeded
      performed: [{ action: edr.isolate-host, times: 2 }, { action: edr.release-host, times: 2 }]
      holds: []
`,
        [playbookText(isolate('isolate'), '', 'child')],
      ),
    ).toEqual([]);
  });
});

describe('an undo of what could not be taken back before', () => {
  const twice =
    playbookText(`${isolate('isolate')}  - { id: back, undo: [isolate], reason: x, on_error: continue }
  - { id: again, undo: [isolate], reason: x, on_error: continue }
`);
  const given = (answers: string) =>
    `    given: { actions: { edr.isolate-host: { changed: true }, edr.release-host: ${answers} } }\n`;

  it('tries again, and its run is in order when that goes well', () => {
    expect(
      wrong(
        twice,
        `${given('[{ fail: forbidden }, { changed: true }]')}    expect:
      run: succeeded
      steps: { back: failed, again: succeeded }
      performed: [{ action: edr.isolate-host }, { action: edr.release-host, outcome: failed }, { action: edr.release-host }]
      holds: []
`,
      ),
    ).toEqual([]);
  });

  it('leaves a run that somebody has to look at when it fails as well', () => {
    expect(
      wrong(
        twice,
        `${given('{ fail: forbidden }')}    expect: { run: undo-incomplete, steps: { back: failed, again: failed } }\n`,
      ),
    ).toEqual([]);
  });
});

describe('two steps that isolate one host', () => {
  const both = playbookText(`${isolate('one')}${isolate('two')}  - { id: back_one, undo: [one], reason: x }
  - { id: back_two, undo: [two], reason: x }
`);

  it('release it when the last of them lets go, though the second one found it isolated', () => {
    expect(
      wrong(
        both,
        `    given: { actions: { one: { changed: true }, two: { changed: false }, edr.release-host: { changed: true } } }
    expect:
      run: succeeded
      performed: [{ action: edr.isolate-host }, { action: edr.isolate-host }, { action: edr.release-host, undo_of: two }]
      check: [steps.back_one.outputs.retained == 1, steps.back_two.outputs.undone == 1]
      holds: []
`,
      ),
    ).toEqual([]);
  });

  it('leave it as it was where somebody else had isolated it before', () => {
    expect(
      wrong(
        both,
        `    given: { actions: { edr.isolate-host: { changed: false } } }
    expect: { run: succeeded, never: [edr.release-host], check: [steps.back_two.outputs.left_as_found == 1] }
`,
      ),
    ).toEqual([]);
  });

  it('do not isolate it while it is just being released', () => {
    const beside = playbookText(`  - id: beside
    parallel:
      one:
${isolate('one', '        ')}        - { id: back, undo: [one], reason: x }
      two:
        - { id: pause, wait: 10s }
${isolate('two', '        ')}`);
    expect(
      wrong(
        beside,
        `    given: { actions: { edr.isolate-host: { changed: true }, edr.release-host: { changed: true, after: 20s } } }
    expect:
      run: succeeded
      performed: [{ action: edr.isolate-host }, { action: edr.release-host }, { action: edr.isolate-host }]
      check: [timestamp(steps.two.finished_at) >= timestamp(steps.back.finished_at)]
`,
      ),
    ).toEqual([]);
  });
});

describe('a lease that ends while its run moves', () => {
  const leased = (atEnd: string) =>
    playbookText(
      `${isolate('isolate', '  ', `lease: { for: 1h, at_end: ${atEnd} }`)}  - { id: pause, wait: 150m }\n`,
    );
  const given = `    given: { ${bothAnswer} }\n`;

  it('releases what it holds', () => {
    expect(
      wrong(
        leased('release'),
        `${given}    expect:
      run: succeeded
      performed: [{ action: edr.isolate-host }, { action: edr.release-host, undo_of: isolate }]
      holds: []
`,
      ),
    ).toEqual([]);
  });

  it('asks first, and stands as long again without a yes', () => {
    const asked = '{ step: run~lease.1.1/inverse, outcome: denied }';
    expect(
      wrong(
        leased('ask'),
        `${given}    decisions: [{ step: run~lease.1.1/inverse, outcome: denied, comment: x }, { step: run~lease.1.2/inverse, outcome: granted }]
    expect:
      run: succeeded
      approvals: [${asked}, { step: run~lease.1.2/inverse, outcome: granted, asked_at: +2h }]
      performed: [{ action: edr.isolate-host }, { action: edr.release-host, undo_of: isolate }]
      holds: []
`,
      ),
    ).toEqual([]);
  });

  it('has its question withdrawn by an undo', () => {
    const taken =
      playbookText(`${isolate('isolate', '  ', 'lease: { for: 1h, at_end: ask }')}  - { id: pause, wait: 65m }
  - { id: back, undo: [isolate], reason: x }
`);
    expect(
      wrong(
        taken,
        `${given}    expect:
      run: succeeded
      approvals: [{ step: run~lease.1.1/inverse, outcome: cancelled }]
      performed: [{ action: edr.isolate-host }, { action: edr.release-host, undo_of: isolate }]
      holds: []
`,
      ),
    ).toEqual([]);
  });
});

describe('a called run', () => {
  it('was started by whoever started its caller', () => {
    const child = `  - id: tell
    if: run.started_by == "ann@example.test"
    action: chat.post-message
    with: { channel: soc, text: x }
`;
    expect(
      wrong(
        playbookText('  - { id: aside, call: child }\n'),
        `    given: { people: { ann@example.test: { started: true } }, actions: { chat.post-message: {} } }
    expect: { run: succeeded, steps: { aside/tell: succeeded } }
`,
        [playbookText(child, '', 'child')],
      ),
    ).toEqual([]);
  });
});

describe('the entries of a called run', () => {
  it('name the alert that started its caller', () => {
    const child = playbookText('  - { id: pause, wait: 1m }\n', '', 'child');
    const caller = playbookText('  - { id: sub, call: child }\n').replace(
      /^triggers:.*$/m,
      'triggers: [{ id: new_alert, type: alert.created }]',
    );
    const alert =
      '{ inline: { source_id: A-1, title: x, severity: high, created_at: 2026-11-20T00:00:00Z } }';
    const { wrongs, story } = played(
      caller,
      `    given: { alert: ${alert} }
    expect: { run: succeeded }
`,
      [child],
    );
    expect(wrongs).toEqual([]);
    const about = story.entries.flatMap(({ entry, run }) =>
      entry.alertId === undefined ? [] : [{ run: run.plan.playbook.id, alert: entry.alertId }],
    );
    const alertId = 'alr_case1';
    expect(about).toEqual([
      { run: 'under-test', alert: alertId },
      { run: 'child', alert: alertId },
    ]);
  });
});

describe('a number that a called run gives back', () => {
  it('is divided as one, even where it is whole', () => {
    const child = playbookText('  - { id: pause, wait: 1m }\n', '', 'child')
      .replace(/^ {2}list:.*$/m, '  score: { type: number, default: 1 }')
      .concat('outputs: { score: "${{ inputs.score }}" }\n');
    const half = `  - { id: sub, call: child }
  - { id: tell, if: steps.sub.status == "succeeded" && steps.sub.outputs.score / 2 > 0.4, action: chat.post-message, with: { channel: soc, text: x } }
`;
    expect(
      wrong(
        playbookText(half),
        `    given: { actions: { chat.post-message: {} } }
    expect: { steps: { tell: succeeded }, check: [steps.sub.outputs.score / 2 == 0.5] }
`,
        [child],
      ),
    ).toEqual([]);
  });
});

describe('a decision that changes arguments first', () => {
  const playbook = (approval: string) =>
    playbookText(isolate('isolate', '  ', `approval: { ask: x, approvers: [group:soc], ${approval} }`));
  const decided = (decisions: string, expectation: string, approval = 'editable: [scope, comment]') =>
    wrong(
      playbook(approval),
      `    given: { actions: { edr.isolate-host: { changed: true } } }
    decisions: [${decisions}]
    expect: { ${expectation} }
`,
    );
  const edited = (outcome: string, edit: string, more = '') =>
    `{ step: isolate, outcome: ${outcome}, edit: ${edit}${more} }`;
  const doneWith = (scope: string) =>
    `run: succeeded, performed: [{ action: edr.isolate-host, with: { scope: ${scope} } }]`;

  it('is about what is asked then', () => {
    expect(decided(edited('granted', '{ scope: selective }'), doneWith('selective'))).toEqual([]);
    expect(decided(edited('granted', '{ scope: selective }', ', at: +5m'), doneWith('selective'))).toEqual(
      [],
    );
    expect(
      decided(edited('denied', '{ scope: selective }', ', comment: no'), 'run: denied, performed: []'),
    ).toEqual([]);
  });

  it('counts once where two have to agree on the new form', () => {
    const yes = '{ step: isolate, outcome: granted }';
    const two = 'editable: [scope], quorum: 2';
    expect(
      decided(`${yes}, ${edited('granted', '{ scope: selective }')}, ${yes}`, doneWith('selective'), two),
    ).toEqual([]);
    expect(
      decided(`${yes}, ${edited('granted', '{ scope: selective }')}`, 'run: denied, performed: []', two),
    ).toEqual([]);
  });

  it.each([
    ['that is not listed', '{ host_id: H2 }', 'approval/not-editable'],
    ['that does not fit the action', '{ scope: sideways }', 'approval/edit-rejected'],
    ['to what it is', '{ scope: full }', 'approval/edit-rejected'],
  ])('fails the case when it changes something %s', (_, edit, code) => {
    const [first] = decided(edited('granted', edit), doneWith('full'));
    expect(first).toMatch(/^case\/refused-decision /);
    expect(first).toContain(code);
  });

  it('does not get past a guard that refuses the new form', () => {
    const guarded = playbookText(
      isolate('isolate', '  ', 'approval: { ask: x, approvers: [group:soc], editable: [scope] }'),
      `guards:
  - id: whole
    applies_to: [contain]
    deny_if: guard.arguments.scope != "full"
    message: half is not enough
`,
    );
    expect(
      wrong(
        guarded,
        `    given: { actions: { edr.isolate-host: { changed: true } } }
    decisions: [${edited('granted', '{ scope: selective }')}]
    expect: { run: denied, approvals: [{ step: isolate, outcome: superseded }], performed: [] }
`,
      ),
    ).toEqual([]);
  });
});

describe('two limits that are used up', () => {
  const guard = (id: string) => `  - id: ${id}
    applies_to: [contain]
    limit: { targets: 5, per: 1h, scope: playbook }
    on_exceed: ask
    message: "${id} is used up"
`;
  const given = `    given: { used: { few: 5, many: 5 }, ${bothAnswer} }\n`;

  it('are asked about together, and a case covers both', () => {
    const playbook = playbookText(isolate('one'), `guards:\n${guard('few')}${guard('many')}`);
    const { wrongs, hits } = played(
      playbook,
      `${given}    decisions: [{ step: one, outcome: granted }]
    expect: { run: succeeded, approvals: [{ step: one, outcome: granted }] }
`,
    );
    expect(wrongs).toEqual([]);
    // Once more after the yes, which both of them want.
    expect([hits.get('guards/few ask'), hits.get('guards/many ask')]).toEqual([2, 2]);
  });

  it('are both told where a whole list is asked about', () => {
    const sweep = `  - id: sweep
    foreach: inputs.list
    as: item
    key: item
    max_items: 5
    approval: { ask: x, approvers: [group:soc] }
    steps:
      - { id: one, action: edr.isolate-host, with: { host_id: "\${{ item }}", scope: full, comment: x } }
`;
    expect(
      wrong(
        playbookText(sweep, `guards:\n${guard('few')}${guard('many')}`),
        `${given}    decisions: [{ step: sweep, outcome: granted }]
    expect:
      run: succeeded
      approvals: [{ step: sweep, outcome: granted }]
      performed: [{ action: edr.isolate-host, times: 2 }]
`,
      ),
    ).toEqual([]);
  });
});

describe('a limit that is used up', () => {
  const limited = (steps: string) =>
    playbookText(
      steps,
      `guards:
  - id: burst
    applies_to: [contain]
    limit: { targets: 10, per: 1h, scope: playbook }
    on_exceed: ask
    message: too many
`,
    );
  const given = `    given: { used: { burst: 10 }, ${bothAnswer} }
`;

  it('has room for a target that counts already', () => {
    expect(
      wrong(
        limited(`${isolate('one')}${isolate('two')}`),
        `${given}    decisions: [{ step: one, outcome: granted }]
    expect:
      run: succeeded
      approvals: [{ step: one, outcome: granted }]
      performed: [{ action: edr.isolate-host, times: 2 }]
`,
      ),
    ).toEqual([]);
  });

  it('counts a target when somebody has said yes, not when they are asked', () => {
    expect(
      wrong(
        limited(`  - id: both
    parallel:
      a:
${isolate('one', '        ')}      b:
${isolate('two', '        ')}`),
        `${given}    decisions: [{ step: one, outcome: granted, at: +1m }, { step: two, outcome: granted, at: +2m }]
    expect: { run: succeeded, performed: [{ action: edr.isolate-host, times: 2 }] }
`,
      ),
    ).toEqual([]);
  });
});
