import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import type { FaultPoint } from '../../engine/runtime/fault-point.ts';
import { taskPoints } from '../../engine/runtime/fault-point.ts';
import type { PersonId, RunId, TaskId } from '../../schemas/ids.ts';
import { hostAlert, isolateStep, madePlaybook, tellStep, until } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';

/*
 * The process that takes a person's answer about an unknown outcome dies at every wait of it. The person asks
 * again, as people do who got no answer: it counts once, whichever of the two it was.
 */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(madePlaybook('contain', `${isolateStep}    deadline: 2s\n${tellStep}`));
});
beforeEach(() => corridor.lab.estate.clearFaults());
afterAll(() => corridor.close());

interface Task {
  id: TaskId;
  run_id: RunId;
  digest: string;
  state: string;
}

const hosts = [
  '5dd66f81a97934b3d4c48e70b248b27c4fa1219d',
  '1480f2ac1bba6bed66d87b78688cd65a809999fd',
  '52406d78111113c074216b33d09b931de952cd1a',
  '5164f6cbe3535ee885919bf9a9d4790d4a70bcb7',
  '9345b0c06b6aeb457b9fbbf880a57ba4357732ca',
  'a0716faee06f3d46eff2077c3a0fd899b6484731',
  'f755b9434285cf0ab91f6a9916b573afcdf80d4b',
];

/** The order is carried out, nobody hears of it, and nobody gets to see the list of orders. */
async function openTask(number: number): Promise<Task> {
  const { estate } = corridor.lab;
  estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/isolate',
    skip: 0,
    does: { kind: 'apply-then-drop' },
  });
  estate.addFault({
    method: 'GET',
    path: '/mde/api/machineactions',
    skip: 1,
    times: null,
    does: { kind: 'fail-before', status: 503 },
  });
  await corridor.sendBody(hostAlert('contain', `task-${number}`, hosts[number] ?? ''));
  await until(async () => (await tasks()).length > number);
  return (await tasks())[number] as Task;
}

async function tasks(): Promise<Task[]> {
  return (
    await corridor.database.app.query<Task>(
      'select id, run_id, digest, state from tasks order by opened_at, id',
    )
  ).rows;
}

/** @returns the signal that ended the process, and what it said before */
async function answer(
  task: Task,
  point: FaultPoint | null,
): Promise<{ endedBy: string | null; said: string }> {
  const input = {
    taskId: task.id,
    answer: 'happened',
    digest: task.digest,
    proof: 'The device page says so',
    signedInAtMs: null,
    personId: bo,
    actor: { kind: 'person', id: bo, channel: 'api' },
    requestId: 'test',
  };
  const orders = { databaseUrl: corridor.database.url, labUrl: corridor.lab.url, answer: input };
  const env = point === null ? process.env : { ...process.env, FAULT_DIE_AT: `${point}:1` };
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'run-answer.ts'), JSON.stringify(orders)],
    {
      stdio: 'pipe',
      cwd: inject('runFolder'),
      env,
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += String(chunk);
    });
  await once(child, 'close');
  return { endedBy: child.signalCode, said };
}

const points = [...taskPoints, 'advance.before-commit', 'advance.committed'] as const;
const committed: readonly FaultPoint[] = ['answer.committed', 'advance.committed'];

it.each(points.map((point, number) => ({ point, number })))(
  'an answer that dies at $point counts once',
  { timeout: 60_000 },
  async ({ point, number }) => {
    const task = await openTask(number);
    expect(task.state).toBe('open');
    expect(await answer(task, point)).toMatchObject({ endedBy: 'SIGKILL' });
    const counted = committed.includes(point);
    // What it locked is free again when the database has noticed.
    const again = await answer(task, null);
    expect(again.endedBy).toBeNull();
    expect(JSON.parse(again.said)).toMatchObject(
      counted ? { ok: false, code: 'task/closed' } : { ok: true, state: 'happened' },
    );
    corridor.lab.estate.clearFaults();
    await until(
      async () => (await corridor.runs()).find(({ id }) => id === task.run_id)?.state === 'succeeded',
    );

    const told = (await corridor.story(task.run_id)).map(({ type }) => type);
    const times = (type: string) => told.filter((each) => each === type).length;
    expect(times('task.answered')).toBe(1);
    expect(times('task.settled')).toBeLessThanOrEqual(1);
    expect(times('task.ignored')).toBe(counted ? 1 : 0);
    expect(times('undo.recorded')).toBe(1);
    expect(times('action.succeeded')).toBe(2);
    const { rows } = await corridor.database.owner.query<{ records: number; holds: number; orders: number }>(
      `select (select count(*)::int from undo_records where run_id = $1) as records,
         (select count(*)::int from holds where run_id = $1) as holds`,
      [task.run_id],
    );
    expect(rows[0]).toEqual({ records: 1, holds: 1 });
    expect(corridor.lab.estate.effect('network-isolated', `host:${hosts[number]}`).orders).toBe(1);
  },
);
