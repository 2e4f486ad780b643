import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { coveragePoints } from '../../engine/core/cases/coverage-points.ts';
import type { PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { expectationOf } from '../../engine/core/cases/record-expectation.ts';
import { runCaseFile } from '../../engine/core/cases/run-case-file.ts';
import { type Suggestions, suggestCases } from '../../engine/core/cases/suggest/suggest-cases.ts';
import { writeExpectations } from '../../engine/core/cases/write-expectations.ts';
import { formatFile } from '../../engine/core/format/format-file.ts';
import { compiled, registry } from './golden.ts';

/*
 * Skeletons that `riposte test --suggest` writes, fed back into the runner: every point that they say they
 * pass they pass. How much of a playbook without cases they reach was measured, and is a floor here.
 */

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'playbooks');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'))
  .toSorted();
const set = new CompiledSet(
  files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })),
  registry,
);

function shipped(file: string): PlaybookUnderTest {
  const playbook = set.get(file);
  if (playbook?.ok !== true) throw new Error(`${file} does not compile`);
  return playbook.under;
}

const readBeside = (file: string) => (path: string) => {
  const beside = join(dirname(file), path);
  return existsSync(beside) ? readFileSync(beside, 'utf8') : null;
};
const noFixture = () => null;

/** Points that the written skeletons pass when they are played, whatever they say. */
function passed(
  under: PlaybookUnderTest,
  yaml: string | null,
  readFixture = noFixture as (path: string) => string | null,
) {
  const reading = readCases(yaml ?? '', 'suggested.cases.yaml');
  if (!reading.ok) throw new Error(reading.diagnostics.map(({ message }) => message).join('\n'));
  const { diagnostics, results, coverage } = runCaseFile(reading.file, under, readFixture);
  // No name that is not there, no answer that no target gives, no decision that would not count.
  expect(diagnostics).toEqual([]);
  expect(results.filter(({ verdict }) => verdict !== 'to-record').map(({ name }) => name)).toEqual([]);
  return new Set(coverage.points.filter(({ hits }) => hits > 0).map(({ id }) => id));
}

function suggested(under: PlaybookUnderTest): Suggestions {
  return suggestCases(under, { file: null, covered: new Set(), playbook: './playbook.yaml' }, noFixture);
}

describe.each(files)('%s without any cases', (file) => {
  const under = shipped(file);
  const { yaml, reached, open } = suggested(under);

  it('gets skeletons that pass every point that they name', () => {
    expect(new Set(reached)).toEqual(passed(under, yaml));
  });

  it('gets them for every point', () => {
    expect(open).toEqual([]);
    expect(reached.length + open.length).toBe(coveragePoints(under.loaded.plan).length);
  });

  it('gets skeletons that pass as soon as what they do is written down', () => {
    const before = readCases(yaml ?? '', 'suggested.cases.yaml');
    if (!before.ok) throw new Error('the skeletons cannot be read');
    const { results } = runCaseFile(before.file, under, noFixture);
    const expectations = new Map(results.map(({ story }, index) => [index, expectationOf(story)]));
    const after = readCases(writeExpectations(yaml ?? '', expectations), 'recorded.cases.yaml');
    if (!after.ok) throw new Error(after.diagnostics.map(({ message }) => message).join('\n'));
    const played = runCaseFile(after.file, under, noFixture);
    const wrong = [...played.diagnostics, ...played.results.flatMap(({ diagnostics }) => diagnostics)];
    expect(wrong.map(({ message }) => message)).toEqual([]);
    expect(played.results.map(({ verdict }) => verdict)).toEqual(results.map(() => 'passed'));
  });

  it('gets them as "riposte fmt" would write them', () => {
    expect(formatFile(yaml ?? '', { file: 'suggested.cases.yaml' })).toEqual({ ok: true, text: yaml });
  });
});

it.each(files)('%s with what its cases share gets skeletons that fit into that file', (file) => {
  const under = shipped(file);
  const path = join(folder, file.replace(/\.yaml$/, '.cases.yaml'));
  const text = readFileSync(path, 'utf8').replace(
    /^cases:[\s\S]*$/m,
    'cases: [{ name: the first, expect: record }]\n',
  );
  const reading = readCases(text, path);
  if (!reading.ok) throw new Error('what is left of the file cannot be read');
  const read = readBeside(path);
  const known = { file: reading.file, covered: new Set<string>(), playbook: reading.file.playbook };
  const { yaml, reached, open } = suggestCases(under, known, read);
  expect(new Set(reached)).toEqual(passed(under, yaml, read));
  expect(open).toEqual([]);
});

it('asks nothing more where the cases have seen everything', () => {
  const under = shipped('identity/clean-mailbox-rules.yaml');
  const covered = new Set(coveragePoints(under.loaded.plan).map(({ id }) => id));
  expect(suggestCases(under, { file: null, covered, playbook: './p.yaml' }, noFixture)).toEqual({
    yaml: null,
    reached: [],
    open: [],
  });
});

/** One step with a condition over what a look-up answered, and inputs. */
function withCondition(condition: string): PlaybookUnderTest {
  const text = `kind: playbook/v1
id: one-condition
title: One condition
description: For one condition at a time.
status: stable
version: 1.0.0
author: Blue Team
owner: group:soc
falsepositives: [None]
mode: enforce
triggers: [{ id: by_hand, type: manual }]
inputs:
  text: { type: string, default: "" }
  number: { type: integer, default: 3 }
  flag: { type: boolean, default: false }
  names: { type: array, items: { type: string }, default: [] }
vars:
  own: \${{ ["contoso.com", "contoso.test"] }}
  many: \${{ size(inputs.names) > 2 }}
steps:
  - id: asset
    action: inventory.get-host
    with: { host_id: H1 }
  - id: mails
    action: mail.search-messages
    with: { subject: Invoice }
  - id: here
    if: '${condition.replaceAll("'", "''")}'
    action: chat.post-message
    with: { channel: soc, text: Here }
`;
  return compiled(text, 'one-condition.yaml');
}

describe('a condition', () => {
  it.each([
    'steps.asset.outputs.role == "server"',
    'steps.asset.outputs.role != "workstation"',
    '"server" == steps.asset.outputs.role',
    'steps.asset.outputs.criticality in ["high", "critical"]',
    '"vip" in steps.asset.outputs.tags',
    '!("finance" in steps.asset.outputs.services)',
    'has(steps.asset.outputs.owner)',
    '!has(steps.asset.outputs.os)',
    'inputs.flag',
    '!inputs.flag && inputs.number > 7',
    'inputs.number <= 2 || inputs.number >= 9',
    '7 < inputs.number',
    'inputs.text.startsWith("svc-") && inputs.number == 4',
    'inputs.text.endsWith("@contoso.com")',
    'inputs.text.contains("urgent")',
    'glob(lower(inputs.text), "legal-hold*")',
    'domain_of(inputs.text) in vars.own',
    'size(inputs.names) == 2',
    'inputs.names.size() > 1',
    'vars.many',
    'inputs.flag ? inputs.number == 1 : inputs.text == "no"',
    'steps.mails.outputs.messages.exists(m, m.location == "inbox" && m.mailbox.endsWith("@contoso.com"))',
    'steps.mails.outputs.messages.all(m, m.location == "junk")',
    'steps.mails.outputs.messages.filter(m, m.location == "junk").size() > 2',
    'steps.mails.outputs.messages.map(m, m.mailbox).exists(x, x == "a@contoso.com")',
    'vars.own.exists(o, inputs.text == o)',
    'steps.asset.outputs.?owner.orValue("none") == "Finance"',
    'coalesce(steps.asset.outputs.?os, optional.of("none")) == "Linux"',
    'size(steps.mails.outputs.messages) + 0 >= 0 && inputs.text == "x"',
  ])('%s is brought to both', (condition) => {
    const under = withCondition(condition);
    const { yaml, reached } = suggested(under);
    expect(reached).toEqual(expect.arrayContaining(['run/here if true', 'run/here if false']));
    expect([...passed(under, yaml)]).toEqual(
      expect.arrayContaining(['run/here if true', 'run/here if false']),
    );
  });

  it('that cannot be solved is told with the values that it reads and what it must come to', () => {
    const under = withCondition('re_match(inputs.text, "^[A-Z]{3}-[0-9]{4}$") && inputs.number * 7 == 49');
    const { yaml, open } = suggested(under);
    expect(open).toEqual(['run/here reached', 'run/here if true']);
    expect(yaml).toContain('to be completed: does not pass line 27  here: if true yet');
    expect(yaml).toContain(
      'needs true: re_match(inputs.text, "^[A-Z]{3}-[0-9]{4}$") && inputs.number * 7 == 49',
    );
    expect(yaml).toContain('choose given.inputs.text, given.inputs.number');
    // It is a case all the same: it plays, and waits to be completed.
    expect([...passed(under, yaml)]).not.toContain('run/here if true');
  });
});
