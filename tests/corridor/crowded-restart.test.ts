import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdmitter } from '../../engine/runtime/admit-runs.ts';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { restartStep } from '../../engine/runtime/restart-step.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, isolateStep, madePlaybook, tellStep, until, ws0117, ws0244 } from './questions.ts';

/* The place in a concurrency group (language reference 9.15, item 6), and what people do to runs that have none. */

const ws0301 = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';
const crowded = 'concurrency: { group: one }\n';

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

const isolation = (host: string) => corridor.lab.estate.host(host).isolation;

const said = () => ({
  actor: { kind: 'person' as const, id: bo, channel: 'api' as const },
  personId: bo,
  reason: 'x',
  requestId: 'test',
});

const runsOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId);

const stateOf = async (id: string) => (await corridor.runs()).find((run) => run.id === id)?.state;

async function send(playbookId: string, host: string): Promise<void> {
  await corridor.sendBody(hostAlert(playbookId, `${playbookId}-${host}`, host));
}

it('a restart that waits for its place took nothing back when it is cancelled, so nobody is told that it does', async () => {
  const second = `  - id: second
    action: edr.isolate-host
    with: { host_id: "${ws0244}", scope: full }
    retry: { max_attempts: 1 }
`;
  const steps = `${isolateStep}    lease: 72h\n${second}${tellStep}    approval: { approvers: [group:soc] }\n`;
  await corridor.publish(madePlaybook('crowded', steps, crowded));
  corridor.lab.estate.addFault({
    method: 'POST',
    path: `/mde/api/machines/${ws0244}/isolate`,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  await send('crowded', ws0117);
  await corridor.rest();
  await send('crowded', ws0301);
  await corridor.rest();
  const [ended] = await runsOf('crowded');
  expect((await runsOf('crowded')).map(({ state }) => state)).toEqual(['failed', 'waiting']);
  const first = (ended?.id ?? '') as RunId;
  const { parts, admitter, advancer } = corridor.engine;
  const restarted = await restartStep(parts, admitter, { runId: first, step: 'run/second', ...said() });
  const again = (restarted.ok ? restarted.runId : '') as RunId;
  expect(await stateOf(again)).toBe('queued');

  const undo = () => undoRun(parts, { runId: first, steps: null, ...said() });
  expect(await undo()).toMatchObject({ code: 'undo/not-ended', detail: expect.stringContaining(again) });
  expect(await cancelRun(parts, advancer, { runId: again, undo: true, ...said() })).toMatchObject({
    ok: false,
    code: 'request/conflict',
    detail: expect.stringContaining(first),
  });
  expect(await stateOf(again)).toBe('queued');
  expect(isolation(ws0117)).toBe('Full');
  expect(await cancelRun(parts, advancer, { runId: again, undo: false, ...said() })).toEqual({ ok: true });
  expect(await stateOf(again)).toBe('cancelled');
  const other = await restartStep(parts, admitter, { runId: again, step: 'run/second', ...said() });
  const third = (other.ok ? other.runId : '') as RunId;
  expect(await stateOf(third)).toBe('queued');
  expect(await undo()).toMatchObject({ code: 'undo/not-ended', detail: expect.stringContaining(third) });
  expect(await cancelRun(parts, advancer, { runId: third, undo: false, ...said() })).toEqual({ ok: true });
  expect(await undo()).toMatchObject({ ok: true });
  await corridor.rest();
  expect(isolation(ws0117)).toBe('none');
});

it('what another engine saw a moment ago gives no place to a run that waits again', async () => {
  const waiting = `  - id: verdict
    wait:
      for: incident.updated
      match: signal.incident.status == "resolved"
      timeout: 5d
      on_timeout: continue
`;
  await corridor.publish(madePlaybook('waiting', waiting, crowded));
  await send('waiting', ws0117);
  await corridor.rest();
  const [run] = await runsOf('waiting');
  const group = 'waiting/one';
  // It returned, got its place and gave it back for its wait between that engine's look and its word.
  const stale = new Proxy(corridor.database.app, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name, target);
      const query: Sql['query'] = async (text, values) =>
        text.includes(`place = 'returning' and state in`)
          ? { rows: [{ runId: run?.id, group, limit: 1 }] as never, rowCount: 1 }
          : target.query(text, values);
      return query;
    },
  }) as Database;
  const admitter = createAdmitter({ ...corridor.engine.parts, database: stale }, corridor.engine.advancer);
  await admitter.admit([{ runId: 'run_nobody' as RunId, group, limit: 1 }]);
  await send('waiting', ws0301);
  await until(async () => (await runsOf('waiting')).length === 2);
  await until(async () => (await runsOf('waiting')).every(({ state }) => state === 'waiting'));
});
