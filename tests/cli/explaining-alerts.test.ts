import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import explanationSchema from '../../schemas/explanation.schema.json' with { type: 'json' };
import type { JsonObject } from '../../schemas/json.ts';
import { riposte } from './start-cli.ts';

const folder = await mkdtemp(join(tmpdir(), 'riposte-explain-'));
afterAll(() => rm(folder, { recursive: true }));
const phishing = 'examples/alerts/04-phishing-in-mailboxes.json';
const valid = createValidator(explanationSchema as unknown as JsonObject);

interface Answer {
  starts: number;
  triggers: { playbookId: string; triggerId: string; outcome: string; detail: string; runs: JsonObject[] }[];
}

async function explain(...args: string[]): Promise<Answer> {
  const { stdout, code } = await riposte(['explain', '--json', ...args], {});
  expect(code).toBe(0);
  const answer = JSON.parse(stdout) as Answer;
  expect(valid(answer as unknown as JsonObject)).toEqual([]);
  return answer;
}

describe('riposte explain --alert', () => {
  test('says for every playbook why it starts or does not, those that start first', async () => {
    const { starts, triggers } = await explain('--alert', phishing);
    expect(starts).toBe(3);
    expect(triggers[0]).toMatchObject({ playbookId: 'phishing-quarantine-mail', outcome: 'starts' });
    expect(triggers[0]?.runs[0]).toMatchObject({ mode: 'enforce', group: null });
    expect(String(triggers[0]?.runs[0]?.dedupeKey)).toMatch(/^mail\//);
    const order = triggers.map(({ outcome }) => outcome);
    expect(order.lastIndexOf('starts')).toBeLessThan(order.indexOf('not-matched'));
    expect(order.lastIndexOf('not-matched')).toBeLessThan(order.indexOf('not-listening'));
  });

  test('shows people which part was false and what it saw', async () => {
    const { stdout, stderr } = await riposte(['explain', '--alert', phishing, 'playbooks/ransomware'], {});
    expect(stdout).toContain('does not start  xdr_alert: match is false (match/not-true)');
    expect(stdout).toContain('alert.category == "ransomware"  false  (alert.category is "phishing")');
    expect(stdout).toContain('not even tried: alert.category is "phishing", it wants ransomware');
    expect(stdout).toContain('ransomware-isolate-host by_hand: it listens to manual, this is alert.created');
    expect(stderr).toContain('0 runs would be started.');
  });

  test('looks through the routing file of the installation', async () => {
    const routing = join(folder, 'routing.yaml');
    await writeFile(
      routing,
      'kind: routing/v1\nplaybooks:\n  - { id: phishing-quarantine-mail, enabled: false }\n  - { id: not-here, order: 1 }\n',
    );
    const { starts, triggers } = await explain(
      '--alert',
      phishing,
      '--routing',
      routing,
      'playbooks/phishing',
    );
    expect(starts).toBe(0);
    expect(triggers.find(({ playbookId }) => playbookId === 'phishing-quarantine-mail')).toMatchObject({
      outcome: 'routed-away',
      detail: 'the routing file switches the playbook off',
    });
    await writeFile(
      routing,
      'kind: routing/v1\nplaybooks:\n  - { id: phishing-quarantine-mail, enabld: false }\n',
    );
    const wrong = await riposte(['explain', '--alert', phishing, '--routing', routing], {});
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain('did you mean "enabled"?');
  });

  test('reports inputs that cannot be filled, on the trigger', async () => {
    const playbook = join(folder, 'strict.yaml');
    await writeFile(
      playbook,
      `kind: playbook/v1
id: strict
title: Wants a number
description: Made for one test.
status: experimental
author: Blue Team
falsepositives: [None]
triggers: [{ id: any_alert, type: alert.created }]
inputs:
  wanted: { type: integer, from: { any_alert: "\${{ alert.title }}" } }
steps:
  - stop: { outcome: succeeded, reason: Nothing }
`,
    );
    const { stdout } = await riposte(['explain', '--alert', phishing, playbook], {});
    expect(stdout).toContain('inputs.wanted: must be a whole number');
    expect(stdout).toContain('(match/invalid-input)');
  });

  test('is not confused with the page of a code', async () => {
    expect(await riposte(['explain', '--routing', 'x.yaml'], {})).toMatchObject({ code: 2 });
    expect(await riposte(['explain', 'compile/unknown-step', 'run/failed'], {})).toMatchObject({ code: 2 });
    expect((await riposte(['explain', 'match/not-true'], {})).stdout).toContain('match/not-true');
  });
});
