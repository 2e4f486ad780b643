import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { hostAlert, isolateStep, madePlaybook, ws0117 } from '../corridor/questions.ts';
import { useBackends } from '../fault/backends.ts';
import { expectAftermath, readSealedLog } from '../fault/expect-aftermath.ts';
import { openScene, type Scene, testActor } from '../fault/open-scene.ts';

/*
 * T30: whoever has a worker's machine moves its clock, by an hour and in both directions. Leases, deadlines and
 * times in the log are the database's; durations inside a process are on the clock that nobody can set.
 */

const hour = 3_600_000;
const backends = await useBackends();

async function databaseNow(scene: Scene): Promise<string> {
  const { rows } = await scene.database.owner.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]?.now.toISOString() ?? '';
}

describe.each(backends)('queues in $name', (backend) => {
  it.skipIf(backend.missing !== null).each([hour, -hour])(
    'an engine whose clock is moved by %i ms claims, reports and seals in the time of the database',
    async (clockAheadMs) => {
      const scene = await openScene(backend, { hosts: 24, users: 0 });
      const began = await databaseNow(scene);
      const delay = { kind: 'delay' as const, ms: 1_000 };
      const path = '/mde/api/machines/*/isolate';
      scene.lab.estate.addFault({ method: 'POST', path, times: null, does: delay });
      const moved = scene.start({ name: 'moved', clockAheadMs });
      await moved.ready();
      await scene.sendAlerts(0, 12);
      // On PostgreSQL the queue itself measures with the worker's clock, so a wrong one does no work at all.
      const works = backend.name !== 'PostgreSQL';
      const claimedByMoved = () => scene.count(`select count(*) from attempts where worker = 'moved'`);
      // It is alone until it has shown that it works; then one that is right joins.
      if (works) await scene.until('the moved one works', async () => (await claimedByMoved()) > 0);
      scene.start({ name: 'right' });
      await scene.sendAlerts(12);
      const held = `select count(*) from attempts where state = 'claimed'`;
      await scene.until('something is under way', async () => (await scene.count(held)) > 0);
      const elsewhen = `${held} and (claimed_at > clock_timestamp() or claimed_at < clock_timestamp() - interval '1 minute'
        or lease_until > clock_timestamp() + interval '1 minute')`;
      expect(await scene.count(elsewhen)).toBe(0);
      await scene.rest();
      await scene.stopAll();
      const entries = await expectAftermath(scene);
      expect(entries.filter(({ type }) => type === 'action.lease-lost')).toEqual([]);
      if (!works) expect(await claimedByMoved()).toBe(0);
      const ended = await databaseNow(scene);
      const told = entries.filter(({ type }) => type !== 'playbook.published');
      expect(told.filter(({ time }) => time < began || time > ended)).toEqual([]);
      const stamps = await scene.count(
        `select count(*) from attempts where claimed_at < $1 or claimed_at > $2`,
        [began, ended],
      );
      expect(stamps).toBe(0);
    },
    120_000,
  );
});

async function ask(scene: Scene, id: string, expires: string): Promise<void> {
  const approval = `    approval: { approvers: [group:soc], expires: ${expires} }\n`;
  const published = await publishPlaybook(scene.parts, {
    source: madePlaybook(id, `${isolateStep}${approval}`),
    file: `${id}.yaml`,
    expectedId: null,
    actor: testActor,
    requestId: 'test',
    registry: manifestsOf(createRegistry()),
  });
  if (!published.ok) throw new Error(JSON.stringify(published));
  const body = hostAlert(id, id, ws0117);
  const sent = { source: 'tests', body, actor: testActor, requestId: 'test' };
  expect(await acceptAlert(scene.parts, sent)).toMatchObject({ ok: true });
}

it.each([hour, -hour])(
  'with a clock that is moved by %i ms a question expires when the database says so, and stands in the log at its time',
  async (clockAheadMs) => {
    const scene = await openQuietScene();
    const began = await databaseNow(scene);
    await scene.start({ name: 'moved', clockAheadMs }).ready();
    const questions = (state: string) =>
      scene.count('select count(*) from approvals where state = $1', [state]);
    await ask(scene, 'long', '30m');
    await scene.until('the long one is asked', async () => (await questions('pending')) === 1);
    await ask(scene, 'short', '1s');
    await scene.until('the short one is over', async () => (await questions('expired')) === 1);
    expect(await questions('pending')).toBe(1);
    const left = await scene.count(
      `select extract(epoch from due_at - clock_timestamp()) from deadlines where kind = 'expiry'`,
    );
    expect(left).toBeGreaterThan(60);
    expect(left).toBeLessThanOrEqual(1_800);
    await scene.stopAll();
    const ended = await databaseNow(scene);
    const entries = (await readSealedLog(scene)).filter(({ type }) => type !== 'playbook.published');
    expect(entries.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['approval.requested', 'approval.expired']),
    );
    expect(entries.filter(({ time }) => time < began || time > ended)).toEqual([]);
  },
  60_000,
);

it.each([hour, -hour])(
  'a clock that jumps by %i ms under the sequencer delays no signature',
  async (clockJumpMs) => {
    const scene = await openQuietScene();
    const sealer = scene.start({ name: 'sealer', roles: ['sequencer'], clockJumpMs });
    await scene.sendAlerts(0, 2);
    const signed = () => scene.count('select coalesce(max(size), 0) from audit_checkpoint');
    const sealed = () => scene.count('select count(*) from audit_log');
    await scene.until('the first are signed', async () => (await signed()) > 2);
    sealer.jump();
    const before = await sealed();
    await scene.sendAlerts(2);
    await scene.until('those after the jump are sealed', async () => (await sealed()) > before);
    await scene.until('and signed', async () => (await signed()) === (await sealed()));
    await scene.stopAll();
  },
  90_000,
);

/** Queues in PostgreSQL: these are not about queues. */
function openQuietScene(): Promise<Scene> {
  const [backend] = backends;
  if (backend === undefined) throw new Error('there is no backend');
  return openScene(backend, { hosts: 4, users: 0 });
}
