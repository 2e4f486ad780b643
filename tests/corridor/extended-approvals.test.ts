import { afterAll, beforeAll, expect, it } from 'vitest';
import { extensionMs } from '../../engine/core/approval/judge-extension.ts';
import { extendApproval } from '../../engine/runtime/extend-approval.ts';
import { readApproval } from '../../engine/runtime/read/read-approval.ts';
import { readRun } from '../../engine/runtime/read/read-run.ts';
import { defaultTenant, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  type Asked,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0244,
} from './questions.ts';

/* More time for a question, once. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

function extend(asked: Asked, personId: PersonId) {
  return extendApproval(corridor.engine.parts, corridor.engine.advancer, {
    approvalId: asked.id,
    personId,
    actor: { kind: 'person', id: personId, channel: 'api' },
    requestId: 'test',
  });
}

async function expiryOf(asked: Asked): Promise<{ approval: number; deadline: number | null }> {
  const { rows } = await corridor.database.app.query<{ approve_before: Date; due_at: Date | null }>(
    `select a.approve_before, d.due_at from approvals a left join deadlines d on d.tenant_id = a.tenant_id
       and d.run_id = a.run_id and d.ref = a.step_path and d.kind = 'expiry' where a.id = $1`,
    [asked.id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('no such question');
  return { approval: row.approve_before.getTime(), deadline: row.due_at?.getTime() ?? null };
}

async function ask(id: string, expires: string): Promise<Asked> {
  const approval = `    approval: { approvers: [group:soc], quorum: 2, expires: ${expires} }\n`;
  await corridor.publish(madePlaybook(id, `${isolateStep}${approval}`));
  await corridor.sendBody(hostAlert(id, `${id}-1`, ws0244));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

it('moves the expiry and its deadline once, and leaves question, digest and votes as they are', async () => {
  const asked = await ask('longer', '1h');
  const before = await expiryOf(asked);
  const cy = await corridor.person('Cy', ['soc']);
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, votes: 1 });
  const both = await Promise.all([extend(asked, bo), extend(asked, cy)]);
  expect(both.filter((answer) => answer.ok)).toHaveLength(1);
  expect(both.find((answer) => !answer.ok)).toMatchObject({ code: 'approval/already-extended' });
  const after = await expiryOf(asked);
  expect(after.approval).toBe(before.approval + extensionMs);
  expect(after.deadline).toBe(after.approval);
  expect(await onlyQuestion(corridor)).toEqual(asked);
  const story = (await corridor.story(asked.run_id)).map((entry) => entry.type);
  expect(story.filter((type) => type === 'approval.extended')).toHaveLength(1);
  expect(story).toContain('approval.refused');
  // What was granted is dispatched: the digest is still the one of the plan.
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted', votes: 2 });
  await corridor.rest();
  expect(corridor.lab.estate.effect('network-isolated', `host:${ws0244}`)).toMatchObject({ applied: 1 });
  expect(await extend(asked, bo)).toMatchObject({ ok: false, code: 'approval/already-decided' });
});

it('its run names the question, which alone says until when', async () => {
  const asked = await ask('named', '1h');
  expect(await extend(asked, bo)).toMatchObject({ ok: true });
  const { app } = corridor.database;
  expect((await readRun(app, defaultTenant, asked.run_id))?.waitingFor).toEqual([
    { kind: 'approval', step: 'run/isolate' },
  ]);
  const { approval } = await expiryOf(asked);
  expect(Date.parse((await readApproval(app, defaultTenant, asked.id))?.expiresAt ?? '')).toBe(approval);
  await decide(corridor, asked, bo, 'deny');
  await corridor.rest();
});

it('a question that was given more time does not expire when it first would have', async () => {
  const asked = await ask('saved', '2s');
  expect(await extend(asked, bo)).toMatchObject({ ok: true });
  const { approval } = await expiryOf(asked);
  await until(async () => Date.now() > approval - extensionMs + 500);
  expect((await onlyQuestion(corridor)).id).toBe(asked.id);
  expect(await decide(corridor, asked, bo, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await corridor.rest();
});

it('only who may decide gets more time', async () => {
  const asked = await ask('strangers', '1h');
  const fay = await corridor.person('Fay', ['finance']);
  expect(await extend(asked, fay)).toMatchObject({ ok: false, code: 'approval/not-named' });
  expect(await decide(corridor, asked, bo, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await corridor.rest();
});
