import { afterAll, beforeAll, expect, it } from 'vitest';
import { dropProposal } from '../../engine/runtime/drop-proposal.ts';
import { confirmGuardrails, publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  dc01,
  decide,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* The operator's file stands above every playbook (language reference 11.1; audit facts 2.3, items 14 and 15). */

let corridor: Corridor;
let ada: PersonId;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  ada = await corridor.person('Ada', ['soc', 'tier2'], ['operator', 'approver']);
  bo = await corridor.person('Bo', ['soc', 'tier2']);
  cy = await corridor.person('Cy', ['tier2'], ['operator', 'approver']);
});
afterAll(() => corridor.close());

const by = (personId: PersonId | null) => ({
  personId,
  actor: { kind: 'person' as const, id: personId ?? 'tok_1', channel: 'api' as const },
  requestId: 'test',
});
const publish = (body: string, version: number, personId: PersonId | null = ada) =>
  publishGuardrails(corridor.engine.parts, {
    ...by(personId),
    source: `kind: guardrails/v1\n${body}`,
    file: 'guardrails.yaml',
    version,
  });
const confirm = (digest: string, personId: PersonId | null) =>
  confirmGuardrails(corridor.engine.parts, { ...by(personId), digest });

let inForce = 0;
/** Two people put it in force. */
async function put(body: string): Promise<void> {
  const proposed = await publish(body, inForce);
  if (!proposed.ok) throw new Error(proposed.detail);
  if (proposed.state === 'proposed') expect(await confirm(proposed.digest, cy)).toMatchObject({ ok: true });
  inForce = proposed.version;
}

const runOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId).at(-1);
const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

async function act(id: string, steps: string, host: string): Promise<void> {
  await corridor.publish(madePlaybook(id, steps));
  await corridor.sendBody(hostAlert(id, `${id}-1`, host));
  await corridor.rest();
}

const controllers = `protected:
  - id: controllers
    match: guard.target.kind == "host" && "domain-controller" in guard.target.tags
    classes: [contain, eradicate]
    effect: deny
    reason: Domain controllers stay reachable
`;

it('comes into force by one person the first time, and by two ever after', async () => {
  expect(await publish(controllers, 0, null)).toMatchObject({ ok: false, code: 'approval/needs-person' });
  expect(await publish('protectd: []\n', 0)).toMatchObject({ ok: false, code: 'compile/unknown-field' });
  expect(await publish(controllers, 0)).toMatchObject({ ok: true, state: 'in-force', version: 1 });
  expect(await publish('', 0)).toMatchObject({ ok: false, code: 'request/stale' });
  const proposed = await publish('mode_ceiling: enforce\n', 1);
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(proposed).toMatchObject({ state: 'proposed', version: 2 });
  expect(await confirm(proposed.digest, ada)).toMatchObject({ ok: false, code: 'approval/separation' });
  expect(await confirm(proposed.digest, null)).toMatchObject({ ok: false, code: 'approval/needs-person' });
  expect(await confirm('sha256:00', cy)).toMatchObject({ ok: false, code: 'approval/digest-mismatch' });
  // What is only proposed lifts nothing.
  await act('before', `${lookStep}${isolateStep}`, dc01);
  expect((await runOf('before'))?.state).toBe('denied');
  const both = await Promise.all([confirm(proposed.digest, cy), confirm(proposed.digest, bo)]);
  expect(both.map((each) => each.ok).sort()).toEqual([false, true]);
  inForce = 2;
  const types = (await corridor.story())
    .map((entry) => entry.type)
    .filter((type) => /^guardrails/.test(type));
  expect(types.filter((type) => type === 'guardrails.published')).toHaveLength(2);
  expect(types.filter((type) => type === 'guardrails.refused')).toHaveLength(7);
});

it.each([
  ['account was ended', 'active = false'],
  ['role was taken away', "roles = '{approver}'"],
])(
  'what somebody proposed whose %s since is confirmed by nobody, and is proposed again',
  async (_what, change) => {
    const gus = await corridor.person('Gus', [], ['operator']);
    const proposed = await publish('mode_ceiling: enforce\n# by Gus\n', inForce, gus);
    if (!proposed.ok) throw new Error(proposed.detail);
    await corridor.database.app.query(`update people set ${change} where id = $1`, [gus]);
    expect(await confirm(proposed.digest, cy)).toMatchObject({ ok: false, code: 'approval/separation' });
    await put(`mode_ceiling: enforce\n# ${change}\n`);
  },
);

it('is withdrawn by its author and rejected by anybody else, named by its digest, and never comes back', async () => {
  const drop = (digest: string, personId: PersonId | null) =>
    dropProposal(corridor.engine.parts, { ...by(personId), digest, reason: 'the wrong group is asked' });
  expect(await drop('sha256:00', ada)).toMatchObject({ ok: false, code: 'request/conflict' });
  for (const [who, state] of [
    [ada, 'withdrawn'],
    [cy, 'rejected'],
  ] as const) {
    const proposed = await publish(`mode_ceiling: ask\n# ${state}\n`, inForce);
    if (!proposed.ok) throw new Error(proposed.detail);
    expect(await drop('sha256:00', who)).toMatchObject({ ok: false, code: 'approval/digest-mismatch' });
    expect(await drop(proposed.digest, null)).toMatchObject({ ok: false, code: 'approval/needs-person' });
    expect(await drop(proposed.digest, who)).toMatchObject({ ok: true, state, version: proposed.version });
    expect(await confirm(proposed.digest, cy)).toMatchObject({ ok: false, code: 'request/conflict' });
    await expect(
      corridor.database.app.query(
        'update guardrails_versions set confirmed_by = $2, in_force_at = now() where version = $1',
        [proposed.version, bo],
      ),
    ).rejects.toThrow('guardrails_dropped_check');
  }
  const types = (await corridor.story()).map((entry) => entry.type);
  expect(types).toEqual(expect.arrayContaining(['guardrails.withdrawn', 'guardrails.rejected']));
});

it('waits two weeks for a second person, and then lapses, which the log says', async () => {
  const { owner } = corridor.database;
  const proposed = async (n: number, days: number) => {
    const answer = await publish(`mode_ceiling: enforce\n# old ${n}\n`, inForce);
    if (!answer.ok) throw new Error(answer.detail);
    await owner.query(
      `update guardrails_versions set proposed_at = proposed_at - make_interval(days => $2) where version = $1`,
      [answer.version, days],
    );
    return answer;
  };
  const lapsed = async () => (await corridor.story()).filter(({ type }) => type === 'guardrails.lapsed');
  // Whoever comes first, the second person or the timekeeper.
  const { version, digest } = await proposed(1, 14);
  expect(await confirm(digest, cy)).toMatchObject({ ok: false, code: 'request/conflict' });
  expect(await lapsed()).toMatchObject([{ data: { version, digest, proposed_by: ada } }]);
  await proposed(2, 15);
  await until(async () => (await lapsed()).length === 2);
  const young = await proposed(3, 13);
  expect(await confirm(young.digest, cy)).toMatchObject({ ok: true, state: 'in-force' });
  inForce = young.version;
  expect(await lapsed()).toHaveLength(2);
});

it('cannot be put in force by one person in the database either', async () => {
  const { app } = corridor.database;
  await expect(
    app.query(`insert into guardrails_versions (tenant_id, version, digest, source, guardrails, proposed_by, in_force_at)
      values ('default', 9, 'd', 's', '{}', 'per_1', now())`),
  ).rejects.toThrow();
  await expect(app.query('update guardrails_in_force set version = null')).rejects.toThrow(
    'never taken away',
  );
});

it('denies what is protected, and what nobody knows enough about', async () => {
  await put(controllers);
  await act('looked', `${lookStep}${isolateStep}`, dc01);
  expect((await runOf('looked'))?.state).toBe('denied');
  await act('blind', isolateStep, dc01);
  const blind = await runOf('blind');
  expect(blind?.state).toBe('denied');
  expect((await corridor.story(blind?.id)).find((entry) => entry.type === 'guard.denied')).toMatchObject({
    code: 'guard/unknown-fact',
    reason:
      'Domain controllers stay reachable (guard.target.tags of this host is not known: no step of the run has looked it up; inventory.get-host before this step would)',
  });
  expect(isolated(dc01).orders).toBe(0);
  await act('common', `${lookStep}${isolateStep}`, ws0244);
  expect((await runOf('common'))?.state).toBe('succeeded');
});

it('asks the people whom both name, as many as the stricter one wants', async () => {
  await put(
    'ask:\n  - { id: twice, match: guard.target.kind == "host", classes: [contain], approvers: ["group:tier2"], quorum: 2 }\n',
  );
  await act('asked', `${isolateStep}    approval: { approvers: [group:soc, group:tier2] }\n`, ws0117);
  const asked = await onlyQuestion(corridor);
  expect(asked).toMatchObject({ approvers: ['group:tier2'], quorum: 2 });
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'pending' });
  await corridor.rest();
  expect(isolated(ws0117).orders).toBe(0);
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect((await runOf('asked'))?.state).toBe('succeeded');
  expect(isolated(ws0117)).toMatchObject({ applied: 1 });
});

it('judges again after a yes: a freeze that came meanwhile denies, other terms ask anew', async () => {
  corridor.lab.estate.reset();
  await put('');
  const asking = `${isolateStep}    approval: { approvers: [group:soc] }\n`;
  await act('frozen', asking, db1);
  await put(
    'freeze:\n  - { id: rest, from: 2020-01-01T00:00:00Z, to: 2099-01-01T00:00:00Z, classes: [contain], effect: deny }\n',
  );
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  expect((await runOf('frozen'))?.state).toBe('denied');
  await put('');
  await act('outgrown', asking, db1);
  await put(
    'ask:\n  - { id: two, match: "true", classes: [contain], approvers: ["group:tier2"], quorum: 2 }\n',
  );
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  expect(isolated(db1).orders).toBe(0);
  expect(await onlyQuestion(corridor)).toMatchObject({
    approvers: ['group:tier2'],
    quorum: 2,
    ask_number: 2,
  });
});

it('counts targets over all playbooks: beyond the limit people are asked', async () => {
  corridor.lab.estate.reset();
  await put(
    'limits:\n  - { id: hosts, classes: [contain], target_kind: host, targets: 2, per: 1h, on_exceed: ask }\n',
  );
  const waiting = (await questions(corridor, 'pending')).length;
  await Promise.all(
    ['one', 'two', 'three', 'four'].map((id) => corridor.publish(madePlaybook(id, isolateStep))),
  );
  const hosts = [ws0117, ws0244, db1, dc01];
  for (const [n, id] of ['one', 'two', 'three', 'four'].entries()) {
    await corridor.sendBody(hostAlert(id, `${id}-1`, hosts[n] ?? ''));
  }
  await corridor.rest();
  expect(hosts.filter((host) => isolated(host).orders > 0)).toHaveLength(2);
  expect(await questions(corridor, 'pending')).toHaveLength(waiting + 2);
});

it('a share is of the machines that were looked up of late, at least one, and asks while none is known', async () => {
  corridor.lab.estate.reset();
  const { owner } = corridor.database;
  await owner.query('delete from target_facts');
  await owner.query('delete from reservations');
  await put(
    'limits:\n  - { id: part, classes: [contain], target_kind: host, share: 0.5, per: 24h, on_exceed: deny }\n',
  );
  await act('unknown', isolateStep, ws0117);
  expect((await runOf('unknown'))?.state).toBe('waiting');
  await act('peeking', lookStep, ws0117);
  // Half of one is rounded up to the one that there is.
  await act('only', isolateStep, ws0117);
  expect((await runOf('only'))?.state).toBe('succeeded');
  await act('second', isolateStep, ws0244);
  expect((await runOf('second'))?.state).toBe('denied');
  // Of four known machines two; of those that nobody has looked up for a month, none.
  const seen = (id: string, days: number) =>
    owner.query(
      `insert into target_facts (tenant_id, kind, target_id, facts, read_at)
       values ('default', 'host', $1, '{}', now() - make_interval(days => $2))`,
      [id, days],
    );
  for (const id of ['old-1', 'old-2', 'old-3']) await seen(id, 31);
  await act('third', isolateStep, ws0244);
  expect((await runOf('third'))?.state).toBe('denied');
  for (const id of ['new-1', 'new-2', 'new-3']) await seen(id, 29);
  await act('fourth', isolateStep, ws0244);
  expect((await runOf('fourth'))?.state).toBe('succeeded');
  await act('fifth', isolateStep, db1);
  expect((await runOf('fifth'))?.state).toBe('denied');
});
