import { describe, expect, it } from 'vitest';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { runCaseFile } from '../../engine/core/cases/run-case-file.ts';
import { provePlan } from '../../engine/core/prove/prove-plan.ts';
import { registry } from '../cases/golden.ts';
import { playbookText } from '../preview/preview.ts';

/* What is called ungated does happen: the same playbook, played, contains a host and asks nobody. */

const lookUp = (host: string) => `  - id: asset
    action: inventory.get-host
    with: { host_id: "\${{ ${host} }}" }
`;

const isolate = (host: string, more = '') => `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ ${host} }}", scope: full, comment: Held }
    lease: 2h
${more}`;

const askUnlessWorkstation = `    approval: { when: 'steps.asset.outputs.role != "workstation"', approvers: [group:soc] }
`;

const guard = (denyIf: string) => `guards:
  - { id: careful, applies_to: [contain], deny_if: '${denyIf}', message: This host stays online. }
`;

const inner = (steps: string) => steps.replaceAll(/^/gm, '    ').trimEnd();

const loop = (id: string, list: string, steps: string) => `  - id: ${id}
    foreach: ${list}
    as: ${id}_host
    key: ${id}_host
    max_items: 20
    steps:
${inner(steps)}
`;

/** `asked`: the questions of the case, with a yes to each; `found`: what else the targets answer. */
function played(
  steps: string,
  more: string,
  asset: string,
  isolated: readonly string[],
  { asked = [], found = '' }: { asked?: readonly string[]; found?: string } = {},
) {
  const text = playbookText(steps, more);
  const compiled = new CompiledSet([{ file: '0.yaml', text }], registry).get('0.yaml');
  if (compiled?.ok !== true) throw new Error(JSON.stringify(compiled?.diagnostics));
  const performed = isolated.map((host) => `{ action: edr.isolate-host, with: { host_id: ${host} } }`);
  const reading = readCases(
    `kind: cases/v1
playbook: ./0.yaml
given:
  actions:
    edr.isolate-host: { changed: true }
    asset: { outputs: { name: H1, tags: [], services: [], users: [], ${asset} } }
${found}cases:
  - name: nobody is asked about a host
    decisions: [${asked.map((step) => `{ step: ${step}, outcome: granted }`).join(', ')}]
    expect: { run: succeeded, approvals: [${asked.map((step) => `{ step: ${step}, outcome: granted }`).join(', ')}], performed: [${performed.join(', ')}] }
`,
    '0.cases.yaml',
  );
  if (!reading.ok) throw new Error(reading.diagnostics.map(({ message }) => message).join('\n'));
  const { results } = runCaseFile(reading.file, compiled.under, () => null);
  return {
    missed: results.flatMap(({ diagnostics }) => diagnostics.map(({ message }) => message)),
    claimed: provePlan(compiled.under.loaded.plan).violations.map(
      ({ code, step }) => `${code} ${step.path.split('/').at(-1)}`,
    ),
  };
}

const happens = { missed: [], claimed: ['prove/ungated-target isolate'] };

describe('a host that nobody looked up is isolated', () => {
  const vars = 'vars: { host: "${{ inputs.host_id }}" }\n';
  const workstation = 'role: workstation, criticality: low';

  it('under the words with which another one was looked up, once a variable was set', () => {
    const set = '  - set: { host: "${{ inputs.list[0] }}" }\n';
    const steps = lookUp('vars.host') + set + isolate('vars.host', askUnlessWorkstation);
    expect(played(steps, vars, workstation, ['a'])).toEqual(happens);
  });

  it('by the index of a loop inside the one whose host was looked up', () => {
    const inside = loop('inside', `'["x"]'`, isolate('inputs.list[index]', askUnlessWorkstation));
    const steps = loop('outside', 'inputs.list', lookUp('inputs.list[index]') + inside);
    expect(played(steps, '', workstation, ['a', 'a'])).toEqual(happens);
  });
});

describe('a server is isolated in spite of a guard', () => {
  it('that judges it by another fact than its role', () => {
    const steps = lookUp('inputs.host_id') + isolate('inputs.host_id');
    const more = guard('guard.target.criticality == "critical"');
    expect(played(steps, more, 'role: server, criticality: low', ['H1'])).toEqual(happens);
  });

  it('that hears of its role because it was looked up in other words', () => {
    const steps = lookUp("inputs['host_id']") + isolate('inputs.host_id');
    const more = guard('guard.target.role == "unknown"');
    expect(played(steps, more, 'role: server, criticality: low', ['H1'])).toEqual(happens);
  });
});

it('what the items of a list find out is contained although people saw the items alone', () => {
  const hosts = loop('found', 'steps.search.outputs.messages.map(m, m.subject)', isolate('found_host'));
  const search = `  - id: search
    action: mail.search-messages
    with: { sender: "\${{ sender_host }}" }
`;
  const steps = loop('sender', 'inputs.list', search + hosts).replace(
    '    steps:',
    '    approval: { ask: All of these senders?, approvers: [group:soc] }\n    steps:',
  );
  const mails = '[{ id: m1, mailbox: x@example.test, subject: DB1 }]';
  const found = `    search: { outputs: { messages: ${mails}, mailbox_count: 1, read_count: 0, link_domains: [] } }\n`;
  expect(played(steps, '', 'role: server', ['DB1', 'DB1'], { asked: ['sender'], found })).toEqual(happens);
});
