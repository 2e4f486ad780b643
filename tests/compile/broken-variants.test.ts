import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';

/*
 * The playbooks of the language page, each broken by hand in one place. The author must be sent
 * to exactly that place, with one remark and no echo of it elsewhere.
 */

const ransomware = read('ransomware-isolate-host');
const phishing = read('phishing-block-sender');
const user = read('compromised-user-contain');

const variants: {
  slip: string;
  text: string;
  from: string;
  to: string;
  at: string;
  code: string;
  help?: string;
}[] = [
  {
    slip: 'a step renamed while others still use its id',
    text: ransomware,
    from: '- id: follow_up',
    to: '- id: asset',
    at: 'asset\n    if: steps.isolate',
    code: 'compile/duplicate-id',
  },
  {
    slip: 'an action key with two letters swapped',
    text: ransomware,
    from: 'action: edr.collect-package',
    to: 'action: edr.colletc-package',
    at: 'edr.colletc-package',
    code: 'compile/unknown-action',
    help: 'did you mean "edr.collect-package"?',
  },
  {
    slip: 'a mistyped output',
    text: ransomware,
    from: 'steps.asset.outputs.criticality in',
    to: 'steps.asset.outputs.critical in',
    at: 'critical in',
    code: 'compile/unknown-name',
  },
  {
    slip: 'a forgotten argument',
    text: ransomware,
    from: '          text: Nothing was isolated.\n',
    to: '',
    at: 'with:\n          incident_id: ${{ inputs.incident_id }}\n        on_error',
    code: 'compile/invalid-argument',
  },
  {
    slip: 'a duration with the units the wrong way round',
    text: ransomware,
    from: 'expires: 30m',
    to: 'expires: 30m1h',
    at: '30m1h',
    code: 'compile/invalid-value',
  },
  {
    slip: 'a number where the action takes text',
    text: phishing,
    from: 'received_within: 7d',
    to: 'received_within: 7',
    at: '7\n',
    code: 'compile/invalid-argument',
  },
  {
    slip: 'a variable that nobody declared',
    text: phishing,
    from: '${{ vars.note }}',
    to: '${{ vars.notes }}',
    at: 'notes }}',
    code: 'compile/unknown-name',
    help: 'did you mean "note"?',
  },
  {
    slip: 'a step field under the wrong kind',
    text: user,
    from: '    join: all\n',
    to: '    join: all\n    deadline: 2h\n',
    at: 'deadline: 2h',
    code: 'compile/unknown-field',
  },
  {
    slip: 'the output of a step that may have been skipped',
    text: user,
    from: 'disabled: ${{ steps.disable.status == "succeeded" }}',
    to: 'disabled: ${{ steps.disable.outputs.state }}',
    at: 'steps.disable.outputs.state',
    code: 'compile/maybe-missing',
  },
  {
    slip: 'a condition that is no condition',
    text: user,
    from: 'when: steps.account.outputs.is_privileged ||',
    to: 'when: steps.account.outputs.display_name ||',
    at: 'steps.account.outputs.display_name ||',
    code: 'compile/expression-type',
  },
];

describe('a playbook broken in one place', () => {
  it.each(variants)('$slip: one remark, at the place', ({ text, from, to, at, code, help }) => {
    expect(text).toContain(from);
    const broken = text.replace(from, to);
    const { diagnostics } = compile(broken);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    const [only] = diagnostics;
    const change = text.indexOf(from);
    expect([only?.line, only?.column]).toEqual(
      lineAndColumn(broken, broken.indexOf(at, Math.max(0, change - 100))),
    );
    if (help !== undefined) expect(only?.help).toBe(help);
  });

  it('every slip is reported at once, in the order of the file', () => {
    const broken = ransomware
      .replace('author: Blue Team', 'autor: Blue Team')
      .replace('edr.collect-package', 'edr.collect-packages')
      .replace('expires: 30m', 'expires: 30x');
    const found = compile(broken).diagnostics;
    expect(found.map(({ code }) => code)).toEqual([
      'compile/unknown-field',
      'compile/invalid-value',
      'compile/unknown-action',
    ]);
  });
});

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, 'ok', `${name}.yaml`), 'utf8');
}

function lineAndColumn(text: string, offset: number): [number, number] {
  const before = text.slice(0, offset).split('\n');
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}
