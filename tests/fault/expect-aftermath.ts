import { expect } from 'vitest';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import { createSequencer } from '../../engine/runtime/sequence-audit.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { crowdHostId, crowdUserId } from '../../examples/lab/seed/grow-crowd.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { testKeys } from '../audit/open-log.ts';
import { openDeadlines } from '../support/make-due.ts';
import type { Scene } from './open-scene.ts';

/** What the log says of one effect, by its action key. */
interface Told {
  action: string;
  attempted: number;
  unknown: number;
  succeeded: number;
}

/**
 * What has to be true after every fault, when all runs have rested and all engines have stopped:
 * nothing is left over, every effect happened once, and the log tells it from beginning to end.
 * @returns the log, for what a test wants to see in addition
 */
export async function expectAftermath(scene: Scene): Promise<Entry[]> {
  await expectNothingLeft(scene);
  const entries = await readSealedLog(scene);
  const told = expectStories(scene, entries);
  expectEffectsOnce(scene, told);
  return entries;
}

async function expectNothingLeft(scene: Scene): Promise<void> {
  const { rows } = await scene.database.owner.query(
    `select (select count(*) from runs where state <> 'succeeded') as unfinished,
       (select count(*) from runs) as runs,
       (select count(*) from attempts where state in ('queued', 'claimed')) as attempts,
       (select count(*) from outbox) as outbox, ${openDeadlines()} as deadlines`,
  );
  const runs = scene.hosts + scene.users;
  expect(rows[0]).toEqual({ unfinished: 0, runs, attempts: 0, outbox: 0, deadlines: 0 });
}

/** What no engine had time to seal is sealed here, then everything is recomputed. */
export async function readSealedLog(scene: Scene): Promise<Entry[]> {
  const { sequencer: database, owner } = scene.database;
  const sequencer = createSequencer({
    database,
    tenant: defaultTenant,
    mint: mintId,
    origin: 'riposte.example/audit/1',
    keys: testKeys,
    onError: (error) => {
      throw error;
    },
  });
  await sequencer.flush();
  await sequencer.stop();
  const verified = await verifyAudit(database, defaultTenant);
  expect(verified).toMatchObject({ ok: true, problems: [], pending: 0 });
  const { rows } = await owner.query<{ entry: Buffer }>('select entry from audit_log order by idx');
  expect(rows).toHaveLength(verified.size);
  return rows.map((row) => JSON.parse(row.entry.toString('utf8')) as Entry);
}

/** Each run begins, intends before it acts, succeeds once per effect, and ends. */
function expectStories(scene: Scene, entries: readonly Entry[]): Map<string, Told> {
  const runs = Map.groupBy(entries, (entry) => entry.runId ?? '');
  runs.delete('');
  expect(runs.size).toBe(scene.hosts + scene.users);
  const told = new Map<string, Told>();
  for (const [runId, story] of runs) {
    const types = story.map((entry) => entry.type);
    const once = types.filter((type) => type === 'run.started' || type === 'run.finished');
    expect(once, runId).toEqual(['run.started', 'run.finished']);
    expect(types.indexOf('run.started'), runId).toBe(0);
    // Only a worker that comes back from the dead has something to say after the end.
    const afterEnd = new Set(types.slice(types.indexOf('run.finished') + 1));
    expect([...afterEnd].filter((type) => type !== 'action.lease-lost')).toEqual([]);
    for (const entry of story) {
      // An event that nobody expected is a race that the engine did not foresee.
      expect(entry.code, JSON.stringify(entry)).not.toBe('run/unexpected-event');
      tell(told, entry);
    }
  }
  for (const [key, { action, succeeded }] of told) expect(succeeded, `${action} ${key}`).toBe(1);
  return told;
}

function tell(told: Map<string, Told>, { type, action = '', actionKey }: Entry): void {
  if (actionKey === undefined) return;
  const known = told.get(actionKey) ?? { action, attempted: 0, unknown: 0, succeeded: 0 };
  told.set(actionKey, known);
  if (type === 'action.attempted') known.attempted += 1;
  if (type === 'action.unknown') known.unknown += 1;
  if (type === 'action.succeeded') known.succeeded += 1;
  const outcome = type === 'action.succeeded' || type === 'action.failed' || type === 'action.unknown';
  if (outcome) expect(known.attempted, `${type} of ${action} before its intent`).toBeGreaterThan(0);
}

function expectEffectsOnce(scene: Scene, told: ReadonlyMap<string, Told>): void {
  const { estate } = scene.lab;
  const once = { applied: 1, duplicates: 0, released: 0, failed: 0, cancelled: 0, reverted: 0 };
  for (let n = 0; n < scene.hosts; n++) {
    const host = estate.host(crowdHostId(n));
    expect(host.isolation, `host ${n}`).toBe('Full');
    expect(host.effects['network-isolated'], `host ${n}`).toMatchObject({ ...once, orders: 1 });
  }
  for (let n = 0; n < scene.users; n++) {
    const user = estate.user(crowdUserId(n));
    expect(user.accountEnabled, `user ${n}`).toBe(false);
    expect(user.effects['sign-in-blocked'], `user ${n}`).toMatchObject(once);
    expect(user.effects['sessions-revoked'].applied, `user ${n}`).toBeGreaterThan(0);
  }
  const { effects, journal } = estate.effects();
  const comments = Object.entries(effects).filter(([key]) => key.startsWith('commented '));
  expect(comments).toHaveLength(scene.hosts);
  for (const [key, counters] of comments) expect(counters, key).toMatchObject({ applied: 1, duplicates: 0 });

  // The directory cannot be asked whether sessions were revoked, so after an unknown outcome, and only
  // then, they are revoked again; the manifest calls that harmless.
  const repeated = journal.filter((each) => each.change === 'duplicate');
  expect(repeated.filter((each) => each.effect !== 'sessions-revoked')).toEqual([]);
  const revocations = [...told.values()].filter((each) =>
    each.action.startsWith('directory.revoke-sessions'),
  );
  const excused = revocations.reduce((sum, each) => sum + each.unknown, 0);
  expect(repeated.length).toBeLessThanOrEqual(excused);

  // Nothing was ordered that the log had not announced.
  for (const { effect, comment } of journal) {
    if (effect !== 'network-isolated' || comment === null) continue;
    const key = /\[riposte (\w+)\]$/.exec(comment)?.[1] ?? '';
    expect(told.get(key)?.attempted, comment).toBeGreaterThan(0);
  }
}
