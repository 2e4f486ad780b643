import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import type { ApprovalId, PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor();
});
afterAll(() => corridor.close());

it('isolates workstations at once, and every effect has its intent before it', async () => {
  await corridor.send('01-ransomware-on-workstations.json');
  await corridor.rest();
  const runs = await corridor.runs();
  // Isolated, and now waiting until somebody has judged the incident.
  expect(runs.map((run) => run.state)).toEqual(['waiting', 'waiting', 'waiting']);
  const story = (await corridor.story(runs[0]?.id)).map((entry) => entry.type);
  expect(story.indexOf('action.attempted')).toBeLessThan(story.indexOf('action.succeeded'));
  expect(story.at(-1)).toBe('wait.started');
});

it('asks before a server is isolated, and does it when the right person says yes', async () => {
  await corridor.send('02-ransomware-on-hospital-database.json');
  await corridor.rest();
  const { rows } = await corridor.database.app.query<{ id: ApprovalId; digest: string }>(
    `select id, digest from approvals where state = 'pending'`,
  );
  const [asked] = rows;
  if (asked === undefined) throw new Error('nobody was asked');
  const decide = (personId: PersonId, decision: 'approve' | 'deny', digest = asked.digest) =>
    settleApproval(corridor.engine.parts, corridor.engine.advancer, {
      signedInAtMs: Date.now(),
      approvalId: asked.id,
      decision,
      digest,
      comment: 'test',
      personId,
      actor: { kind: 'person', id: personId, channel: 'api' },
      requestId: 'r',
    });
  const stranger = await corridor.person('Stranger', ['other']);
  const bo = await corridor.person('Bo', ['soc-tier2']);
  const cy = await corridor.person('Cy', ['soc-tier2']);
  expect(await decide(stranger, 'approve')).toMatchObject({ ok: false, code: 'approval/not-named' });
  expect(await decide(bo, 'approve', 'sha256:00')).toMatchObject({
    ok: false,
    code: 'approval/digest-mismatch',
  });
  expect(await decide(bo, 'approve')).toMatchObject({ ok: true, state: 'granted', repeated: false });
  expect(await decide(bo, 'approve')).toMatchObject({ ok: true, state: 'granted', repeated: true });
  expect(await decide(cy, 'deny')).toMatchObject({ ok: false, code: 'approval/already-decided' });
  await corridor.rest();
  expect((await corridor.runs()).at(-1)?.state).toBe('waiting');
  expect((await corridor.story()).map((entry) => `${entry.type} ${entry.step ?? ''}`)).toContain(
    'wait.started run/verdict',
  );
});

it('never touches a domain controller', async () => {
  await corridor.send('03-ransomware-on-domain-controller.json');
  await corridor.rest();
  expect((await corridor.runs()).at(-1)).toMatchObject({ state: 'denied' });
});
