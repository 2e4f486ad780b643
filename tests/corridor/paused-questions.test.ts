import { afterAll, beforeAll, expect, it } from 'vitest';
import { extendApproval } from '../../engine/runtime/extend-approval.ts';
import { openApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import { readApproval } from '../../engine/runtime/read/read-approval.ts';
import { setPause } from '../../engine/runtime/set-pause.ts';
import { defaultTenant, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { liftAsSeen } from '../support/lift-as-seen.ts';
import {
  type Asked,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* The clock of a question stands while everything is paused (decision record 0019). */

let corridor: Corridor;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc'], ['approver', 'operator']);
  cy = await corridor.person('Cy', ['soc'], ['approver', 'operator']);
});
afterAll(() => corridor.close());

const by = (personId: PersonId) => ({
  reason: 'the mail system is being moved',
  personId,
  actor: { kind: 'person' as const, id: personId, channel: 'api' as const },
  requestId: 'test',
});
const pause = () => setPause(corridor.engine.parts, by(bo));
async function lift(): Promise<void> {
  await liftAsSeen(corridor.engine.parts, by(bo));
  expect(await liftAsSeen(corridor.engine.parts, by(cy))).toMatchObject({ ok: true, state: 'lifted' });
}
const after = (waitMs: number) => new Promise<void>((resolve) => setTimeout(resolve, waitMs));

async function ask(id: string, expires: string, more = ''): Promise<Asked> {
  const approval = `    approval: { approvers: [group:soc], expires: ${expires}${more} }\n`;
  await corridor.publish(madePlaybook(id, `${isolateStep}${approval}`));
  await corridor.sendBody(hostAlert(id, `${id}-1`, ws0244));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

const shown = async (asked: Asked) => {
  const card = await readApproval(corridor.database.app, defaultTenant, asked.id);
  if (card === null) throw new Error('no such question');
  return card;
};
async function rowsOf(asked: Asked): Promise<{ approve_before: number; due: { [kind: string]: number } }> {
  const { rows } = await corridor.database.app.query<{ approve_before: Date; kind: string; due_at: Date }>(
    `select a.approve_before, d.kind || d.seq as kind, d.due_at from approvals a join deadlines d on d.tenant_id = a.tenant_id
       and d.run_id = a.run_id and d.ref = a.step_path where a.id = $1 order by d.due_at`,
    [asked.id],
  );
  return {
    approve_before: rows[0]?.approve_before.getTime() ?? Number.NaN,
    due: Object.fromEntries(rows.map((row) => [row.kind, row.due_at.getTime()])),
  };
}

it('does not expire in the pause, takes an answer after its time, and nobody is escalated to', async () => {
  const asked = await ask('stands', '2s', ', escalate: [{ after: 1s, to: [group:night] }]');
  await pause();
  const before = await rowsOf(asked);
  await until(async () => Date.now() > before.approve_before + 1_200);
  expect((await onlyQuestion(corridor)).approvers).toEqual(['group:soc']);
  const card = await shown(asked);
  expect(card).toMatchObject({ state: 'pending', standsStill: true });
  expect(Date.parse(card.expiresAt)).toBeGreaterThan(before.approve_before);
  expect(await decide(corridor, asked, cy, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await lift();
  await corridor.rest();
});

it('goes on with the lifting, by exactly as much as it stood, and then silence is a no', async () => {
  const asked = await ask('goes-on', '3s', ', escalate: [{ after: 1s, to: [group:night] }]');
  await pause();
  const before = await rowsOf(asked);
  expect(Object.keys(before.due).length).toBeGreaterThan(1);
  await until(async () => Date.now() > before.approve_before + 300);
  await lift();
  const lifted = await rowsOf(asked);
  const stood = lifted.approve_before - before.approve_before;
  expect(stood).toBeGreaterThan(2_000);
  for (const [kind, due] of Object.entries(lifted.due)) expect(due - (before.due[kind] ?? 0)).toBe(stood);
  expect(await shown(asked)).toMatchObject({ standsStill: false, pausedMs: stood });
  const resumed = (await corridor.story(asked.run_id)).filter(({ type }) => type === 'approval.resumed');
  expect(resumed).toMatchObject([{ data: { stood_ms: stood } }]);
  await until(async () =>
    (await questions(corridor)).some(({ id, state }) => id === asked.id && state === 'expired'),
  );
  const types = (await corridor.story(asked.run_id)).map(({ type }) => type);
  expect(types.indexOf('approval.escalated')).toBeGreaterThan(types.indexOf('approval.resumed'));
  expect(types.indexOf('approval.expired')).toBeGreaterThan(types.indexOf('approval.escalated'));
  expect(corridor.lab.estate.effect('network-isolated', `host:${ws0244}`).orders).toBe(0);
});

it('is given more time in the pause, and has both in the end', async () => {
  const asked = await ask('longer', '1h');
  const raw = (await rowsOf(asked)).approve_before;
  await pause();
  await after(400);
  const extended = await extendApproval(corridor.engine.parts, corridor.engine.advancer, {
    ...by(bo),
    approvalId: asked.id,
  });
  expect(extended).toMatchObject({ ok: true });
  await after(400);
  await lift();
  const { approve_before: end, due } = await rowsOf(asked);
  const { pausedMs } = await shown(asked);
  expect(pausedMs).toBeGreaterThanOrEqual(800);
  expect(end).toBe(raw + 15 * 60_000 + pausedMs);
  expect(due.expiry1).toBe(end);
  expect(await decide(corridor, asked, cy, 'deny')).toMatchObject({ ok: true });
  await corridor.rest();
});

it('what was over when the pause began stays over, also when nobody had got to it', async () => {
  const asked = await ask('over', '1s');
  // The engine is gone when its time ends; the pause begins after that, and the engine comes back into it.
  await corridor.restart(async () => {
    await after(1_200);
    await pause();
  });
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: false, code: 'approval/expired' });
  await lift();
  await until(async () =>
    (await questions(corridor)).some(({ id, state }) => id === asked.id && state === 'expired'),
  );
  expect(await shown(asked)).toMatchObject({ pausedMs: 0 });
});

it('is kept by an engine that died in the pause, and by one that never saw it begin', async () => {
  const asked = await ask('crashed', '2s');
  await pause();
  await corridor.restart(() => after(2_300));
  await after(1_100);
  expect((await onlyQuestion(corridor)).id).toBe(asked.id);
  await lift();
  expect(await decide(corridor, asked, cy, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await corridor.rest();
});

it('a second word for the pause does not take the time that stood before it', async () => {
  const asked = await ask('twice', '1h');
  await pause();
  await after(500);
  await setPause(corridor.engine.parts, by(cy));
  await lift();
  expect((await shown(asked)).pausedMs).toBeGreaterThanOrEqual(500);
  await decide(corridor, asked, cy, 'deny');
  await corridor.rest();
});

it('of a lifting and the end of a question in the same instant one is first, and no time is lost', async () => {
  const rounds = 6;
  const approval = '    approval: { approvers: [group:soc], expires: 1s }\n';
  await corridor.publish(madePlaybook('race', `${isolateStep}${approval}`));
  await pause();
  await lift();
  for (let round = 0; round < rounds; round++) {
    await corridor.sendBody(hostAlert('race', `race-${round}`, ws0117));
    await until(async () => (await questions(corridor, 'pending')).length === 1);
    const asked = await onlyQuestion(corridor);
    // The pause begins around the end of the question: before, at, or after it.
    await after(Math.max(0, (await rowsOf(asked)).approve_before - Date.now() - 60 + round * 20));
    await pause();
    await after(30);
    await lift();
    const moved = await shown(asked);
    if (moved.state === 'pending' && moved.pausedMs > 0) expect(moved.pausedMs).toBeGreaterThanOrEqual(30);
    await until(async () => (await questions(corridor, 'pending')).length === 0);
    const types = (await corridor.story(asked.run_id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'approval.expired')).toHaveLength(1);
    expect(types.filter((type) => type === 'approval.resumed').length).toBe(moved.pausedMs > 0 ? 1 : 0);
  }
});

it('the database lets the end of a question move only by a pause or the one extension', async () => {
  const asked = await ask('defended', '1h');
  const { app } = corridor.database;
  const move = (set: string) => app.query(`update approvals set ${set} where id = $1`, [asked.id]);
  for (const set of [
    `approve_before = approve_before + interval '1 hour'`,
    `approve_before = approve_before + interval '1 hour', paused_ms = 1000`,
    `approve_before = approve_before - interval '1 second', paused_ms = paused_ms`,
    `paused_ms = 5000`,
  ])
    await expect(move(set)).rejects.toThrow(/what was asked cannot change/);
  await app.query(`update pauses set since = now() - interval '1 year'`);
  expect((await shown(asked)).standsStill).toBe(false);
  await decide(corridor, asked, cy, 'deny');
  await corridor.rest();
});

it('a link of before the pause leads to it as long as it can be answered, and to nothing else', async () => {
  const links = openApprovalLinks(corridor.database.app, defaultTenant, 'http://riposte.example');
  const asked = await ask('linked', '1h');
  const entry = { type: 'approval.requested', runId: asked.run_id, planDigest: asked.digest };
  const link = (await links.linkFor(entry))?.split('/n/')[1] ?? '';
  const later = Date.now() + 2 * 3_600_000;
  expect(await links.open(link, later)).toMatchObject({ ok: false, why: 'expired' });
  await pause();
  await after(50);
  expect(await links.open(link, later)).toEqual({ ok: true, approvalId: asked.id, personId: null });
  expect(await links.open(`${link.slice(0, -1)}x`, later)).toMatchObject({ ok: false, why: 'broken' });
  await lift();
  await decide(corridor, asked, cy, 'deny');
  expect(await links.open(link, later)).toMatchObject({ ok: false, why: 'expired' });
  await corridor.rest();
});
