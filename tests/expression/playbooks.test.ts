import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { checkExpression } from '../../engine/core/expression/check-expression.ts';
import { evaluate } from '../../engine/core/expression/evaluate.ts';
import { parseTemplate } from '../../engine/core/expression/parse-template.ts';
import { renderTemplate } from '../../engine/core/expression/render-template.ts';
import {
  dyn,
  type TypeEnv,
  typeFromSchema,
  type ValueType,
} from '../../engine/core/expression/value-type.ts';
import type { Json } from '../../schemas/json.ts';

/*
 * Every expression of the three complete playbooks of the language reference (section 8) and of its
 * guardrails and cases (11.1, 12.1): each passes the static check with the types a compiler would
 * give, and has the value one expects.
 */

const string: ValueType = { t: 'string' };
const strings: ValueType = { t: 'list', of: string };
const closed = (fields: { [name: string]: ValueType }): ValueType => ({ t: 'map', fields, open: false });
const step = (outputs: { [name: string]: ValueType }, more: { [name: string]: ValueType } = {}): ValueType =>
  closed({ status: string, attempts: { t: 'int' }, outputs: closed(outputs), ...more });

const alertSchema = JSON.parse(
  readFileSync(new URL('../../schemas/alert.schema.json', import.meta.url), 'utf8'),
);
const approval = closed({ outcome: string, by: string, comment: string, decided_at: string });
const denial = closed({ by: string, reason: string });
const summary = closed({ total: { t: 'int' }, succeeded: { t: 'int' }, failed: { t: 'int' } });

const types: TypeEnv = {
  alert: typeFromSchema(alertSchema),
  host: dyn,
  person: dyn,
  target: closed({ id: string }),
  inputs: closed({
    host_id: string,
    incident_id: string,
    reason: string,
    sender: string,
    subject: string,
    user_id: string,
  }),
  vars: closed({ sender_domain: string, note: string }),
  run: closed({ id: string, playbook: string, url: string }),
  failure: closed({ step: string, code: string, kind: string, message: string }),
  signal: dyn,
  mail: dyn,
  guard: closed({ target: closed({ kind: string, role: string, tags: strings }) }),
  steps: closed({
    asset: step({
      name: string,
      role: string,
      criticality: string,
      tags: strings,
      services: strings,
      users: strings,
      owner: string,
    }),
    isolate: step({}, { approval, denial }),
    verdict: step({ signal: dyn, timed_out: { t: 'bool' } }),
    search: step({
      messages: { t: 'list', of: dyn },
      mailbox_count: { t: 'int' },
      read_count: { t: 'int' },
      link_domains: strings,
    }),
    quarantine: step({}),
    sweep: step({}, { summary }),
    block: step({}),
    account: step({
      tags: strings,
      is_privileged: { t: 'bool' },
      display_name: string,
      title: string,
      roles: strings,
      last_sign_in: string,
      manager: string,
      upn: string,
    }),
    disable: step({}),
    restore: step({}),
  }),
};

const names: { [root: string]: Json } = {
  alert: {
    id: 'alr_1',
    title: 'Files are being encrypted',
    category: 'ransomware',
    severity: 'high',
    confidence: 0.95,
    verdict: 'confirmed',
    incident: { id: 'INC-1' },
    targets: {
      hosts: [{ id: 'H17', name: 'WS-17' }],
      users: [],
      mails: [{ id: 'm1', sender: 'Eve@Evil.test', subject: 'Invoice' }],
    },
    raw: { sender: 'eve@evil.test', subject: 'Invoice' },
  },
  host: { id: 'H17', name: 'WS-17' },
  person: { id: 'U1' },
  target: { id: 'H18' },
  inputs: {
    host_id: 'H17',
    incident_id: 'INC-1',
    reason: 'Files are being encrypted',
    sender: 'Eve@Evil.test',
    subject: 'Invoice',
    user_id: 'U1',
  },
  vars: { sender_domain: 'evil.test', note: 'All copies are quarantined.' },
  run: { id: 'run_1', playbook: 'ransomware-isolate-host', url: 'https://soar.test/runs/run_1' },
  failure: { step: 'run/isolate', code: 'action/deadline', kind: 'terminal', message: 'too late' },
  signal: { incident: { id: 'INC-1', status: 'resolved', classification: 'benign' } },
  mail: { id: 'm1', mailbox: 'ann@corp.test' },
  guard: { target: { kind: 'host', role: 'server', tags: ['break-glass'] } },
  steps: {
    asset: {
      status: 'succeeded',
      outputs: {
        name: 'DB-1',
        role: 'server',
        criticality: 'high',
        tags: ['domain-controller'],
        services: ['sql', 'backup'],
        users: ['ann', 'bob'],
      },
    },
    isolate: {
      status: 'denied',
      attempts: 3,
      outputs: {},
      approval: { outcome: 'denied' },
      denial: { by: 'person', reason: 'Patient monitor' },
    },
    verdict: { status: 'succeeded', outputs: { signal: { incident: { classification: 'false_positive' } } } },
    search: {
      status: 'succeeded',
      outputs: {
        messages: [{ id: 'm1', mailbox: 'ann@corp.test' }],
        mailbox_count: 1,
        read_count: 0,
        link_domains: ['evil.test', 'bad.test'],
      },
    },
    quarantine: { status: 'succeeded', outputs: {} },
    sweep: { status: 'succeeded', outputs: {}, summary: { total: 3, succeeded: 2, failed: 1 } },
    block: { status: 'succeeded', outputs: {} },
    account: {
      status: 'succeeded',
      outputs: {
        tags: ['vip'],
        is_privileged: false,
        display_name: 'Ann',
        title: 'CFO',
        roles: ['User', 'Approver'],
        last_sign_in: '2026-11-20T03:00:00Z',
        upn: 'ann@corp.test',
      },
    },
    disable: { status: 'succeeded', outputs: {} },
    restore: { status: 'pending', outputs: {} },
  },
};

const scope = { names, nowMs: 0, types };

const conditions: [string, Json][] = [
  // 8.1
  [
    'alert.category == "ransomware"\n&& alert.severity in ["high", "critical"]\n&& alert.confidence >= 0.8',
    true,
  ],
  ['"domain-controller" in steps.asset.outputs.tags', true],
  ['steps.asset.outputs.role == "server" || steps.asset.outputs.criticality in ["high", "critical"]', true],
  ['steps.isolate.status == "succeeded"', false],
  ['steps.isolate.status == "denied"', true],
  ['inputs.incident_id != ""', true],
  ['signal.incident.id == inputs.incident_id && signal.incident.status == "resolved"', true],
  [
    'steps.verdict.status == "succeeded" && steps.verdict.outputs.?signal.?incident.?classification.orValue("") == "false_positive"',
    true,
  ],
  // 8.2
  ['alert.category == "phishing" && alert.verdict == "confirmed" && size(alert.targets.mails) > 0', false],
  ['vars.sender_domain in ["example.test", "example-group.test"]', false],
  ['size(steps.search.outputs.messages) == 0', false],
  ['size(steps.search.outputs.messages) > 2000', false],
  ['size(steps.search.outputs.messages) > 25', false],
  ['vars.sender_domain in ["gmail.com", "outlook.com", "icloud.com"]', false],
  ['steps.sweep.summary.failed > 0', true],
  // 8.3
  [
    'alert.category in ["credential-theft", "aitm", "impossible-travel"] && alert.severity in ["high", "critical"]',
    false,
  ],
  ['"break-glass" in steps.account.outputs.tags', false],
  ['steps.account.outputs.is_privileged || "vip" in steps.account.outputs.tags', true],
  ['has(steps.account.outputs.manager)', false],
  [
    'signal.incident.id == inputs.incident_id && signal.incident.classification in ["false_positive", "true_positive", "benign"]',
    true,
  ],
  ['steps.verdict.outputs.?signal.?incident.?classification.orValue("") == "false_positive"', true],
  ['steps.verdict.outputs.?signal.?incident.?classification.orValue("") == "true_positive"', false],
  ['steps.restore.status == "succeeded"', false],
  // 11.1 and 12.1
  ['"break-glass" in guard.target.tags', true],
  ['guard.target.kind == "host" && guard.target.role == "server"', true],
  ['steps.isolate.denial.by == "expiry"', false],
  ['steps.isolate.attempts == 3', true],
];

const values: [string, Json][] = [
  ['${{ host.id }}', 'H17'],
  ['${{ target.id }}', 'H18'],
  ['${{ person.id }}', 'U1'],
  ['${{ alert.incident.id }}', 'INC-1'],
  ['${{ alert.title }}', 'Files are being encrypted'],
  ['${{ "isolate/" + inputs.host_id }}', 'isolate/H17'],
  ['${{ "host/" + inputs.host_id }}', 'host/H17'],
  ['${{ "user/" + inputs.user_id }}', 'user/U1'],
  ['Run ${{ run.id }}: ${{ inputs.reason }}', 'Run run_1: Files are being encrypted'],
  ['Isolate ${{ steps.asset.outputs.role }} ${{ steps.asset.outputs.name }}?', 'Isolate server DB-1?'],
  ["${{ steps.asset.outputs.services.join(', ') }}", 'sql, backup'],
  ["${{ steps.asset.outputs.users.join(', ') }}", 'ann, bob'],
  ["${{ steps.asset.outputs.?owner.orValue('unknown') }}", 'unknown'],
  [
    'Isolation of ${{ steps.asset.outputs.name }} failed: ${{ failure.code }}. Act by hand.',
    'Isolation of DB-1 failed: action/deadline. Act by hand.',
  ],
  [
    '${{ steps.asset.outputs.name }} is isolated. ${{ run.url }}',
    'DB-1 is isolated. https://soar.test/runs/run_1',
  ],
  [
    'Not isolated. Decided by ${{ steps.isolate.denial.by }}: ${{ steps.isolate.denial.reason }}',
    'Not isolated. Decided by person: Patient monitor',
  ],
  [
    'Playbook ${{ run.playbook }} failed at ${{ failure.step }}: ${{ failure.message }}',
    'Playbook ransomware-isolate-host failed at run/isolate: too late',
  ],
  ['${{ steps.isolate.status == "succeeded" }}', false],
  ['${{ steps.isolate.approval.outcome }}', 'denied'],
  ['${{ alert.targets.mails[0].sender }}', 'Eve@Evil.test'],
  ['${{ alert.raw.sender }}', 'eve@evil.test'],
  ['${{ alert.targets.mails[0].subject }}', 'Invoice'],
  ['${{ domain_of(inputs.sender) }}', 'evil.test'],
  [
    '${{ "phish/" + lower(inputs.sender) + "/" + sha256(inputs.subject) }}',
    'phish/eve@evil.test/b832002da297545ff2c6cc36303a5f9b9779a2d7e47ba81c07ef86aca92181c0',
  ],
  [
    'More than 2000 copies from ${{ inputs.sender }}. Not touched. ${{ run.url }}',
    'More than 2000 copies from Eve@Evil.test. Not touched. https://soar.test/runs/run_1',
  ],
  ['${{ steps.search.outputs.messages }}', [{ id: 'm1', mailbox: 'ann@corp.test' }]],
  ['${{ mail.id }}', 'm1'],
  ['${{ mail.mailbox }}', 'ann@corp.test'],
  [
    'Quarantine ${{ size(steps.search.outputs.messages) }} mails from ${{ inputs.sender }} in ${{ steps.search.outputs.mailbox_count }} mailboxes?',
    'Quarantine 1 mails from Eve@Evil.test in 1 mailboxes?',
  ],
  ['Confirmed phishing: ${{ inputs.subject }}', 'Confirmed phishing: Invoice'],
  ['${{ steps.search.outputs.read_count }}', 0],
  ["${{ steps.search.outputs.link_domains.join(', ') }}", 'evil.test, bad.test'],
  ['${{ steps.quarantine.status }}', 'succeeded'],
  [
    'Block ${{ inputs.sender }} although it is a public mail provider?',
    'Block Eve@Evil.test although it is a public mail provider?',
  ],
  ['${{ steps.sweep.summary.failed }} mails could not be quarantined.', '1 mails could not be quarantined.'],
  [
    '${{ steps.sweep.summary.succeeded }} of ${{ steps.sweep.summary.total }} mails from ${{ inputs.sender }} quarantined. ${{ vars.note }} Sender block: ${{ steps.block.status }}.',
    '2 of 3 mails from Eve@Evil.test quarantined. All copies are quarantined. Sender block: succeeded.',
  ],
  ['${{ steps.sweep.summary.total }}', 3],
  ['${{ steps.block.status == "succeeded" }}', true],
  [
    'Disable ${{ steps.account.outputs.display_name }} (${{ steps.account.outputs.title }})?',
    'Disable Ann (CFO)?',
  ],
  ["${{ steps.account.outputs.roles.join(', ') }}", 'User, Approver'],
  ['${{ steps.account.outputs.last_sign_in }}', '2026-11-20T03:00:00Z'],
  ["${{ steps.account.outputs.?manager.orValue('none') }}", 'none'],
  ['${{ steps.account.outputs.upn }}', 'ann@corp.test'],
  ['${{ steps.disable.status == "succeeded" }}', true],
  ['${{ steps.restore.status == "succeeded" }}', false],
];

describe('the expressions of the language reference', () => {
  test.each(conditions)('the condition %s is a bool and holds as expected', (expr, expected) => {
    expect(checkExpression(expr, types, 'bool').problems).toEqual([]);
    expect(evaluate(expr, scope)).toEqual({ ok: true, value: expected });
  });

  test.each(values)('the value %s renders as expected', (text, expected) => {
    const { template, problems, expressions } = parseTemplate(text);
    expect(problems).toEqual([]);
    for (const { expr } of expressions) expect(checkExpression(expr, types).problems).toEqual([]);
    expect(renderTemplate(template, scope)).toEqual({ ok: true, value: expected });
  });

  test('the lists of each and foreach are lists', () => {
    for (const expr of ['alert.targets.hosts', 'alert.targets.users', 'steps.search.outputs.messages']) {
      expect(checkExpression(expr, types, 'list').problems).toEqual([]);
      expect(evaluate(expr, scope)).toMatchObject({ ok: true, value: expect.any(Array) });
    }
  });
});
