import { describe, expect, it } from 'vitest';
import { coverageLcov } from '../../engine/core/cases/coverage-lcov.ts';
import { percent } from '../../engine/core/cases/coverage-report.ts';
import { coverageGroups } from '../../engine/core/cases/threshold.ts';
import { play } from './golden.ts';

/* Language reference 12.3: each point is counted by a case that reaches it, and by no other. */

const host = (role: string) =>
  `asset: { outputs: { name: H, role: ${role}, criticality: low, tags: [], services: [], users: [] } }`;
const isolates = (body: string, asset = host('workstation')) => `given:
  actions:
    ${asset}
    edr.isolate-host: { changed: true }
    edr.release-host: { changed: true }
    incident.add-comment: {}
    chat.post-message: {}
cases:
  - name: one case
    expect: record
${body}`;
const sorts = (inputs: string, more = '') => `given:
  actions:
    chat.post-message: {}
    directory.get-user: {}
cases:
  - name: one case
    given: { inputs: ${inputs} }
    expect: record
${more}`;

function seen(playbook: string, cases: string): string[] {
  const { results, coverage } = play(playbook, cases);
  const wrong = results.flatMap((each) => each.diagnostics).filter(({ code }) => code !== 'case/to-record');
  expect(wrong.map(({ message }) => message)).toEqual([]);
  return coverage.points.filter(({ hits }) => hits > 0).map(({ id }) => id);
}

const resolved = (verdict: string) =>
  `    signals: [{ at: +1d, type: incident.updated, data: { incident: { id: I, status: resolved, classification: ${verdict} } } }]\n`;
const incident = '    given: { inputs: { incident_id: I } }\n';

describe.each<[string, string, string, string, string]>([
  [
    'a step reached',
    'run/note reached',
    'isolate-asked',
    isolates('    given: { inputs: { incident_id: I }, actions: { isolate: { fail: forbidden } } }'),
    isolates(''),
  ],
  ['an `if` that is true', 'run/verdict if true', 'isolate-asked', isolates(incident), isolates('')],
  ['an `if` that is false', 'run/verdict if false', 'isolate-asked', isolates(''), isolates(incident)],
  [
    'a block `if` that is true, though its first step has nothing to do',
    'run/branch if true',
    'sort-out',
    sorts('{ kind: other }'),
    sorts('{ kind: mail }'),
  ],
  [
    'a block `if` that is false, though its first step has nothing to do',
    'run/branch if false',
    'sort-out',
    sorts('{ kind: mail }'),
    sorts('{ kind: other }'),
  ],
  [
    'the first case of a switch',
    'run/sort case 1',
    'sort-out',
    sorts('{ kind: mail }'),
    sorts('{ kind: host }'),
  ],
  [
    'the second case of a switch',
    'run/sort case 2',
    'sort-out',
    sorts('{ kind: host }'),
    sorts('{ kind: mail }'),
  ],
  [
    'the default of a switch',
    'run/sort default',
    'sort-out',
    sorts('{ kind: other }'),
    sorts('{ kind: mail }'),
  ],
  [
    'a loop over nothing',
    'run/each_user no items',
    'sort-out',
    sorts('{ users: [] }'),
    sorts('{ users: [a] }'),
  ],
  [
    'a loop over one',
    'run/each_user one item',
    'sort-out',
    sorts('{ users: [a] }'),
    sorts('{ users: [a, b] }'),
  ],
  [
    'a loop over many',
    'run/each_user many items',
    'sort-out',
    sorts('{ users: [a, b] }'),
    sorts('{ users: [a] }'),
  ],
  [
    'a step inside a loop',
    'run/each_user/look reached',
    'sort-out',
    sorts('{ users: [a] }'),
    sorts('{ users: [] }'),
  ],
  [
    'an approval that is granted',
    'run/isolate approval granted',
    'isolate-asked',
    isolates('    decisions: [{ step: isolate, outcome: granted }]', host('server')),
    isolates('', host('server')),
  ],
  [
    'an approval that is denied',
    'run/isolate approval denied',
    'isolate-asked',
    isolates('    decisions: [{ step: isolate, outcome: denied, comment: No }]', host('server')),
    isolates('', host('server')),
  ],
  [
    'an approval that expires',
    'run/isolate approval expired',
    'isolate-asked',
    isolates('', host('server')),
    isolates('    decisions: [{ step: isolate, outcome: granted }]', host('server')),
  ],
  [
    'a gate that is granted',
    'run/asked approval granted',
    'sort-out',
    sorts('{ ask: true }', '    decisions: [{ step: asked, outcome: granted }]'),
    sorts('{ ask: true }'),
  ],
  [
    '`on_error` taken, though its first step has nothing to do',
    'run/isolate on_error',
    'isolate-asked',
    isolates('    given: { actions: { isolate: { fail: forbidden } } }'),
    isolates(''),
  ],
  [
    '`on_error: continue` taken',
    'run/tell on_error',
    'isolate-asked',
    isolates('    given: { actions: { tell: { fail: forbidden } } }'),
    isolates(''),
  ],
  [
    'a guard that allows',
    'guards/domain_controllers allow',
    'isolate-asked',
    isolates(''),
    isolates('', host('domain-controller')),
  ],
  [
    'a guard that denies',
    'guards/domain_controllers deny',
    'isolate-asked',
    isolates('', host('domain-controller')),
    isolates(''),
  ],
  [
    'a guard that asks',
    'guards/a_few ask',
    'isolate-asked',
    isolates('    given: { used: { a_few: 3 } }'),
    isolates('    given: { used: { a_few: 2 } }'),
  ],
  [
    'an `undo` that takes something back',
    'run/release taken back',
    'isolate-asked',
    isolates(incident + resolved('false_positive')),
    isolates(incident + resolved('true_positive')),
  ],
  [
    'a wait whose signal comes',
    'run/verdict matched',
    'isolate-asked',
    isolates(incident + resolved('true_positive')),
    isolates(incident),
  ],
  [
    'a wait that times out',
    'run/verdict timed out',
    'isolate-asked',
    isolates(incident),
    isolates(incident + resolved('true_positive')),
  ],
])('%s', (_, point, playbook, reaching, passing) => {
  it('is counted by the case that reaches it', () => expect(seen(playbook, reaching)).toContain(point));
  it('is not counted by the case that does not', () => expect(seen(playbook, passing)).not.toContain(point));
});

describe('a run that ends early', () => {
  it('counts nothing behind its end', () => {
    const points = seen(
      'isolate-asked',
      isolates('    signals: [{ at: +5m, type: run.cancel }]', host('server')),
    );
    expect(points).toContain('run/isolate reached');
    expect(points.filter((id) => id.startsWith('run/tell') || id.startsWith('run/verdict'))).toEqual([]);
    expect(points).not.toContain('run/isolate approval expired');
  });

  it('counts nothing when nothing started', () => {
    const alert =
      '{ inline: { source_id: a, title: P, severity: low, category: phishing, created_at: "2026-01-01T00:00:00Z" } }';
    expect(seen('isolate-asked', isolates(`    given: { alert: ${alert} }`))).toEqual([]);
  });
});

describe('the report', () => {
  const { coverage } = play('isolate-asked', isolates(incident));

  it('counts each group by its points', () => {
    for (const group of coverageGroups) {
      const mine = coverage.points.filter((point) => point.group === group);
      const covered = mine.filter(({ hits }) => hits > 0).length;
      expect(coverage.groups[group]).toEqual({ covered, total: mine.length });
    }
    expect(percent({ covered: 0, total: 0 })).toBe(100);
  });

  it('as lcov names each line and branch once, and its sums are theirs', () => {
    const rows = coverageLcov([coverage]).trim().split('\n');
    const [first, second] = rows;
    expect([first, second, rows.at(-1)]).toEqual(['TN:', `SF:${coverage.file}`, 'end_of_record']);
    const of = (word: string) =>
      rows.filter((row) => row.startsWith(`${word}:`)).map((row) => row.slice(word.length + 1));
    const branches = of('BRDA').map((row) => row.split(','));
    expect(new Set(branches.map(([line, , branch]) => `${line},${branch}`)).size).toBe(branches.length);
    expect(of('BRF')).toEqual([String(branches.length)]);
    expect(of('BRH')).toEqual([String(branches.filter(([, , , hits]) => Number(hits) > 0).length)]);
    const lines = of('DA').map((row) => row.split(','));
    expect(of('LF')).toEqual([String(lines.length)]);
    expect(of('LH')).toEqual([String(lines.filter(([, hits]) => Number(hits) > 0).length)]);
    const { steps, branches: counted, approvals } = coverage.groups;
    expect(lines.length).toBe(steps.total);
    expect(branches.length).toBe(counted.total + approvals.total);
  });
});
