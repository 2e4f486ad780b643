import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { belowThresholds } from '../../engine/core/cases/coverage-report.ts';
import type { PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { type CaseFileResult, runCaseFile } from '../../engine/core/cases/run-case-file.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { alertEvent } from '../../engine/core/intake/alert-event.ts';
import { normalizeAlert } from '../../engine/core/intake/normalize-alert.ts';
import { matchEvent } from '../../engine/core/match/match-event.ts';
import { provePlan } from '../../engine/core/prove/prove-plan.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';

/* The playbooks that are shipped, against the actions that are shipped. */

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'playbooks');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'))
  .toSorted();
const set = new CompiledSet(
  files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })),
  manifestsOf(createRegistry()),
);

const ids: { [id: string]: string } = {
  'aitm-recover-session': 'identity/recover-session.yaml',
  'compromised-user-contain': 'identity/contain-user.yaml',
  'lateral-movement-contain': 'lateral-movement/contain-device-and-user.yaml',
  'lost-device-lock': 'devices/lock-lost-device.yaml',
  'mailbox-fraud-stop': 'mail-fraud/stop-mailbox-fraud.yaml',
  'mailbox-rules-cleanup': 'identity/clean-mailbox-rules.yaml',
  'malware-block-everywhere': 'malware/block-file-everywhere.yaml',
  'password-spray-answer': 'identity/answer-password-spray.yaml',
  'phishing-quarantine-campaign': 'phishing/quarantine-campaign.yaml',
  'phishing-quarantine-mail': 'phishing/quarantine-mail.yaml',
  'premises-user-contain': 'identity/contain-directory-user.yaml',
  'ransomware-isolate-host': 'ransomware/isolate-host.yaml',
};

function compiled(file: string): PlaybookUnderTest {
  const playbook = set.get(file);
  if (playbook?.ok !== true) throw new Error(`${file} does not compile`);
  return playbook.under;
}

function played(file: string): CaseFileResult {
  const cases = join(folder, file.replace(/\.yaml$/, '.cases.yaml'));
  const reading = readCases(readFileSync(cases, 'utf8'), cases);
  if (!reading.ok) throw new Error(reading.diagnostics.map(({ message }) => message).join('\n'));
  expect(join(dirname(cases), reading.file.playbook)).toBe(join(folder, file));
  return runCaseFile(reading.file, compiled(file), (path) => {
    const beside = join(dirname(cases), path);
    return existsSync(beside) ? readFileSync(beside, 'utf8') : null;
  });
}

it('the playbooks keep their ids, by which runs, routing and other playbooks name them', () => {
  const found = files.map((file) => [compiled(file).loaded.plan.playbook.id, file]);
  expect(Object.fromEntries(found)).toEqual(ids);
});

// The time is what an author waits for all of it: compiling, proving and playing.
describe('within ten seconds', { timeout: 10_000 }, () => {
  it('no playbook draws a remark', () => {
    const remarks = files.flatMap((file) => set.get(file)?.diagnostics ?? []);
    expect(remarks.map(({ file, line, code, message }) => `${file}:${line} ${code} ${message}`)).toEqual([]);
  });

  it('every path of every playbook was looked at, and no property is violated', () => {
    for (const file of files) {
      const { violations, bounded } = provePlan(compiled(file).loaded.plan);
      expect(
        violations.map(({ code, step, message }) => `${code} ${step.path}: ${message}`),
        file,
      ).toEqual([]);
      expect(bounded, file).toBe(false);
    }
  });

  it('every case passes, and the cases see 90 % of the branches and all approvals', () => {
    for (const file of files) {
      const { diagnostics, results, coverage } = played(file);
      const wrong = [...diagnostics, ...results.flatMap((each) => each.diagnostics)];
      expect(
        wrong.map(({ line, code, message }) => `${line} ${code} ${message}`),
        file,
      ).toEqual([]);
      expect(results.length, file).toBeGreaterThan(0);
      const least = [
        { group: 'branches' as const, percent: 90 },
        { group: 'approvals' as const, percent: 100 },
      ];
      expect(belowThresholds(coverage, least)).toEqual([]);
    }
  });
});

it.each(files)('%s says who owns it, what it is about and when it is wrong', (file) => {
  const { plan } = compiled(file).loaded;
  expect(plan.playbook.owner).toMatch(/^group:/);
  expect(plan.playbook.tags).not.toEqual([]);
  expect(plan.playbook.falsepositives).not.toEqual([]);
});

describe('a sample alert', () => {
  const samples = join(root, 'examples/alerts/by-playbook');
  const named = readdirSync(samples).filter((name) => name.endsWith('.json'));

  /** Playbooks that an alert starts, and how many runs of each. */
  function startedBy(path: string): { [id: string]: number } {
    const normalized = normalizeAlert(JSON.parse(readFileSync(path, 'utf8')) as Json, 'defender');
    if (!normalized.ok) throw new Error(`${path}: ${normalized.problems[0]?.message}`);
    const alert = { ...(normalized.alert.alert as unknown as JsonObject), id: 'alr_1' };
    const runs = files.map((file) => {
      const { plan } = compiled(file).loaded;
      const event = alertEvent('alr_1', alert);
      const { matched } = matchEvent(plan, event, {
        nowMs: Date.parse('2026-11-21T03:00:00Z'),
        route: null,
        only: null,
      });
      return [plan.playbook.id, matched.length] as const;
    });
    return Object.fromEntries(runs.filter(([, count]) => count > 0));
  }

  it.each(named)('%s starts the playbook of its name', (name) => {
    expect(startedBy(join(samples, name))).toHaveProperty(name.replace(/\.json$/, ''));
  });

  it('of the demo starts what its table says, and nothing more', () => {
    const demo = join(root, 'examples/alerts');
    const table = Object.fromEntries(
      readdirSync(demo)
        .filter((name) => name.endsWith('.json'))
        .map((name) => [name.slice(0, 2), startedBy(join(demo, name))]),
    );
    expect(table).toEqual({
      '01': { 'ransomware-isolate-host': 3 },
      '02': { 'ransomware-isolate-host': 1 },
      '03': { 'ransomware-isolate-host': 1 },
      '04': { 'phishing-quarantine-mail': 3 },
      '05': { 'compromised-user-contain': 2 },
      '06': { 'compromised-user-contain': 1 },
      '07': { 'ransomware-isolate-host': 1 },
      '08': {},
      '09': {},
    });
  });
});

describe('what is suppressed as a repeat', () => {
  /** The keys of what an alert starts. */
  function keysOf(change: JsonObject): string[] {
    const normalized = normalizeAlert(
      {
        source: 'defender',
        source_id: 'L-1',
        title: 'An intruder moves',
        severity: 'high',
        category: 'lateral-movement',
        created_at: '2026-11-20T08:31:00Z',
        incident: { id: '42' },
        targets: { hosts: [{ id: 'H17', name: 'ws-17' }] },
        ...change,
      },
      'defender',
    );
    if (!normalized.ok) throw new Error(JSON.stringify(normalized.problems));
    const alert = { ...(normalized.alert.alert as unknown as JsonObject), id: 'alr_1' };
    const { plan } = compiled('lateral-movement/contain-device-and-user.yaml').loaded;
    const given = { nowMs: Date.parse('2026-11-21T03:00:00Z'), route: null, only: null };
    const { matched } = matchEvent(plan, alertEvent('alr_1', alert), given);
    return matched.map((each) => String(each.dedupeKey));
  }

  it('of a moving intruder: neither the next device of the incident nor the same number of another source', () => {
    const first = keysOf({});
    expect(keysOf({ source_id: 'L-2' })).toEqual(first);
    expect(keysOf({ source: 'other-siem' })).not.toEqual(first);
    expect(keysOf({ targets: { hosts: [{ id: 'H18', name: 'ws-18' }] } })).not.toEqual(first);
    expect(keysOf({ incident: { id: '' }, source_id: '42' })).toEqual(first);
  });
});
