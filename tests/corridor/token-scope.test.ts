import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import type { Caller } from '../../api/http/use-cases.ts';
import { bindUseCases } from '../../api/process/bind-use-cases.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, isolateStep, madePlaybook, onlyQuestion, ws0117 } from './questions.ts';

/* A token with fewer roles than its person answers no question that asks one of the others. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

async function through(personId: PersonId, roles: string[]): Promise<Caller> {
  const { database } = corridor;
  const identity = openIdentity({ database: database.app, tenant: defaultTenant, mint: mintId });
  const made = await identity.createToken(door, { personId, name: roles.join(), roles });
  const found = made.ok ? await identity.findByToken(made.secret) : null;
  if (found === null) throw new Error('there is no such token');
  return { ...found, channel: 'api', requestId: 'test' };
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
  const none = undefined as never;
  const useCases = bindUseCases(corridor.engine, manifestsOf(createRegistry()), none, none);
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
