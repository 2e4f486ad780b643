import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { writeExpectations } from '../../engine/core/cases/write-expectations.ts';
import { riposte } from '../cli/start-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* `riposte test --update`: only the word `record` is replaced, and what is written is a case that passes. */

const playbook = readFileSync(join(import.meta.dirname, 'playbooks/isolate-asked.yaml'), 'utf8');

async function written(cases: string): Promise<{ file: string; folder: string }> {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'isolate-asked.yaml'), playbook);
  const file = join(folder, 'isolate-asked.cases.yaml');
  writeFileSync(file, cases);
  return { file, folder };
}

const head = `# Somebody's remark at the top.
kind: cases/v1
playbook: ./isolate-asked.yaml   # beside this file
given:
    clock: 2026-11-20T03:00:00Z
    actions:    # odd layout, kept
        asset:   { outputs: {name: DB-1, role: server, criticality: high, tags: [],
                             services: [], users: []} }
        edr.isolate-host: { changed: true }
        chat.post-message: {}
cases:
`;
const granted = `
  # A remark about this case.
  - name:   a server is isolated after a yes
    decisions: [ {step: isolate, outcome: granted, at: +12m} ]
    expect:   record    # to be read
`;
const flow = `  - { name: "silence, in one line", expect: record }\n`;
const kept = `
  - name: one that has its own
    expect: { run:   succeeded }      # stays
`;

describe('recording', () => {
  it('writes what came out in the place of the word, and leaves every other character', async () => {
    const { file, folder } = await written(head + granted + flow + kept);
    chmodSync(file, 0o640);
    const ended = await riposte(['test', '--update', file], {});
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain('a server is isolated after a yes: succeeded, 1 performed, 1 asked');
    expect(ended.stdout).toContain('silence, in one line: succeeded, 0 performed, 1 asked');
    expect(ended.stderr.trim()).toBe('2 recorded; read what was written');
    expect(readFileSync(file, 'utf8')).toBe(`${head}
  # A remark about this case.
  - name:   a server is isolated after a yes
    decisions: [ {step: isolate, outcome: granted, at: +12m} ]
    expect:
      run: succeeded
      performed: [{ action: edr.isolate-host, step: isolate, target: host:H1 }]
      approvals: [{ step: isolate, outcome: granted, ended_at: +12m, escalated: 1 }]
      outputs: { isolated: true }
      holds: [{ effect: network-isolated, target: host:H1, origin: ours }]    # to be read
  - { name: "silence, in one line", expect: { run: succeeded, steps: { isolate: denied }, performed: [], approvals: [ { step: isolate, outcome: expired, ended_at: +30m, escalated: 1 } ], outputs: { isolated: false }, holds: [] } }
${kept}`);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).toSorted()).toEqual(['isolate-asked.cases.yaml', 'isolate-asked.yaml']);
    expect(await riposte(['test', file], {})).toMatchObject({ code: 0, stderr: '3 passed, 0 failed\n' });
  });

  it('a second time changes nothing', async () => {
    const { file } = await written(head + granted);
    await riposte(['test', '--update', file], {});
    const once = readFileSync(file, 'utf8');
    const again = await riposte(['test', '--update', file], {});
    expect(again).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'Nothing to record: no case expects "record".\n',
    });
    expect(readFileSync(file, 'utf8')).toBe(once);
  });

  it('records only the cases that are asked for', async () => {
    const { file } = await written(head + granted + flow);
    expect(await riposte(['test', '--update', '--filter', 'silence', file], {})).toMatchObject({ code: 0 });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('expect:   record    # to be read');
    expect(text).not.toContain('"silence, in one line", expect: record');
  });

  it('of a case that cannot be played writes nothing and says why', async () => {
    const text = `${head}  - { name: nobody answers the search, given: { actions: { isolat: {} } }, expect: record }\n`;
    const { file } = await written(text);
    const ended = await riposte(['test', '--update', file], {});
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('case/unknown-name');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('an expectation', () => {
  it('that is long is written over several lines, with the indentation of its case', () => {
    const text =
      'kind: cases/v1\nplaybook: ./p.yaml\ncases:\n- name: a\n  expect: record\n- name: b\n  expect: record\n';
    const performed = Array.from({ length: 4 }, (_, index) => ({
      action: 'mail.quarantine-message',
      step: `sweep[message-${index}]/quarantine`,
      target: `mail:message-${index}`,
    }));
    const next = writeExpectations(
      text,
      new Map([[0, { run: 'failed', reason: 'two\nlines: "quoted"', performed }]]),
    );
    const reading = readCases(next, 'a.cases.yaml');
    expect(reading.ok && reading.file.cases.map((one) => one.expect)).toEqual([
      { run: 'failed', reason: 'two\nlines: "quoted"', performed },
      'record',
    ]);
    expect(next).toMatch(/\n {2}expect:\n {4}run: failed\n/);
  });
});
