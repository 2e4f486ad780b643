import { afterAll, beforeAll, expect, it } from 'vitest';
import { extensionMs } from '../../engine/core/approval/judge-extension.ts';
import { extendApproval } from '../../engine/runtime/extend-approval.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  type Asked,
  decide,
  forWholeAlert,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0244,
} from './questions.ts';

/* Whoever is asked hears of it again, as long as it waits and no longer. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

async function ask(id: string, expires = '1h'): Promise<Asked> {
  const approval = `    approval: { approvers: [group:soc], expires: ${expires} }\n`;
  await corridor.publish(madePlaybook(id, `${isolateStep}${approval}`));
  await corridor.sendBody(hostAlert(id, id, ws0244));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

async function reminders(asked: Asked): Promise<{ seq: number; due: number }[]> {
  const { rows } = await corridor.database.app.query<{ seq: number; due_at: Date }>(
    `select seq, due_at from deadlines where run_id = $1 and kind = 'reminder' order by seq`,
    [asked.run_id],
  );
  return rows.map(({ seq, due_at: due }) => ({ seq, due: due.getTime() }));
}

const reminded = async (asked: Asked) =>
  (await corridor.story(asked.run_id)).filter(({ type }) => type === 'approval.reminded');

const dueNow = (asked: Asked, seq: number) =>
  corridor.database.app.query(
    `update deadlines set due_at = clock_timestamp() where run_id = $1 and kind = 'reminder' and seq = $2`,
    [asked.run_id, seq],
  );

it('at half of the time and before the end, each once, also when the engine was gone meanwhile', async () => {
  const asked = await ask('waits');
  expect((await reminders(asked)).map(({ seq }) => seq)).toEqual([100, 101]);
  await dueNow(asked, 100);
  await until(async () => (await reminded(asked)).length === 1);
  await corridor.restart(async () => {
    await dueNow(asked, 101);
  });
  await until(async () => (await reminded(asked)).length === 2);
  expect(await reminded(asked)).toMatchObject([
    { data: { reminder: 'half' } },
    { data: { reminder: 'last' } },
  ]);
  expect(await reminders(asked)).toEqual([]);
  expect(await onlyQuestion(corridor)).toEqual(asked);
  await decide(corridor, asked, bo, 'deny');
  await corridor.rest();
});

it.each(['approve', 'deny'] as const)('never after somebody said %s', async (decision) => {
  const asked = await ask(`said-${decision}`);
  expect(await reminders(asked)).toHaveLength(2);
  expect(await decide(corridor, asked, bo, decision)).toMatchObject({ ok: true });
  await corridor.rest();
  expect(await reminders(asked)).toEqual([]);
  expect(await reminded(asked)).toEqual([]);
});

it('a list is reminded of as well', async () => {
  const steps = `  - id: all
    foreach: "['${ws0244}']"
    as: each
    key: each
    max_items: 5
    approval: { approvers: [group:soc], expires: 1h }
    steps:
      - id: tell
        action: chat.post-message
        with: { channel: soc, text: "\${{ each }}" }
`;
  await corridor.publish(forWholeAlert('list', steps));
  await corridor.sendBody(hostAlert('list', 'list', ws0244));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  const asked = await onlyQuestion(corridor);
  await dueNow(asked, 100);
  await until(async () => (await reminded(asked)).length === 1);
  await decide(corridor, asked, bo, 'deny');
  await corridor.rest();
  expect(await reminders(asked)).toEqual([]);
});

it('more time moves the last call with the end, and makes it again where it was made', async () => {
  const asked = await ask('longer');
  const before = await reminders(asked);
  await dueNow(asked, 101);
  await until(async () => (await reminded(asked)).length === 1);
  const extended = await extendApproval(corridor.engine.parts, corridor.engine.advancer, {
    approvalId: asked.id,
    personId: bo,
    actor: { kind: 'person', id: bo, channel: 'api' },
    requestId: 'test',
  });
  if (!extended.ok) throw new Error(extended.detail);
  const end = Date.parse(extended.expiresAt);
  expect(await reminders(asked)).toEqual([before[0], { seq: 101, due: end - extensionMs / 3 }]);
  await decide(corridor, asked, bo, 'deny');
  await corridor.rest();
  expect(await reminders(asked)).toEqual([]);
});

it('a question of two minutes is not reminded of, as there is no time in which anybody would come', async () => {
  const asked = await ask('short', '2m');
  expect(await reminders(asked)).toEqual([]);
  await decide(corridor, asked, bo, 'deny');
  await corridor.rest();
});
