import { afterAll, beforeAll, expect, it } from 'vitest';
import { confirmGuardrails, publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  type Asked,
  db1,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  ws0117,
  ws0244,
} from './questions.ts';

/* Several budgets that one action exceeds are one question on terms that satisfy all of them (language reference 11.1). */

let corridor: Corridor;
let ada: PersonId;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  ada = await corridor.person('Ada', ['soc'], ['operator', 'approver']);
  bo = await corridor.person('Bo', ['soc']);
  cy = await corridor.person('Cy', ['soc'], ['operator', 'approver']);
  await corridor.publish(madePlaybook('limited', isolateStep));
});
afterAll(() => corridor.close());

const by = (personId: PersonId) => ({
  personId,
  actor: { kind: 'person' as const, id: personId, channel: 'api' as const },
  requestId: 'test',
});

let inForce = 0;
async function put(limits: string[]): Promise<void> {
  const proposed = await publishGuardrails(corridor.engine.parts, {
    ...by(ada),
    source: `kind: guardrails/v1\nlimits:\n${limits.map((each) => `  - { ${each} }\n`).join('')}`,
    file: 'guardrails.yaml',
    version: inForce,
  });
  if (!proposed.ok) throw new Error(proposed.detail);
  if (proposed.state === 'proposed') {
    const confirmed = await confirmGuardrails(corridor.engine.parts, { ...by(cy), digest: proposed.digest });
    expect(confirmed).toMatchObject({ ok: true });
  }
  inForce = proposed.version;
}

const limit = (id: string, per: string, more: string) =>
  `id: ${id}, classes: [contain], target_kind: host, targets: 1, per: ${per}, on_exceed: ask${more}`;

async function isolate(host: string): Promise<string> {
  await corridor.sendBody(hostAlert('limited', `limited-${host}`, host));
  await corridor.rest();
  return (await corridor.runs()).at(-1)?.id ?? '';
}

const stateOf = async (run: string) => (await corridor.runs()).find(({ id }) => id === run)?.state;
const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);
const exceeded = async (run: string) =>
  (await corridor.story(run)).filter(({ type }) => type === 'limit.exceeded');

it('takes as many yeses as the one that wants most', async () => {
  await put([
    limit('a_hour', '1h', ', approvers: ["group:soc"]'),
    limit('b_day', '24h', ', approvers: ["group:soc"], quorum: 2'),
  ]);
  await isolate(ws0117);
  const run = await isolate(db1);
  const asked: Asked = await onlyQuestion(corridor);
  expect(asked).toMatchObject({ approvers: ['group:soc'], quorum: 2 });
  expect(await exceeded(run)).toMatchObject([{ data: { guard: 'a_hour' } }, { data: { guard: 'b_day' } }]);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'pending' });
  await corridor.rest();
  expect(isolated(db1).orders).toBe(0);
  expect(await decide(corridor, asked, ada)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(isolated(db1).orders).toBe(1);
  expect(await stateOf(run)).toBe('succeeded');
});

it('is a no where nobody is named by all of them, and counts against none', async () => {
  const counts = async () =>
    (await corridor.database.owner.query('select from reservations where target = $1', [`host:${ws0244}`]))
      .rowCount;
  await put([
    limit('a_hour', '1h', ', approvers: ["group:tier1"]'),
    limit('b_day', '24h', ', approvers: ["group:tier2"]'),
  ]);
  const run = await isolate(ws0244);
  expect(await stateOf(run)).toBe('denied');
  expect(await counts()).toBe(0);
});
