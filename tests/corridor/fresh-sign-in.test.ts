import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshSignInMs } from '../../engine/core/approval/fresh-sign-in.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  type Asked,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
} from './questions.ts';

/* What cannot be undone is approved only by somebody who proved just now who they are. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

const quarantine = `  - id: isolate
    action: edr.quarantine-file
    with: { host_id: "\${{ inputs.host_id }}", sha1: 3ab1f9b7a5611cc8ce960012b18654bb779e515c }
`;

async function ask(id: string, step: string): Promise<Asked> {
  await corridor.publish(madePlaybook(id, `${step}    approval: { approvers: [group:soc] }\n`));
  await corridor.sendBody(hostAlert(id, id, ws0117));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

function decide(asked: Asked, signedInAtMs: number | null, decision: 'approve' | 'deny' = 'approve') {
  return settleApproval(corridor.engine.parts, corridor.engine.advancer, {
    approvalId: asked.id,
    decision,
    digest: asked.digest,
    comment: 'looked at it',
    personId: bo,
    actor: { kind: 'person', id: bo, channel: 'api' },
    requestId: 'test',
    signedInAtMs,
  });
}

it('an old session and a token may not approve it, which is written down; a no needs no proof', async () => {
  const asked = await ask('gone', quarantine);
  for (const signedInAtMs of [Date.now() - freshSignInMs - 60_000, null]) {
    expect(await decide(asked, signedInAtMs)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
  }
  expect(await onlyQuestion(corridor)).toMatchObject({ id: asked.id });
  const refused = (await corridor.story(asked.run_id)).filter(({ type }) => type === 'approval.refused');
  expect(refused.map(({ code }) => code)).toEqual(['auth/fresh-sign-in', 'auth/fresh-sign-in']);
  expect(await decide(asked, null, 'deny')).toMatchObject({ ok: true, state: 'denied' });
});

it('a session of just now may approve it', async () => {
  const asked = await ask('fresh', quarantine);
  expect(await decide(asked, Date.now())).toMatchObject({ ok: true, state: 'granted' });
});

it('what can be taken back asks for no fresh proof', async () => {
  const asked = await ask('back', isolateStep);
  expect(await decide(asked, null)).toMatchObject({ ok: true, state: 'granted' });
});
