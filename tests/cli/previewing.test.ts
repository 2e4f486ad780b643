import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { PreviewStep, PreviewTree } from '../../engine/core/preview/preview.ts';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import { startLab } from '../../examples/lab/start-lab.ts';
import type { JsonObject } from '../../schemas/json.ts';
import previewSchema from '../../schemas/preview.schema.json' with { type: 'json' };
import { flatSteps } from '../preview/flat-steps.ts';
import { riposte } from './start-cli.ts';

/* `riposte run --dry-run`, as a process of its own; live reads go to a real lab estate over HTTP. */

const folder = await mkdtemp(join(tmpdir(), 'riposte-preview-'));
const lab = await startLab();
afterAll(async () => {
  await lab.close();
  await rm(folder, { recursive: true });
});

const isolate = 'playbooks/ransomware/isolate-host.yaml';
const onDatabase = 'examples/alerts/02-ransomware-on-hospital-database.json';
const onController = 'examples/alerts/03-ransomware-on-domain-controller.json';
const phishing = 'examples/alerts/04-phishing-in-mailboxes.json';

const valid = createValidator(previewSchema as unknown as JsonObject);

interface Answer {
  runs: (PreviewTree & { element: string; liveReads: number })[];
  triggers: { triggerId: string; outcome: string }[];
}

async function preview(args: string[], env: Record<string, string> = {}): Promise<Answer> {
  const { code, stdout, stderr } = await riposte(['run', ...args, '--dry-run', '--json'], env);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const answer = JSON.parse(stdout) as Answer;
  expect(valid(answer as unknown as JsonObject)).toEqual([]);
  return answer;
}

function step(answer: Answer, id: string): PreviewStep {
  const [run] = answer.runs;
  const found = run === undefined ? undefined : flatSteps(run).find((each) => each.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
}

describe('riposte run --dry-run', () => {
  test('says what would be read, asked, done and taken back, and leaves open what only a run finds out', async () => {
    const answer = await preview([isolate, '--alert', onDatabase]);
    expect(step(answer, 'asset')).toMatchObject({ does: 'read', reached: 'yes', action: { found: null } });
    const done = step(answer, 'isolate');
    expect(done).toMatchObject({
      does: 'do',
      reached: 'maybe',
      ask: {
        asks: 'sometimes',
        approvers: ['group:soc-tier2'],
        expiresMs: 1_800_000,
        onDenied: 'continue',
        escalate: [{ afterMs: 600_000, to: ['oncall:incident-response'] }],
      },
      undo: { is: 'action', action: 'edr.release-host@1', leaseMs: 259_200_000, atEnd: 'ask' },
    });
    expect(done.ask?.condition).toMatchObject({
      outcome: 'open',
      dependsOn: ['steps.asset.outputs.role', 'steps.asset.outputs.criticality'],
    });
    expect(done.guards).toMatchObject([
      { id: 'domain_controllers', verdict: 'open', dependsOn: ['steps.asset.outputs.tags'] },
      { id: 'burst', verdict: 'counts' },
    ]);
    expect(step(answer, 'follow_up').if).toMatchObject({
      outcome: 'open',
      dependsOn: ['steps.isolate.status'],
    });
    expect(step(answer, 'release').takesBack).toMatchObject([{ path: 'run/isolate' }]);
    expect(lab.estate.callCount()).toBe(0);
  });

  test('prints the same for people, with every run of an alert that starts several', async () => {
    const alert = 'examples/alerts/01-ransomware-on-workstations.json';
    const { code, stdout, stderr } = await riposte(['run', isolate, '--alert', alert, '--dry-run'], {});
    expect(code).toBe(0);
    expect(stdout.match(/^A run by xdr_alert for /gm)).toHaveLength(3);
    expect(stdout).toMatch(/^ {2}\* read {2}asset: Look the host up$/m);
    expect(stdout).toMatch(/^ {2}\? do {4}isolate: Isolate the host from the network$/m);
    expect(stdout).toContain('a no, and silence: the run goes on without it');
    expect(stdout).toContain('undo  edr.release-host@1 with host_id = ');
    expect(stderr).toContain('Nothing was done.');
  });

  test('says why an alert would start nothing, and ends with 1', async () => {
    const { code, stdout } = await riposte(['run', isolate, '--alert', phishing, '--dry-run'], {});
    expect(code).toBe(1);
    expect(stdout).toContain('does not start  xdr_alert: match is false (match/not-true)');
    expect(stdout).toMatch(/alert\.category == "ransomware" {2}false {2}\(alert\.category is "phishing"\)/);
    expect(stdout).not.toContain('Steps');
  });

  test('an alert that the engine would refuse is refused with its reasons', async () => {
    const bad = join(folder, 'bad.json');
    await writeFile(bad, JSON.stringify({ title: 'x', severity: 'enormous' }));
    const { code, stderr } = await riposte(['run', isolate, '--alert', bad, '--dry-run'], {});
    expect(code).toBe(1);
    expect(stderr).toContain('the engine would refuse this alert');
    expect(stderr).toContain('/severity');
  });

  test('what an attacker wrote into the alert does not drive the terminal', async () => {
    const hostile = join(folder, 'hostile.json');
    const title = 'Ransom\u001b[2J\u001b]0;pwned\u0007\u009b31m on \u202eDB-1\nSteps\n  * do nothing';
    const host = { id: 'H1', name: 'db' };
    await writeFile(
      hostile,
      JSON.stringify({
        source_id: '1',
        created_at: '2026-11-20T00:00:00Z',
        title,
        category: 'ransomware',
        severity: 'high',
        confidence: 0.9,
        targets: { hosts: [host] },
      }),
    );
    const { stdout, code } = await riposte(['run', isolate, '--alert', hostile, '--dry-run'], {});
    expect(code).toBe(0);
    expect(stdout).toContain('Ransom');
    expect(stdout).not.toMatch(/\p{Bidi_Control}|(?!\n)\p{Cc}/u);
    expect(stdout.match(/^Steps$/gm)).toHaveLength(1);
    const explained = await riposte(['explain', '--alert', hostile, 'playbooks/ransomware'], {});
    expect(explained.stdout).not.toMatch(/\p{Bidi_Control}|(?!\n)\p{Cc}/u);
  });

  test('a start by hand takes its target and typed inputs', async () => {
    const answer = await preview([isolate, '--target', 'host:H17', '--input', 'reason=Seen by eye']);
    expect(step(answer, 'isolate').action?.arguments).toContainEqual({
      name: 'host_id',
      known: true,
      value: 'H17',
      dependsOn: [],
    });
    // Without an incident nobody waits for its verdict.
    expect(step(answer, 'verdict')).toMatchObject({ reached: 'no', if: { outcome: 'false' } });
    const wrong = await riposte(
      ['run', isolate, '--dry-run', '--target', 'host:H17', '--input', 'reason=3'],
      {},
    );
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain('inputs.reason');
  });

  test('a more careful mode asks before every effect, or only writes it down', async () => {
    const ask = await preview([isolate, '--target', 'host:H17', '--mode', 'ask']);
    expect(step(ask, 'isolate').ask).toMatchObject({ asks: 'yes', because: 'playbook' });
    const audit = await preview([isolate, '--target', 'host:H17', '--mode', 'audit']);
    expect(step(audit, 'isolate').action).toMatchObject({ simulated: true });
    expect(step(audit, 'isolate').undo).toBeNull();
  });

  test('what cannot be meant is refused with what to write instead', async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await riposte(['run', isolate, ...args], {});
      expect(code, args.join(' ')).toBe(2);
      return stderr;
    };
    expect(await refused('--dry-run', '--alert', onDatabase, '--input', 'a=1')).toContain('not both');
    expect(await refused('--alert', onDatabase, '--yes')).toContain('riposte alerts send');
    expect(await refused('--live-reads', '--yes')).toContain('belongs to --dry-run');
    expect(await refused('--dry-run', '--wait')).toContain('--wait');
    expect(await refused('--dry-run', '--input', 'nothing')).toContain('name=value');
    expect(await refused('--dry-run', '--trigger', 'nope', '--alert', onDatabase)).toContain(
      'it has xdr_alert, by_hand',
    );
    expect(await refused('--dry-run', '--alert', onDatabase, '--live-reads')).toContain(
      'RIPOSTE_CONNECTIONS',
    );
    // Without --dry-run it acts: never without a yes.
    expect(await refused()).toContain('--yes');
  });
});

describe('riposte run --dry-run --live-reads', () => {
  const env = { RIPOSTE_LAB: lab.url };
  const changing = () => lab.estate.calls().filter(({ method }) => !['GET', 'HEAD'].includes(method));

  test('asks the real systems, goes on with what they say, and changes nothing', async () => {
    const before = JSON.stringify(lab.estate.effects());
    const answer = await preview([isolate, '--alert', onDatabase, '--live-reads'], env);
    const { action } = step(answer, 'asset');
    expect(action?.found).toMatchObject({ role: 'server' });
    expect(answer.runs[0]?.liveReads).toBe(1);
    const done = step(answer, 'isolate');
    // The condition of the question, the guard and the words are settled now.
    expect(done).toMatchObject({ reached: 'yes', ask: { asks: 'yes', condition: { outcome: 'true' } } });
    expect(done.guards[0]).toMatchObject({ id: 'domain_controllers', verdict: 'allows' });
    expect(done.ask?.question).toMatchObject({
      known: true,
      value: `Isolate server ${String(action?.found?.name)}?`,
    });
    // What becomes of the isolation is still nobody's to say.
    expect(step(answer, 'follow_up').if).toMatchObject({ outcome: 'open' });
    expect(lab.estate.callCount()).toBeGreaterThan(0);
    expect(changing().every(({ url }) => url.includes('/oauth2/'))).toBe(true);
    expect(JSON.stringify(lab.estate.effects())).toBe(before);
  });

  test('shows a guard that denies, and what the playbook does then', async () => {
    const answer = await preview([isolate, '--alert', onController, '--live-reads'], env);
    expect(step(answer, 'isolate')).toMatchObject({
      denied: 'Domain controllers are contained by hand; see the runbook.',
      ask: null,
      undo: null,
    });
    expect(step(answer, 'follow_up')).toMatchObject({ reached: 'no', if: { outcome: 'false' } });
    expect(step(answer, 'explain').reached).toBe('yes');
    expect(step(answer, 'verdict').reached).toBe('no');
  });

  test('a system that does not answer leaves the rest open instead of inventing it', async () => {
    const answer = await preview([isolate, '--alert', onDatabase, '--live-reads'], {
      RIPOSTE_LAB: 'http://127.0.0.1:9',
    });
    expect(step(answer, 'asset').action?.found).toBeNull();
    expect(step(answer, 'asset').notes[0]).toContain('no answer yet');
    expect(step(answer, 'isolate').ask).toMatchObject({ asks: 'sometimes' });
  });
});
