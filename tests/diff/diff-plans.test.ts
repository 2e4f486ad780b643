import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { compilePlaybooks } from '../../engine/core/compile/compile-playbooks.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { type ComparablePlan, diffPlans } from '../../engine/core/diff/diff-plans.ts';

/* Pairs of versions: a shipped playbook, and the same with one thing changed in its text. */

const folder = join(import.meta.dirname, '../../playbooks');
const registry = manifestsOf(createRegistry());

function compile(text: string): ComparablePlan {
  const compiled = compilePlaybook(text, { file: 'playbook.yaml', registry });
  if (!compiled.ok) {
    throw new Error(
      compiled.diagnostics.map(({ line, code, message }) => `${line} ${code} ${message}`).join('\n'),
    );
  }
  return compiled;
}

const isolate = readFileSync(join(folder, 'ransomware/isolate-host.yaml'), 'utf8');
const campaign = readFileSync(join(folder, 'phishing/quarantine-campaign.yaml'), 'utf8');

function changed(text: string, from: string, to: string): string {
  expect(text, 'the text to replace is there').toContain(from);
  return text.replace(from, to);
}

function changes(before: string, after: string): string[] {
  return diffPlans(compile(before), compile(after)).changes.map(({ kind, risk }) => `${risk} ${kind}`);
}

const gate = `  - id: gate
    approval:
      ask: Go on?
      approvers: [group:soc-tier2]
`;

const rows: [what: string, text: string, from: string, to: string, there: string[], back: string[]][] = [
  ['a bolder mode', isolate, 'mode: enforce', 'mode: ask', ['careful mode-changed'], ['bolder mode-changed']],
  [
    'a trigger that demands less',
    isolate,
    '\n      && alert.confidence >= 0.8',
    '',
    ['bolder trigger-match'],
    ['careful trigger-match'],
  ],
  ['a lower threshold', isolate, '>= 0.8', '>= 0.5', ['bolder trigger-match'], ['careful trigger-match']],
  [
    'another value that cannot be compared',
    isolate,
    '"ransomware"',
    '"malware"',
    ['bolder trigger-match'],
    ['bolder trigger-match'],
  ],
  [
    'a trigger that is switched off',
    campaign,
    '  - id: reported\n    type: webhook\n',
    '  - id: reported\n    type: webhook\n    enabled: false\n',
    ['careful trigger-enabled'],
    ['bolder trigger-enabled'],
  ],
  [
    'a guard less',
    isolate,
    `  - id: domain_controllers
    applies_to: [edr.isolate-host]
    deny_if: '"domain-controller" in steps.asset.outputs.tags'
    message: Domain controllers are contained by hand; see the runbook.
`,
    '',
    ['bolder guard-removed'],
    ['careful guard-added'],
  ],
  [
    'a guard that denies more',
    isolate,
    `in steps.asset.outputs.tags'`,
    `in steps.asset.outputs.tags || steps.asset.outputs.role == "server"'`,
    ['careful guard-condition'],
    ['bolder guard-condition'],
  ],
  [
    'a guard for fewer actions',
    isolate,
    'applies_to: [contain]',
    'applies_to: [edr.isolate-host]',
    ['bolder guard-applies'],
    ['bolder guard-applies'],
  ],
  [
    'a higher limit',
    isolate,
    'targets: 10,',
    'targets: 11,',
    ['bolder limit-changed'],
    ['careful limit-changed'],
  ],
  [
    'a limit over a shorter time',
    isolate,
    'per: 1h,',
    'per: 10m,',
    ['bolder limit-changed'],
    ['careful limit-changed'],
  ],
  [
    'a limit that asks instead of denying',
    campaign,
    'on_exceed: deny',
    'on_exceed: ask',
    ['bolder limit-changed'],
    ['careful limit-changed'],
  ],
  [
    'an approval that asks in fewer situations',
    isolate,
    '\n        || steps.asset.outputs.criticality in ["high", "critical"]',
    '',
    ['bolder approval-when'],
    ['careful approval-when'],
  ],
  [
    'an approval that always asks',
    campaign,
    '      when: size(vars.reachable) > 25\n',
    '',
    ['careful approval-when'],
    ['bolder approval-when'],
  ],
  [
    'a higher number before anybody is asked',
    campaign,
    '> 25',
    '> 100',
    ['bolder approval-when'],
    ['careful approval-when'],
  ],
  [
    'more approvers',
    isolate,
    'approvers: [group:soc-tier2]',
    'approvers: [group:soc-tier2, group:soc]',
    ['bolder approval-approvers'],
    ['careful approval-approvers'],
  ],
  [
    'a quorum',
    isolate,
    '      expires: 30m',
    '      quorum: 2\n      expires: 30m',
    ['careful approval-quorum'],
    ['bolder approval-quorum'],
  ],
  [
    'deciding about oneself',
    isolate,
    '      expires: 30m',
    '      separate: false\n      expires: 30m',
    ['bolder approval-separate'],
    ['careful approval-separate'],
  ],
  [
    'an approval that can be granted longer',
    isolate,
    'expires: 30m',
    'expires: 40m',
    ['bolder approval-expires'],
    ['careful approval-expires'],
  ],
  [
    'other words on the card',
    isolate,
    'label: Services',
    'label: What runs there',
    ['neutral approval-words'],
    ['neutral approval-words'],
  ],
  [
    'no approval at all',
    campaign,
    `    approval:
      ask: "Block \${{ steps.search.outputs.link_domains.join(', ') }} on every device?"
      why: >-
        Confirmed phishing links there. Say no if one of them is a service that honest people
        use, such as file sharing or forms.
      evidence:
        - { label: Sender, value: "\${{ inputs.sender }}" }
        - { label: Subject, value: "\${{ inputs.subject }}" }
      approvers: [group:soc-mail]
      expires: 4h
`,
    '',
    ['bolder approval-removed'],
    ['careful approval-added'],
  ],
  [
    'a run that ends after a no',
    isolate,
    '    on_denied: continue\n',
    '',
    ['careful on-denied'],
    ['bolder on-denied'],
  ],
  [
    'no lease',
    isolate,
    '    lease: { for: 72h, warn: 6h, at_end: ask }\n',
    '',
    ['bolder lease-removed'],
    ['careful lease-added'],
  ],
  ['a longer lease', isolate, 'for: 72h', 'for: 96h', ['bolder lease-changed'], ['careful lease-changed']],
  [
    'no way back',
    campaign,
    '        lease: { for: 30d, at_end: release }\n',
    '        lease: { for: 30d, at_end: release }\n        rollback: none\n',
    ['bolder undo-removed'],
    ['careful undo-added'],
  ],
  [
    'another target',
    isolate,
    `    action: edr.isolate-host
    with:
      host_id: \${{ inputs.host_id }}`,
    `    action: edr.isolate-host
    with:
      host_id: \${{ steps.asset.outputs.name }}`,
    ['bolder target-changed'],
    ['bolder target-changed'],
  ],
  [
    'an argument that decides',
    isolate,
    'scope: full',
    'scope: selective',
    ['bolder argument-changed'],
    ['bolder argument-changed'],
  ],
  [
    'a comment for people',
    isolate,
    'comment: "Run ${{ run.id }}: ${{ inputs.reason }}"',
    'comment: "By ${{ run.id }}"',
    ['neutral argument-changed'],
    ['neutral argument-changed'],
  ],
  [
    'more elements',
    campaign,
    'max_items: 100',
    'max_items: 200',
    ['bolder limit-changed'],
    ['careful limit-changed'],
  ],
  [
    'another list of targets',
    campaign,
    'foreach: steps.search.outputs.link_domains',
    'foreach: vars.own_domains',
    ['bolder targets-changed'],
    ['bolder targets-changed'],
  ],
  [
    'a variable that a guard reads',
    campaign,
    '["contoso.com"]',
    '[]',
    ['bolder variable-changed'],
    ['bolder variable-changed'],
  ],
  [
    'a variable that only words read',
    campaign,
    'note: ""',
    'note: "-"',
    ['neutral variable-changed'],
    ['neutral variable-changed'],
  ],
  [
    'a stop that comes in fewer situations',
    campaign,
    'if: size(vars.reachable) == 0',
    'if: size(vars.reachable) == 0 && inputs.incident_id == ""',
    ['bolder condition-changed'],
    ['careful condition-changed'],
  ],
  [
    'a message that comes in fewer situations',
    isolate,
    '    if: steps.isolate.status == "succeeded"',
    '    if: steps.isolate.status == "succeeded" && inputs.incident_id != ""',
    ['neutral condition-changed'],
    ['neutral condition-changed'],
  ],
  [
    'a gate in front of everything',
    isolate,
    'steps:\n  - id: asset',
    `steps:\n${gate}\n  - id: asset`,
    ['careful gate-added', 'careful gate-before'],
    ['bolder gate-removed'],
  ],
  [
    'a longer wait',
    isolate,
    'timeout: 10d',
    'timeout: 12d',
    ['neutral waits-changed'],
    ['neutral waits-changed'],
  ],
  [
    'a wait that anything satisfies',
    isolate,
    '      match: signal.incident.id == inputs.incident_id && signal.incident.status == "resolved"\n',
    '      match: signal.incident.id == inputs.incident_id\n',
    ['bolder wait-match'],
    ['bolder wait-match'],
  ],
  [
    'a wait that looks back ten minutes only',
    isolate,
    '      since: run\n',
    '',
    ['bolder wait-match'],
    ['bolder wait-match'],
  ],
  [
    'no dedupe',
    campaign,
    `dedupe:
  key: \${{ "phish/" + lower(inputs.sender) + "/" + sha256(inputs.subject) }}
  window: 1h
  on_duplicate: attach
`,
    '',
    ['bolder dedupe-removed'],
    ['careful dedupe-added'],
  ],
  [
    'a shorter time without a second run',
    campaign,
    'window: 1h',
    'window: 10m',
    ['bolder dedupe-window'],
    ['careful dedupe-window'],
  ],
  [
    'another description',
    isolate,
    'author: Blue Team',
    'author: Red Team',
    ['neutral described-differently'],
    ['neutral described-differently'],
  ],
];

describe('one change', () => {
  it.each(rows)('%s', (_, text, from, to, there, back) => {
    const after = changed(text, from, to);
    expect(changes(text, after).sort()).toEqual([...there].sort());
    if (back.length > 0) expect(changes(after, text).sort()).toEqual([...back].sort());
  });

  it('says where it stands in both versions', () => {
    const after = changed(`# one line more\n${isolate}`, 'expires: 30m', 'expires: 40m');
    const [change] = diffPlans(compile(isolate), compile(after)).changes;
    expect(change).toMatchObject({
      path: 'run/isolate',
      what: 'isolate: can be granted for 40m instead of 30m',
    });
    expect((change?.after ?? 0) - (change?.before ?? 0)).toBe(1);
  });

  it('an effect that is new, or gone, is named with its class', () => {
    const block = changed(
      isolate,
      '  - id: verdict\n',
      `  - id: again
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", scope: full, comment: again }
    lease: 1h

  - id: verdict
`,
    );
    expect(diffPlans(compile(isolate), compile(block)).changes).toMatchObject([
      {
        kind: 'effect-added',
        risk: 'bolder',
        what: 'again: edr.isolate-host (contain) on a host is new',
        before: null,
      },
    ]);
    expect(diffPlans(compile(block), compile(isolate)).changes).toMatchObject([
      { kind: 'effect-removed', risk: 'careful', after: null },
    ]);
  });

  it('a step that moves out of its condition runs more often', () => {
    const inside = changed(
      isolate,
      '  - id: verdict\n',
      `  - id: perhaps
    if: inputs.incident_id != ""
    then:
      - id: again
        action: edr.isolate-host
        with: { host_id: "\${{ inputs.host_id }}", scope: full, comment: again }
        lease: 1h

  - id: verdict
`,
    );
    const outside = changed(
      isolate,
      '  - id: verdict\n',
      `  - id: again
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", scope: full, comment: again }
    lease: 1h

  - id: verdict
`,
    );
    expect(changes(inside, outside)).toContain('bolder moved');
    expect(changes(outside, inside)).toContain('careful moved');
  });

  it('what acts and overtakes what it came after is bolder', () => {
    const [head = '', tail = ''] = campaign.split('  - id: nothing\n');
    const nothing = `  - id: nothing\n${tail.slice(0, tail.indexOf('  - id: sweep\n'))}`;
    const rest = tail.slice(tail.indexOf('  - id: sweep\n'));
    const block = rest.slice(rest.indexOf('  - id: block\n'), rest.indexOf('  - id: report\n'));
    const moved = `${head}${nothing}${block}${rest.replace(block, '')}`;
    expect(changes(campaign, moved)).toEqual(['bolder order-changed']);
    expect(diffPlans(compile(campaign), compile(moved)).changes[0]?.what).toBe(
      'block: comes before sweep now',
    );
  });
});

describe('formatting', () => {
  it.each([
    ['a comment', isolate, `# nothing\n${isolate}`],
    [
      'the order of keys',
      isolate,
      changed(
        isolate,
        'id: ransomware-isolate-host\ntitle: Isolate a host that behaves like ransomware',
        'title: Isolate a host that behaves like ransomware\nid: ransomware-isolate-host',
      ),
    ],
    ['another way to quote', isolate, changed(isolate, 'mode: enforce', 'mode: "enforce"')],
    [
      'another way to write a map',
      isolate,
      changed(
        isolate,
        'lease: { for: 72h, warn: 6h, at_end: ask }',
        'lease:\n      for: 72h\n      warn: 6h\n      at_end: ask',
      ),
    ],
  ])('%s makes no difference in meaning', (_, before, after) => {
    expect(diffPlans(compile(before), compile(after))).toEqual({ sameMeaning: true, changes: [] });
  });
});

describe('any two playbooks', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'),
  );
  const compiled = compilePlaybooks(
    files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })),
    { registry },
  ).flatMap(({ compilation }) => (compilation.ok ? [compilation] : []));

  it('that differ always give at least one change, each with its place', () => {
    for (const before of compiled) {
      for (const after of compiled) {
        const { sameMeaning, changes: found } = diffPlans(before, after);
        expect(sameMeaning).toBe(before === after);
        expect(found.length > 0).toBe(before !== after);
        for (const change of found)
          expect(change.before ?? change.after, JSON.stringify(change)).not.toBeNull();
      }
    }
    expect(compiled.length).toBeGreaterThan(5);
  });
});
