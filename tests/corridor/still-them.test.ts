import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { doorOf } from '../../api/http/door-of.ts';
import type { Caller, UseCases } from '../../api/http/use-cases.ts';
import { bindUseCases } from '../../api/process/bind-use-cases.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { type Identity, openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import type { OrderProof } from '../../engine/runtime/identity/prove-order.ts';
import {
  defaultTenant,
  mintId,
  type PasskeyId,
  type PersonId,
  type TaskId,
  type TokenId,
  type UndoId,
} from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { waitingForLock } from '../support/waiting-for-lock.ts';
import { type Asked, hostAlert, isolateStep, madePlaybook, onlyQuestion, ws0117 } from './questions.ts';

/*
 * Between *let in* and *written* somebody signs out, is deactivated or loses a role. Each door's order is held open at
 * that place while another connection ends what it rests on: all of them are here, so that a new one cannot forget.
 */

let corridor: Corridor;
let identity: Identity;
let useCases: UseCases;
let asked: Asked;
const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
const party = { id: 'localhost', name: 'Riposte', origin: 'http://localhost' };
const roles = ['admin', 'operator', 'engineer', 'approver', 'analyst', 'break-glass'];

beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  const approvers = `${isolateStep}    approval: { approvers: [role:approver], editable: [comment] }\n`;
  await corridor.publish(madePlaybook('asking', approvers));
  await corridor.sendBody(hostAlert('asking', 'asking', ws0117));
  await corridor.rest();
  asked = await onlyQuestion(corridor);
  await corridor.database.owner.query(
    `insert into tasks (tenant_id, id, run_id, scope_path, step_path, number, action, class, system, digest, card, follows,
       can_ask, answer_before)
     select tenant_id, 'tsk_1', run_id, scope_path, step_path, 1, 'a', 'contain', 's', digest, '{"actionVersion":"1"}',
       '{}', true, clock_timestamp() + interval '1 hour' from approvals`,
  );
  await corridor.database.owner.query(`update approvals set held_by = 'b', held_reason = 'b'`);
  identity = openIdentity({ database: corridor.database.app, tenant: defaultTenant, mint: mintId });
  const none = undefined as never;
  const streams = { tenant: defaultTenant, mint: mintId } as never;
  useCases = bindUseCases(corridor.engine, manifestsOf(createRegistry()), none, streams);
});
afterAll(() => corridor.close());

let people = 0;
/** Somebody who is let in with a session of their own. */
async function letIn(): Promise<Caller & { personId: PersonId; session: string }> {
  const personId = await corridor.person(`Pat ${++people}`, ['soc'], roles);
  const link = await identity.createSignInLink(door, personId);
  const signedIn = link.ok ? await identity.consumeSignInLink(link.secret) : link;
  if (!signedIn.ok) throw new Error(signedIn.detail);
  const found = await identity.findBySession(signedIn.session);
  if (found === null) throw new Error('nobody is signed in');
  return { ...found, personId, session: signedIn.session, channel: 'console', requestId: 'test' };
}

type Order = (caller: Caller & { personId: PersonId; session: string }) => Promise<unknown>;
/** Why it is none. */
type NoOrder = string;

const reason = 'a reason that is long enough to be one';
const stop = { scope: 'everything', subject: '*', reason } as const;
const signature = { answer: '{}', party, browsers: ['b'] };
const word = () => ({ approvalId: asked.id, digest: asked.digest, comment: 'looked' });
const fromDoors: { [name in keyof UseCases]: Order | NoOrder } = {
  acceptAlert: 'says what happened, and orders nothing',
  receiveWebhook: 'says what happened, and orders nothing',
  checkPlaybook: 'writes nothing',
  planPlaybook: 'writes nothing',
  explainAlert: 'reads',
  backtestPlaybook: 'writes nothing',
  viewedApproval: 'says what was shown',
  verifyAudit: 'reads',
  changeIncident: (by) => useCases.changeIncident(by, { id: 'inc_1', version: 1, change: {} }),
  publishRouting: (by) =>
    useCases.publishRouting(by, { source: 'kind: routing/v1\nroutes: []\n', file: 'r', version: 0 }),
  publishGuardrails: (by) =>
    useCases.publishGuardrails(by, { source: 'kind: guardrails/v1\n', file: 'g', version: 0 }),
  dropGuardrails: (by) => useCases.dropGuardrails(by, { digest: 'd', reason }),
  confirmGuardrails: (by) => useCases.confirmGuardrails(by, { digest: 'd' }),
  publishPlaybook: (by) =>
    useCases.publishPlaybook(by, { id: 'new', source: madePlaybook('new', isolateStep), file: 'p' }),
  playCases: (by) => useCases.playCases(by, { playbookId: 'asking', version: 1 }),
  setPlaybookEnabled: (by) => useCases.setPlaybookEnabled(by, { id: 'asking', enabled: false }),
  startRun: (by) => useCases.startRun(by, { playbookId: 'asking', target: { kind: 'host', id: ws0117 } }),
  cancelRun: (by) => useCases.cancelRun(by, { runId: asked.run_id as never, reason, undo: false }),
  undoRun: (by) => useCases.undoRun(by, { runId: asked.run_id as never, reason, steps: null }),
  undoIncident: (by) => useCases.undoIncident(by, { id: 'inc_1', reason, only: {} as never }),
  undoRecord: (by) => useCases.undoRecord(by, { recordId: 'und_1' as UndoId, overwrite: null, reason }),
  leaveAsIs: (by) => useCases.leaveAsIs(by, { recordId: 'und_1' as UndoId, reason }),
  renewLease: (by) =>
    useCases.renewLease(by, { recordId: 'und_1' as UndoId, until: { forMs: 60_000 }, reason }),
  restartStep: (by) => useCases.restartStep(by, { runId: asked.run_id as never, step: 'isolate', reason }),
  decideApproval: (by) => useCases.decideApproval(by, { ...word(), decision: 'approve' }),
  editApproval: (by) => useCases.editApproval(by, { ...word(), values: { comment: 'x' } }),
  breakGlass: (by) => useCases.breakGlass(by, { ...word(), reason }),
  reviewBreakGlass: (by) =>
    useCases.reviewBreakGlass(by, { approvalId: asked.id, finding: 'justified', comment: 'x' }),
  withdrawApproval: (by) => useCases.withdrawApproval(by, { approvalId: asked.id, comment: null }),
  extendApproval: (by) => useCases.extendApproval(by, { approvalId: asked.id }),
  answerTask: (by) =>
    useCases.answerTask(by, {
      taskId: 'tsk_1' as TaskId,
      answer: 'happened',
      proof: 'I looked',
      digest: asked.digest,
    }),
  decideHeld: async (by) => {
    const { id, digest } = asked;
    const approvals = [{ id, digest }];
    return (await useCases.decideHeld(by, { budget: 'b', decision: 'approve', comment: 'x', approvals }))[0];
  },
  setPause: (by) => useCases.setPause(by, { reason }),
  liftPause: (by) => useCases.liftPause(by, { reason, generation: 1 }),
  setStop: (by) => useCases.setStop(by, stop),
  clearStop: (by) => useCases.clearStop(by, { ...stop, generation: 1 }),
  changeStream: (by) => useCases.changeStream(by, { kind: 'pause', id: 'siem' }),
  testConnection: (by) => useCases.testConnection(by, { id: 'edr.none' }),
  changeLinkKey: (by) => useCases.changeLinkKey(by, { revoke: true }),
  proposeAuditOrder: (by) => useCases.proposeAuditOrder(by, { wish: { kind: 'key' }, reason }),
  signAuditOrder: (by) =>
    useCases.signAuditOrder(by, { digest: 'd' }, { provedAtMs: Date.now() } as OrderProof),
  confirmAuditOrder: (by) => useCases.confirmAuditOrder(by, { digest: 'd' }),
};

const notAsked = 'nobody is known by a session yet, or it only reads or notes';
const ofPeople: { [name in keyof Identity]: Order | NoOrder } = {
  createPerson: (by) =>
    identity.createPerson(doorOf(by), { name: 'New', email: null, roles: [], groups: [] }),
  changePerson: (by) => identity.changePerson(doorOf(by), by.personId, { groups: ['more'] }),
  createToken: (by) =>
    identity.createToken(doorOf(by), { personId: by.personId, name: 'mine', roles: ['viewer'] }),
  revokeToken: (by) => identity.revokeToken(doorOf(by), 'tok_1' as TokenId, null),
  createSignInLink: (by) => identity.createSignInLink(doorOf(by), by.personId),
  askForNewPasskey: (by) =>
    identity.askForNewPasskey(
      doorOf(by),
      { id: by.personId, name: by.name, signedInAtMs: Date.now() },
      'b',
      party,
    ),
  addPasskey: (by) => identity.addPasskey(doorOf(by), { personId: by.personId, name: 'k' }, signature),
  removePasskey: (by) =>
    identity.removePasskey(doorOf(by), { signedInAtMs: Date.now() }, 'pky_1' as PasskeyId, null),
  unlinkAccount: (by) => identity.unlinkAccount(doorOf(by), by.personId),
  acknowledgeEvents: (by) => identity.acknowledgeEvents(doorOf(by), by.sessionHash ?? '', ['acc_1']),
  disputeEvents: (by) => identity.disputeEvents(doorOf(by), by.personId, ['acc_1']),
  listAccountEvents: notAsked,
  listAccountNews: notAsked,
  listPeople: notAsked,
  findByEmail: notAsked,
  readPerson: notAsked,
  listTokens: notAsked,
  findByToken: notAsked,
  peekSignInLink: notAsked,
  consumeSignInLink: notAsked,
  listPasskeys: notAsked,
  askForPasskey: notAsked,
  signInWithPasskey: notAsked,
  proveApproval: 'decides nothing: whoever decides hands it on',
  proveOrder: 'decides nothing: whoever orders hands it on',
  proveWords: 'decides nothing: whoever decides hands it on',
  signInByProvider: notAsked,
  findBySession: notAsked,
  peekSession: notAsked,
  endSession: notAsked,
  ensureAdministrator: notAsked,
  recordRefusal: notAsked,
  noteMissing: notAsked,
  noteSigned: notAsked,
  settle: notAsked,
};

const orders = Object.entries({ ...fromDoors, ...ofPeople }).filter(
  (each): each is [string, Order] => typeof each[1] !== 'string',
);

async function entries() {
  return (await corridor.story()) as { type: string; code?: string; outcome?: string; actor?: object }[];
}

/** What an order left behind while what it rests on was being taken away by a transaction that had not committed yet. */
async function whileTaken(statement: string, values: unknown[], order: () => Promise<unknown>) {
  const before = (await entries()).length;
  let answer: Promise<unknown> | undefined;
  await corridor.database.owner.transaction(async (tx) => {
    await tx.query(statement, values);
    answer = order();
    await waitingForLock(corridor.database.owner, 1);
  });
  return { answer: await answer, written: (await entries()).slice(before) };
}

const endSession = 'update sessions set ended_at = clock_timestamp() where person_id = $1';

it('each that the doors bind is here', () => {
  expect(Object.keys(fromDoors).sort()).toEqual(Object.keys(useCases).sort());
  expect(Object.keys(ofPeople).sort()).toEqual(Object.keys(identity).sort());
});

describe('an order that is under way', () => {
  it.each(orders)('%s does nothing when its session ends', async (_, order) => {
    const by = await letIn();
    const { answer, written } = await whileTaken(endSession, [by.personId], () => order(by));
    expect(answer).toMatchObject({ ok: false, code: 'auth/required' });
    const refused = { code: 'auth/required', outcome: 'denied', actor: { kind: 'person', id: by.personId } };
    expect(written).toMatchObject([refused]);
    expect(written[0]?.type).toMatch(/refused$/);
  });

  it.each(orders)('%s does nothing when a role was taken away', async (_, order) => {
    const by = await letIn();
    await corridor.database.owner.query('update people set roles = $2 where id = $1', [
      by.personId,
      ['admin'],
    ]);
    const before = (await entries()).length;
    expect(await order(by)).toMatchObject({ ok: false, code: 'auth/forbidden' });
    expect((await entries()).slice(before)).toMatchObject([{ code: 'auth/forbidden', outcome: 'denied' }]);
  });
});

it.each([
  ['the person is deactivated', 'update people set active = false where id = $1'],
  ['a role is taken away', `update people set roles = '{admin}' where id = $1`],
  ['a group is taken away', `update people set groups = '{}' where id = $1`],
])('a decision waits while %s, and is none then', async (_, statement) => {
  const by = await letIn();
  const decided = () => fromDoors.decideApproval as Order;
  const { answer } = await whileTaken(statement, [by.personId], () => decided()(by));
  expect(answer).toMatchObject({ ok: false });
  expect((await onlyQuestion(corridor)).state).toBe('pending');
});

it.each([
  ['its time is over', 'expires_at = clock_timestamp()'],
  ['it was idle too long', `seen_at = clock_timestamp() - interval '31 minutes'`],
])('a session ends by itself as well: %s', async (_, set) => {
  const by = await letIn();
  await corridor.database.owner.query(`update sessions set ${set} where person_id = $1`, [by.personId]);
  expect(await useCases.setStop(by, stop)).toMatchObject({ ok: false, code: 'auth/required' });
});

it('signing out waits for an order that was first, and the log says so', async () => {
  const by = await letIn();
  const before = (await entries()).length;
  let stopped: Promise<unknown> | undefined;
  let signedOut: Promise<unknown> | undefined;
  await corridor.database.owner.transaction(async (tx) => {
    await tx.query('lock table stops in share mode');
    stopped = useCases.setStop(by, stop);
    await waitingForLock(corridor.database.owner, 1);
    signedOut = identity.endSession(by.session);
    await waitingForLock(corridor.database.owner, 2);
  });
  expect(await stopped).toMatchObject({ ok: true });
  await signedOut;
  expect((await entries()).slice(before).map(({ type }) => type)).toEqual(['stop.set', 'auth.signed-out']);
});

it('a page that is opened meanwhile does not wait for the order', async () => {
  const by = await letIn();
  await corridor.database.owner.query(
    `update sessions set seen_at = seen_at - interval '2 minutes' where person_id = $1`,
    [by.personId],
  );
  await corridor.database.owner.transaction(async (tx) => {
    await tx.query('select 1 from sessions where person_id = $1 for share', [by.personId]);
    expect(await identity.findBySession(by.session)).toMatchObject({ id: by.personId });
  });
});

it('of two administrators who deactivate each other one stays', async () => {
  const [one, other] = [await letIn(), await letIn()];
  const answers = await Promise.all([
    identity.changePerson(doorOf(one), other.personId, { active: false }),
    identity.changePerson(doorOf(other), one.personId, { active: false }),
  ]);
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  expect(answers.find(({ ok }) => !ok)).toMatchObject({ code: 'auth/required' });
});

it('a token that is revoked ends an order too', async () => {
  const { personId } = await letIn();
  const made = await identity.createToken(door, { personId, name: 'cli', roles: ['operator'] });
  const found = made.ok ? await identity.findByToken(made.secret) : null;
  if (found === null) throw new Error('there is no such token');
  const by: Caller = { ...found, channel: 'cli', requestId: 'test' };
  const revoke = 'update tokens set revoked_at = clock_timestamp() where id = $1';
  const { answer, written } = await whileTaken(revoke, [found.tokenId], () =>
    useCases.setPause(by, { reason }),
  );
  expect(answer).toMatchObject({ ok: false, code: 'auth/bad-token' });
  expect(written).toMatchObject([{ type: 'auth.refused', code: 'auth/bad-token' }]);
});

it('a second person confirms although somebody changes both at that moment', async () => {
  const [first, second] = [await letIn(), await letIn()];
  const publish = (source: string, version: number) =>
    useCases.publishGuardrails(first, { source, file: 'guardrails.yaml', version });
  expect(await publish('kind: guardrails/v1\n', 0)).toMatchObject({ ok: true, state: 'in-force' });
  const proposed = await publish('kind: guardrails/v1\n# looked at again\n', 1);
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(proposed.state).toBe('proposed');
  let confirmed: Promise<unknown> | undefined;
  await corridor.database.owner.transaction(async (tx) => {
    const lock = 'select 1 from people where id = $1 for update';
    await tx.query(lock, [first.personId]);
    confirmed = useCases.confirmGuardrails(second, { digest: proposed.digest });
    await waitingForLock(corridor.database.owner, 1);
    // Each waits for the other now; who has waited longer finds it out, and begins anew.
    await tx.query(lock, [second.personId]);
  });
  expect(await confirmed).toMatchObject({ ok: true, state: 'in-force' });
});

it('what a program came in with ends by the clock of the database, also while its order waits', async () => {
  const program = (untilMs: number): Caller => ({
    tenant: defaultTenant,
    kind: 'service',
    id: 'https://ci.example#repo:a/b',
    name: 'publish',
    roles: ['operator'],
    groups: [],
    personId: null,
    untilMs,
    channel: 'api',
    requestId: 'test',
  });
  const pause = { reason: 'a drill' };
  expect(await useCases.setPause(program(Date.now() - 1), pause)).toMatchObject({
    ok: false,
    code: 'auth/bad-token',
  });
  expect(await useCases.setPause(program(Date.now() + 60_000), pause)).toMatchObject({ ok: true });
});
