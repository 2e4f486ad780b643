import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { setStop } from '../../engine/runtime/set-stop.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, isolateStep, madePlaybook, questions, until, ws0117 } from './questions.ts';

/* Whoever asks does not decide, also when the asking is an alert or comes through a token of theirs. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: ['ransomware/isolate-host'] });
});
afterAll(() => corridor.close());

const sample = join(import.meta.dirname, '../../examples/alerts/02-ransomware-on-hospital-database.json');

async function excludedAfter(actorId: string, kind: 'person' | 'service', host: string): Promise<string[]> {
  const body = JSON.parse(
    readFileSync(sample, 'utf8').replaceAll('5164f6cbe3535ee885919bf9a9d4790d4a70bcb7', host),
  ) as JsonObject;
  const accepted = await acceptAlert(corridor.engine.parts, {
    source: 'defender',
    body: { ...body, id: `own-${actorId}` },
    actor: { kind, id: actorId, channel: 'api' },
    requestId: 'r',
  });
  if (!accepted.ok) throw new Error(accepted.detail);
  corridor.engine.matcher.nudge();
  await corridor.rest();
  const { rows } = await corridor.database.app.query<{ excluded: string[] }>(
    `select p.excluded from approvals p join runs r on r.id = p.run_id where r.alert_id = $1`,
    [accepted.alertId],
  );
  return rows[0]?.excluded ?? ['nobody was asked'];
}

it('who sent the alert may not decide what it asks for', async () => {
  const kim = await corridor.person('Kim', ['soc-tier2']);
  expect(await excludedAfter(kim, 'person', '5164f6cbe3535ee885919bf9a9d4790d4a70bcb7')).toEqual([kim]);
});

it('nor may who made the token that sent it', async () => {
  const lou = await corridor.person('Lou', ['soc-tier2']);
  await corridor.database.app.query(
    `insert into tokens (tenant_id, id, hash, kind, name, roles, created_by, expires_at)
     values ($1, 'tok_1', '\\x01', 'service', 'feed', '{analyst}', $2, clock_timestamp() + interval '1 day')`,
    [defaultTenant, lou],
  );
  expect(await excludedAfter('tok_1', 'service', '9345b0c06b6aeb457b9fbbf880a57ba4357732ca')).toEqual([lou]);
});

it('nor may who started the run whose failure asks', async () => {
  const max = await corridor.person('Max', ['soc']);
  await corridor.publish(madePlaybook('fails', '  - stop: { outcome: failed, reason: It did not work }\n'));
  const answers = madePlaybook('answers-failure', `${isolateStep}    approval: { approvers: [group:soc] }\n`)
    .replace(/triggers:[\s\S]*?inputs:/, 'triggers:\n  - id: failure\n    type: run.failed\ninputs:')
    .replace(/from:[\s\S]*?steps:/, `from: { failure: ${ws0117} }\nsteps:`);
  await corridor.publish(answers);
  const started = await startRunByHand(corridor.engine.parts, corridor.engine.admitter, {
    playbookId: 'fails',
    target: { kind: 'host', id: ws0117 },
    inputs: {},
    mode: null,
    actor: { kind: 'person', id: max, channel: 'api' },
    roles: ['approver'],
    groups: ['soc'],
    personId: max,
  });
  expect(started).toMatchObject({ ok: true });
  await until(async () =>
    (await questions(corridor, 'pending')).some(({ approvers }) => approvers[0] === 'group:soc'),
  );
  const asked = (await questions(corridor, 'pending')).find(({ approvers }) => approvers[0] === 'group:soc');
  if (asked === undefined) throw new Error('nobody was asked');
  expect(await decide(corridor, asked, max)).toMatchObject({ ok: false, code: 'approval/separation' });
  const ned = await corridor.person('Ned', ['soc']);
  expect(await decide(corridor, asked, ned)).toMatchObject({ ok: true, state: 'granted' });
});

it('stopping what does not exist is refused, not answered with "stopped"', async () => {
  const stopped = await setStop(corridor.engine.parts, {
    scope: 'playbook',
    subject: 'ransomwear-isolate-host',
    reason: 'x',
    actor: { kind: 'person', id: 'per_1', channel: 'api' },
    personId: 'per_1',
    requestId: 'r',
  });
  expect(stopped).toMatchObject({ ok: false, code: 'request/not-found' });
});
