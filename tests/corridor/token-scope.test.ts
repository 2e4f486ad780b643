import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import type { Caller } from '../../api/http/use-cases.ts';
import { bindUseCases } from '../../api/process/bind-use-cases.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId, type PersonId, type TokenId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  ws0117,
  ws0244,
} from './questions.ts';

/* A token answers with the roles that it was given, and as long as it stands. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

const identity = () => openIdentity({ database: corridor.database.app, tenant: defaultTenant, mint: mintId });

async function through(personId: PersonId, roles: string[]): Promise<Caller> {
  const made = await identity().createToken(door, { personId, name: roles.join(), roles });
  const found = made.ok ? await identity().findByToken(made.secret) : null;
  if (found === null) throw new Error('there is no such token');
  return { ...found, channel: 'api', requestId: 'test' };
}

function doors() {
  const none = undefined as never;
  return bindUseCases(corridor.engine, manifestsOf(createRegistry()), none, none);
}

it('a token of an approver does not speak for the operator that its person is, too', async () => {
  await corridor.publish(
    madePlaybook(
      'scoped',
      `${isolateStep}    approval: { approvers: [role:operator], editable: [comment] }\n`,
    ),
  );
  await corridor.sendBody(hostAlert('scoped', 'scoped', ws0117));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  const pat = await corridor.person('Pat', [], ['approver', 'operator']);
  const narrow = await through(pat, ['approver']);
  const useCases = doors();
  const { id: approvalId, digest } = asked;
  const word = { approvalId, decision: 'approve', digest, comment: 'looked at it' } as const;
  const notNamed = { ok: false, code: 'approval/not-named' };
  expect(await useCases.decideApproval(narrow, word)).toMatchObject(notNamed);
  const edit = { approvalId, values: { comment: 'another' }, digest, comment: 'why' };
  expect(await useCases.editApproval(narrow, edit)).toMatchObject(notNamed);
  expect(await useCases.extendApproval(narrow, { approvalId })).toMatchObject(notNamed);

  const wide = await through(pat, ['approver', 'operator']);
  expect(await useCases.decideApproval(wide, word)).toMatchObject({ ok: true, state: 'granted' });
});

it('a token that is revoked while a long request is under way decides nothing more', async () => {
  await corridor.publish(
    madePlaybook('many', `${isolateStep}    approval: { approvers: [role:approver] }\n`),
  );
  for (const host of [ws0117, ws0244]) await corridor.sendBody(hostAlert('many', `many-${host}`, host));
  await corridor.rest();
  const [one, other] = (await questions(corridor, 'pending')).map(
    ({ id: approvalId, digest }) => ({ approvalId, decision: 'approve', digest, comment: null }) as const,
  );
  if (one === undefined || other === undefined) throw new Error('two were to be asked');
  const caller = await through(await corridor.person('Sam', [], ['approver']), ['approver']);
  expect(await doors().decideApproval(caller, one)).toMatchObject({ ok: true, state: 'granted' });
  // What was granted is done meanwhile; the refusal is to be the last word.
  await corridor.rest();
  await identity().revokeToken(door, caller.tokenId as TokenId, null);
  expect(await doors().decideApproval(caller, other)).toMatchObject({ ok: false, code: 'auth/bad-token' });
  expect((await corridor.story()).at(-1)).toMatchObject({ type: 'approval.refused', code: 'auth/bad-token' });
});
