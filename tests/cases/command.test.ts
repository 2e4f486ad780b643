import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import reportSchema from '../../schemas/case-report.schema.json' with { type: 'json' };
import type { JsonObject } from '../../schemas/json.ts';
import { riposte } from '../cli/start-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* `riposte test` as a person and a pipeline meet it: exit codes, thresholds, filter, outputs. */

const folder = await temporaryFolder();
const playbook = readFileSync(join(import.meta.dirname, 'playbooks/sort-out.yaml'), 'utf8');
writeFileSync(join(folder, 'sort-out.yaml'), playbook);

function written(name: string, cases: string): string {
  const file = join(folder, `${name}.cases.yaml`);
  writeFileSync(file, `kind: cases/v1\nplaybook: ./sort-out.yaml\n${cases}`);
  return file;
}

const good = written(
  'good',
  `given: { actions: { chat.post-message: {} } }
cases:
  - { name: a mail is told to the mail team, given: { inputs: { kind: mail } }, expect: { run: succeeded } }
  - { name: a host is told to the host team, given: { inputs: { kind: host } }, expect: { run: succeeded } }
`,
);
const bad = written(
  'bad',
  `given: { actions: { chat.post-message: {} } }
cases:
  - { name: it fails, expect: { run: failed } }
  - { name: "it ends well, <really> & truly", expect: { run: succeeded } }
`,
);
const open = written(
  'open',
  `cases:\n  - { name: to be written, given: { actions: { chat.post-message: {} } }, expect: record }\n`,
);
const lost = join(folder, 'lost.cases.yaml');
writeFileSync(
  lost,
  'kind: cases/v1\nplaybook: ./nowhere.yaml\ncases: [{ name: a, expect: { run: succeeded } }]\n',
);

describe('riposte test', () => {
  it('needs no server; results go to stdout, the count to stderr', async () => {
    const ended = await riposte(['test', good], {});
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain('ok    a mail is told to the mail team');
    expect(ended.stderr.trim()).toBe('2 passed, 0 failed');
  });

  it('ends with 1 when a case fails, and shows the difference and what happened', async () => {
    const ended = await riposte(['test', bad], {});
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(
      /FAIL {2}it fails .*bad\.cases\.yaml:5\n.*line 5 {2}run\n\s+- failed\n\s+\+ succeeded/,
    );
    expect(ended.stdout).toContain('run.finished');
    expect(ended.stderr).toContain('1 passed, 1 failed');
  });

  it('does not take a case without an expectation for a failure', async () => {
    const ended = await riposte(['test', open], {});
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('0 passed, 0 failed, 1 to record');
  });

  it('says of a file that names no playbook where it does so', async () => {
    const ended = await riposte(['test', lost], {});
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(`${lost}:2:11 error case/unknown-playbook`);
  });

  it('of nothing, or of something that is not there, is not a success', async () => {
    expect(await riposte(['test', join(folder, 'none')], {})).toMatchObject({ code: 3 });
    expect(await riposte(['test', good, '--filter', 'no such words'], {})).toMatchObject({ code: 2 });
    expect(await riposte(['test', good, '--min', 'lines=90'], {})).toMatchObject({ code: 2 });
    expect(await riposte(['test', good, '--min', 'steps=101'], {})).toMatchObject({ code: 2 });
    expect(await riposte(['test', good, '--format', 'xml'], {})).toMatchObject({ code: 2 });
  });

  it('plays only the cases that are asked for, by any part of their name', async () => {
    const ended = await riposte(['test', good, '--filter', 'THE HOST'], {});
    expect(ended.stderr.trim()).toBe('1 passed, 0 failed');
    expect(ended.stdout).not.toContain('mail team');
  });
});

describe('coverage', () => {
  it('below what is demanded ends with 1 and points at what no case has seen', async () => {
    const ended = await riposte(['test', good, '--min', 'branches=90', '--min', 'steps=10'], {});
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(
      /sort-out\.yaml:\d+:\d+ error case\/coverage-below\n {2}branches \d+% \(\d+\/\d+\), demanded 90%/,
    );
    expect(ended.stdout).not.toContain('demanded 10%');
    expect(ended.stdout).toContain('each_user: many items');
  });

  it('at what is demanded is fine', async () => {
    expect(await riposte(['test', good, '--min', 'approvals=0', '--min', 'branches=20'], {})).toMatchObject({
      code: 0,
    });
  });

  it('is written as lcov beside any format', async () => {
    const file = join(folder, 'lcov.info');
    expect(await riposte(['test', good, '--lcov', file], {})).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toMatch(/^TN:\nSF:.*sort-out\.yaml\n/);
  });
});

describe('the machine forms', () => {
  it('JSON is what its schema says, and tells failed cases whole', async () => {
    const ended = await riposte(['test', bad, '--json', '--min', 'steps=100'], {});
    expect(ended.code).toBe(1);
    const report = JSON.parse(ended.stdout) as {
      cases: { verdict: string; story: string[] }[];
      below: string[];
    };
    expect(createValidator(reportSchema as unknown as JsonObject)(report as unknown as JsonObject)).toEqual(
      [],
    );
    expect(report.cases.map(({ verdict }) => verdict)).toEqual(['failed', 'passed']);
    expect(report.cases.map(({ story }) => story.length > 0)).toEqual([true, false]);
    expect(report.below).toEqual([expect.stringMatching(/sort-out\.yaml: steps \d+% .*demanded 100%/)]);
  });

  it('JUnit counts what it lists and cannot be broken out of', async () => {
    const { stdout } = await riposte(['test', bad, '--format', 'junit'], {});
    expect(stdout).toMatch(/tests="2" failures="1"/);
    expect(stdout).toContain('it ends well, &lt;really&gt; &amp; truly');
    expect(stdout.match(/<testcase /g)).toHaveLength(2);
    expect(stdout.match(/<failure/g)).toHaveLength(1);
  });

  it('annotations point at the line', async () => {
    const { stdout } = await riposte(['test', bad, '--format', 'github'], {});
    expect(stdout).toMatch(/^::error file=.*bad\.cases\.yaml,line=5,.*title=case\/not-met/);
  });
});

describe('riposte test --suggest', () => {
  it('prints a file of cases for a playbook that has none, and writes nothing', async () => {
    const alone = await temporaryFolder();
    const file = join(alone, 'sort-out.yaml');
    writeFileSync(file, playbook);
    const ended = await riposte(['test', '--suggest', file], {});
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^(\d+) of \1 unseen points have a skeleton/);
    expect(readdirSync(alone)).toEqual(['sort-out.yaml']);
    const cases = join(alone, 'sort-out.cases.yaml');
    // As a shell does with `> sort-out.cases.yaml`: the empty file is there first.
    writeFileSync(cases, '');
    expect(await riposte(['test', '--suggest', file], {})).toEqual(ended);
    writeFileSync(cases, ended.stdout);
    const kept = await riposte(
      ['test', file, '--min', 'steps=100', '--min', 'branches=100', '--min', 'approvals=100'],
      {},
    );
    expect(kept).toMatchObject({ code: 0 });
    expect(await riposte(['test', '--suggest', file], {})).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'Every coverage point is seen by a case.\n',
    });
  });

  it('as JSON names the points that are reached and those that are not', async () => {
    const alone = await temporaryFolder();
    writeFileSync(join(alone, 'sort-out.yaml'), playbook);
    const ended = await riposte(['test', '--suggest', '--json', join(alone, 'sort-out.yaml')], {});
    const report = JSON.parse(ended.stdout) as JsonObject;
    expect(createValidator(reportSchema as unknown as JsonObject)(report)).toEqual([]);
    expect(report.suggestions).toEqual([
      expect.objectContaining({ open: [], yaml: expect.stringMatching(/^kind: cases/) }),
    ]);
  });
});
