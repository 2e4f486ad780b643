import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codes, compileCodes, isCode } from '../../schemas/codes.ts';
import { refusedCases } from '../compile/golden.ts';

const root = join(import.meta.dirname, '../..');
const stations = new Set(Object.keys(codes).map((code) => code.split('/')[0]));

describe('the code catalogue', () => {
  it.each(Object.entries(codes))('%s says what happened and what to do', (code, { summary, help, doc }) => {
    expect(code).toMatch(/^[a-z]+\/[a-z][a-z0-9-]*$/);
    expect(summary.length).toBeGreaterThan(5);
    expect(summary.length).toBeLessThanOrEqual(90);
    expect(summary).not.toMatch(/\.$/);
    expect(help).toMatch(/[.?]$/);
    expect(doc).toBe(`codes/${code}`);
  });

  it('says how bad every diagnostic is', () => {
    const silent = Object.entries(codes).filter(
      ([code, { severity }]) => code.startsWith('compile/') && !severity,
    );
    expect(silent).toEqual([]);
  });

  it('has a golden playbook for every code of the compiler', () => {
    const shown = new Set<string>(refusedCases().flatMap((golden) => golden.codes));
    // Seen only where earlier versions are known: tests/compile/version-not-raised and tests/cli/published publish them.
    const needsHistory = new Set<string>(['compile/version-not-raised', 'compile/newer-child']);
    expect(compileCodes.filter((code) => !shown.has(code) && !needsHistory.has(code))).toEqual([]);
  });

  it('has every code that the language page promises', () => {
    const promised = Object.entries(languagePage).flatMap(([station, what]) =>
      what.split(' ').map((each) => `${station}/${each}`),
    );
    expect(promised.filter((code) => !isCode(code))).toEqual([]);
  });

  it('holds no code that nothing says', () => {
    const said = new Set<string>();
    for (const folder of ['engine', 'actions', 'api']) {
      for (const path of sourceFiles(join(root, folder)))
        for (const [text] of readFileSync(path, 'utf8').matchAll(/[a-z]+\/[a-z][a-z0-9-]*/g)) said.add(text);
    }
    expect(Object.keys(codes).filter((code) => !said.has(code))).toEqual([]);
  });

  it('holds every code that the source uses', () => {
    const unknown: string[] = [];
    for (const folder of ['schemas', 'engine', 'actions', 'api']) {
      for (const path of sourceFiles(join(root, folder))) {
        for (const [, text] of readFileSync(path, 'utf8').matchAll(/'([a-z]+\/[a-z][a-z0-9-]*)'/g)) {
          if (text === undefined || isCode(text) || notCodes.has(text)) continue;
          if (stations.has(text.split('/')[0] ?? '')) unknown.push(`${path.slice(root.length + 1)}: ${text}`);
        }
      }
    }
    expect(unknown).toEqual([]);
  });
});

/** Section 13 of the language page, as far as it names single codes. */
const languagePage: { [station: string]: string } = {
  compile: [
    'bad-yaml duplicate-key ambiguous-scalar unquoted-template',
    'unknown-field missing-field wrong-type mixed-step empty-step',
    'unknown-action action-version unknown-connection invalid-argument',
    'unknown-step unknown-name not-visible-here maybe-missing duplicate-id shadowed-name racing-set',
    'bad-expression expression-type backtracking-regex expression-too-large untrusted-input constant-condition',
    'ungated-containment unreleased-containment missing-inverse undo-of-nothing',
    'unbounded-wait unreachable-step missing-default racing-containment call-cycle loop-too-large',
    'version-not-raised mode-above-status deprecated-action missing-falsepositives',
  ].join(' '),
  match: 'never expression-failed overlaps',
  case: 'unexpected-action schema-drift not-met coverage-below',
};

// Texts of the same form that name something else.
const notCodes: ReadonlySet<string> = new Set(['playbook/v1', 'undo/inverse']);

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => name.endsWith('.ts') && !name.includes('node_modules') && !name.includes('console/dist'),
    )
    .map((name) => join(folder, name));
}
