import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixText } from '../../engine/core/compile/fix-text.ts';
import { applyFixes } from '../../engine/core/diagnostics/apply-fixes.ts';
import { diagnosticsSarif } from '../../engine/core/diagnostics/diagnostics-sarif.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { compile, lookUp, playbookWith, tell } from './compile.ts';
import { fixCases } from './golden.ts';

const diagnose = (text: string) => compile(text).diagnostics;
const fix = (text: string) => fixText(text, diagnose);
const offers = (text: string) => diagnose(text).flatMap((each) => (each.fix ? [each.code] : []));

describe('a fix that is offered', () => {
  it.each(fixCases())('$name: makes the change beside it, and no other', ({ actual, expectedPath }) => {
    const expected = existsSync(expectedPath)
      ? readFileSync(expectedPath, 'utf8')
      : '(missing: npm run golden)';
    expect(actual).toBe(expected);
  });

  it.each(fixCases())('$name: leaves a playbook that compiles without the code', ({ name, fixed, after }) => {
    const code = `compile/${name.split('.')[0]}`;
    expect(fixed.done[0]?.code).toBe(code);
    expect(after.diagnostics.map((each) => each.code)).toEqual([]);
    expect(after.ok).toBe(true);
  });

  it('exists wherever the language page names one', () => {
    const codes = new Set(fixCases().map(({ name }) => `compile/${name.split('.')[0]}`));
    expect([...codes].sort()).toEqual([
      'compile/ambiguous-scalar',
      'compile/backtracking-regex',
      'compile/invalid-argument',
      'compile/invalid-value',
      'compile/maybe-missing',
      'compile/missing-inverse',
      'compile/ungated-containment',
      'compile/unknown-action',
      'compile/unknown-connection',
      'compile/unknown-field',
      'compile/unknown-name',
      'compile/unknown-playbook',
      'compile/unknown-step',
      'compile/unquoted-template',
      'compile/unreleased-containment',
      'compile/wrong-type',
    ]);
  });
});

describe('fixing a text', () => {
  it('takes several mistakes in one go and leaves comments and layout as they are', () => {
    const text = playbookWith(`  # look first
  - id: asset     # the host
    action: inventory.get-hots
    with: { host_id: "\${{ inputs.hostid }}" }
  - { id: isolate, action: edr.isolate-host, with: { host_id: H1 } }   # then act
`);
    const { text: after, done, left } = fix(text);
    expect(after).toBe(
      text
        .replace('get-hots', 'get-host')
        .replace('inputs.hostid', 'inputs.host_id')
        .replace('edr.isolate-host,', 'edr.isolate-host, lease: 72h,'),
    );
    expect(done).toHaveLength(3);
    expect(left).toEqual([]);
  });

  it('keeps the line breaks of the file', () => {
    const text = playbookWith(`  - id: isolate
    action: edr.isolate-host
    with: { host_id: H1 }
`).replaceAll('\n', '\r\n');
    expect(fix(text).text).toBe(
      text.replace('edr.isolate-host\r\n', 'edr.isolate-host\r\n    lease: 72h\r\n'),
    );
  });

  it('adds a line at the end of a file that has no last line break', () => {
    const text = playbookWith('  - id: isolate\n    with: { host_id: H1 }\n    action: edr.isolate-host');
    expect(fix(text).text).toBe(`${text}\n    lease: 72h`);
  });

  it('changes nothing when there is nothing to fix, and nothing the second time', () => {
    const once = fix(playbookWith(tell('one', '${{ inputs.nte }}')));
    expect(once.done).toHaveLength(1);
    expect(fix(once.text)).toEqual({ text: once.text, done: [], left: [] });
  });

  it('leaves out what would give a new error, says which, and makes the others', () => {
    const text = playbookWith(
      `${lookUp.replace('    with', '    on_error: continue\n    with')}${tell('one', '${{ steps.aset.outputs.owner }}')}${tell('two', '${{ inputs.nte }}')}`,
    );
    const { text: after, done, left } = fix(text);
    expect(done.map(({ code }) => code)).toEqual(['compile/unknown-name']);
    expect(left).toMatchObject([
      { diagnostic: { code: 'compile/unknown-step' }, because: ['compile/maybe-missing'] },
    ]);
    expect(after).toBe(text.replace('inputs.nte', 'inputs.note'));
  });

  it('reads on behind a file that could not be read, and fixes what comes to light', () => {
    const text = playbookWith(`  - id: one
    action: chat.post-mesage
    with: { text: \${{ inputs.note }} }
`);
    const { text: after, done } = fix(text);
    expect(done.map(({ code }) => code)).toEqual(['compile/unquoted-template', 'compile/unknown-action']);
    expect(compile(after).diagnostics).toEqual([]);
  });

  it('quotes the whole value that a template is part of', () => {
    const text = playbookWith(`  - id: one
    action: chat.post-message
    with: { text: State is \${{ inputs.note }} now, channel: soc }
`);
    expect(fix(text).text).toContain('with: { text: "State is ${{ inputs.note }} now", channel: soc }');
  });
});

describe('what is not offered', () => {
  const maybe = (more: string) =>
    playbookWith(`${lookUp.replace('    with', '    on_error: continue\n    with')}${more}`);

  it('is a default in a condition: an approval that fails asks, one with a default might not', () => {
    const text = maybe(`  - id: isolate
    action: edr.isolate-host
    lease: 72h
    with: { host_id: H1 }
    approval: { when: steps.asset.outputs.role == "server", approvers: [group:soc] }
`);
    expect(diagnose(text).map(({ code }) => code)).toEqual(['compile/maybe-missing']);
    expect(offers(text)).toEqual([]);
  });

  it('is a default for what an effect acts on', () => {
    const text = maybe(`  - id: isolate
    action: edr.isolate-host
    lease: 72h
    with: { host_id: "\${{ steps.asset.outputs.name }}" }
`);
    expect(diagnose(text).map(({ code }) => code)).toEqual(['compile/maybe-missing']);
    expect(offers(text)).toEqual([]);
  });

  it('is a default in a text for people: that is where one is offered', () => {
    expect(offers(maybe(tell('one', 'Role: ${{ steps.asset.outputs.role }}')))).toEqual([
      'compile/maybe-missing',
    ]);
  });

  it('is an approval that nobody could give, or that would ask once per item', () => {
    const bold = (steps: string, owner: string) =>
      playbookWith(steps, owner).replace('experimental', 'stable');
    const isolate =
      '  - id: isolate\n    action: edr.isolate-host\n    lease: 72h\n    with: { host_id: H1 }\n';
    expect(offers(bold(isolate, 'owner: group:soc'))).toEqual(['compile/ungated-containment']);
    expect(offers(bold(isolate, ''))).toEqual([]);
    const loop = `  - id: each_host
    foreach: alert.targets.hosts
    key: item.id
    max_items: 5
    steps:
${isolate.replace(/^/gm, '    ').trimEnd()}
`;
    expect(offers(bold(loop, 'owner: group:soc'))).toEqual([]);
  });

  it('is a name inside a text with escapes, where its characters stand for others', () => {
    const text = playbookWith(
      '  - id: one\n    action: chat.post-message\n    with: { text: "${{ inputs.n\\u006fe }}" }\n',
    );
    expect(diagnose(text).map(({ code }) => code)).toEqual(['compile/unknown-name']);
    expect(offers(text)).toEqual([]);
  });
});

describe('fixes as data', () => {
  it('are named in the printed text only where there is one', () => {
    const printed = printDiagnostics(
      diagnose(playbookWith(tell('one', '${{ inputs.nte }}') + tell('two', '${{ inputs.zebra }}'))),
    );
    expect(printed.match(/\(riposte check --fix\)/g)).toHaveLength(1);
    expect(printed).toContain('help:  did you mean "note"? (riposte check --fix)');
  });

  it('become SARIF fixes with the region to delete and what to insert', () => {
    const sarif = diagnosticsSarif(diagnose(playbookWith(tell('one', '${{ inputs.nte }}'))), '1.0.0');
    expect(sarif).toMatchObject({
      runs: [
        {
          results: [
            {
              fixes: [
                {
                  description: { text: 'write "note"' },
                  artifactChanges: [
                    {
                      artifactLocation: { uri: 'playbook.yaml' },
                      replacements: [{ deletedRegion: { startLine: 16 }, insertedContent: { text: 'note' } }],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('that touch each other are not made together', () => {
    const edit = (column: number, endColumn: number, text: string) => ({
      title: text,
      edits: [{ range: { line: 1, column, endLine: 1, endColumn }, text }],
    });
    const { text, applied } = applyFixes('abcdef', [edit(1, 3, 'X'), edit(2, 4, 'Y'), edit(5, 6, 'Z')]);
    expect(text).toBe('XcdZf');
    expect(applied.map(({ title }) => title)).toEqual(['X', 'Z']);
  });
});
