import { beforeEach, expect, test } from 'vitest';
import { foundDigest } from '../../engine/core/undo/found-digest.ts';
import { defaultTenant, type RunId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { addRun } from '../support/corridor-rows.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const ops = (await api.person('ops', ['operator'])).token;
const analyst = (await api.person('ann', ['analyst'])).token;
const seeded = await seedWaitingRun(api.db.owner);
const as = (token: string) => ({ RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token });
beforeEach(() => api.useCases.calls.splice(0));

test('riposte undo sends the reason and the steps, and none means all', async () => {
  const some = ['undo', seeded.runId, '--step', 'isolate', 'run/tell', '--reason', 'clean', '--yes'];
  expect(await riposte(some, as(ops))).toMatchObject({ code: 0, stdout: `${seeded.runId}  undoing\n` });
  expect(await riposte(['undo', seeded.runId, '--reason', 'clean', '--yes'], as(ops))).toMatchObject({
    code: 0,
  });
  expect(api.useCases.calls.map(({ input }) => input)).toEqual([
    { runId: seeded.runId, reason: 'clean', steps: ['run/isolate', 'run/tell'] },
    { runId: seeded.runId, reason: 'clean', steps: null },
  ]);
});

test('riposte undo asks first, wants a reason, and is not for everybody', async () => {
  expect(await riposte(['undo', seeded.runId, '--reason', 'clean'], as(ops))).toMatchObject({ code: 2 });
  expect(await riposte(['undo', seeded.runId, '--yes'], as(ops))).toMatchObject({ code: 2 });
  const refused = await riposte(['undo', seeded.runId, '--reason', 'clean', '--yes'], as(analyst));
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('auth/forbidden');
  expect(api.useCases.calls).toEqual([]);
});

test('riposte undo of a run that is under way says what to do', async () => {
  api.useCases.answer('undoRun', async () => ({
    ok: false,
    code: 'undo/not-ended',
    detail: 'the run is waiting; cancel it with undo to take back what it did',
  }));
  const refused = await riposte(['undo', seeded.runId, '--reason', 'clean', '--yes'], as(ops));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('cancel it with undo');
});

test('riposte leases shows what is held for a time, and renew lets it stand longer', async () => {
  const run = await addRun(api.db.owner, { state: 'succeeded' });
  await api.db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, lease_until, lease_at_end)
     values ($1, 'und_1', $2, 'run', 'run/isolate', 'Isolate', 'edr.isolate-host', 'k1', 'lab', 'host', 'H17',
       'network-isolated', 'ours', '{}', '2026-12-01T00:00:00Z', 'ask')`,
    [defaultTenant, run],
  );
  const { stdout, code } = await riposte(['leases', '--run', run], as(analyst));
  expect(code).toBe(0);
  expect(stdout).toMatch(/und_1 .* ask +network-isolated +host DB-1/);
  const order = ['renew', 'und_1', '--for', '1d12h', '--reason', 'still looking'];
  expect(await riposte(order, as(analyst))).toMatchObject({ code: 3 });
  expect(await riposte(order, as(ops))).toMatchObject({
    code: 0,
    stdout: 'und_1  until 2026-12-01T00:00:00.000Z\n',
  });
  expect(await riposte([...order.slice(0, 3), 'soon', '--reason', 'x'], as(ops))).toMatchObject({ code: 3 });
  expect(api.useCases.calls).toEqual([
    {
      name: 'renewLease',
      input: { recordId: 'und_1', until: { forMs: 36 * 3_600_000 }, reason: 'still looking' },
    },
  ]);
});

test('riposte undo --incident narrows, and shows what follows for each target and what is not touched', async () => {
  api.useCases.answer('undoIncident', async (_caller, input) => {
    api.useCases.calls.push({ name: 'undoIncident', input });
    return {
      ok: true,
      runs: [
        {
          id: 'run_1' as RunId,
          records: [
            {
              id: 'und_9',
              runId: 'run_1' as RunId,
              stepPath: 'run/isolate',
              stepName: 'Isolate',
              action: 'edr.isolate-host',
              effect: 'network-isolated',
              target: { kind: 'host', id: 'H9' },
              targetName: 'WS-9',
              origin: 'ours',
              irreversible: null,
              heldBy: ['run_other'],
              follows: 'retained',
            },
          ],
        },
      ],
      untouched: [
        { id: 'run_2' as RunId, state: 'waiting', code: 'undo/not-ended', detail: 'the run is waiting' },
      ],
      more: false,
    };
  });
  const order = ['undo', '--incident', 'inc_1', '--reason', 'clean', '--yes'];
  const { code, stdout } = await riposte([...order, '--action', 'edr.isolate-host'], as(ops));
  expect(code).toBe(0);
  expect(stdout).toMatch(/und_9 +edr\.isolate-host +host WS-9 .*retained +run_other +run_1/);
  expect(stdout).toContain('run_2  not touched: the run is waiting');
  expect(api.useCases.calls).toEqual([
    {
      name: 'undoIncident',
      input: { id: 'inc_1', reason: 'clean', only: { action: 'edr.isolate-host', record: null } },
    },
  ]);
  expect(await riposte(order, as(analyst))).toMatchObject({ code: 3 });
  expect(await riposte([...order, 'run_1'], as(ops))).toMatchObject({ code: 2 });
  expect(await riposte([...order, '--step', 'isolate'], as(ops))).toMatchObject({ code: 2 });
});

test('riposte undo list shows what waits for a person; retry and accept say what became of it', async () => {
  const found = { state: 'absent', enabled: true };
  await api.db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state, failure, expected, found, settled_at)
     values ('default', 'und_cli', $1, 'run', 'run/cli', 'Disable', 'directory.disable-user', 'k-cli', 'main', 'user', 'tom',
       'account-disabled', 'ours', '{"action":"directory.enable-user@1"}', 'changed-since',
       '{"code":"undo/changed-since","message":"nothing was sent"}', '{"state":"present"}', $2, clock_timestamp())`,
    [seeded.runId, JSON.stringify(found)],
  );
  const shown = await riposte(['undo', 'list', '--system', 'directory'], as(ops));
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toContain('und_cli');
  expect(shown.stdout).toContain('state=absent enabled=true');
  const again = ['undo', 'retry', 'und_cli', '--reason', 'looked', '--overwrite'];
  expect(await riposte(again, as(ops))).toMatchObject({ code: 0 });
  expect(await riposte(['undo', 'accept', 'und_cli', '--reason', 'fine'], as(ops))).toMatchObject({
    code: 0,
    stdout: 'und_cli  left-as-is\n',
  });
  expect(api.useCases.calls.map(({ input }) => input)).toEqual([
    { recordId: 'und_cli', reason: 'looked', overwrite: foundDigest(found) },
    { recordId: 'und_cli', reason: 'fine' },
  ]);
  api.useCases.answer('undoRecord', async () => ({
    ok: false,
    code: 'undo/nothing-left',
    detail: 'it is undone',
  }));
  const refused = await riposte(['undo', 'retry', 'und_cli', '--reason', 'looked'], as(ops));
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('it is undone');
});

test('riposte contained lists what stands, and release takes one of it back', async () => {
  await api.db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse)
     values ('default', 'und_stands', $1, 'run', 'run/stands', 'Isolate', 'edr.isolate-host', 'k-stands', 'main', 'host', 'H7',
       'network-isolated', 'ours', '{"action":"edr.release-host@1"}')`,
    [seeded.runId],
  );
  await api.db.owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     values ('default', 'network-isolated', 'host', 'H7', $1, 'run/stands', 'held', 'ours')`,
    [seeded.runId],
  );
  const listed = await riposte(['contained', '--target', 'host:H7'], as(ops));
  expect(listed).toMatchObject({ code: 0 });
  expect(listed.stdout).toMatch(/und_stands +network-isolated +host H7 +ours .*never/);
  const end = async (set: string) => {
    await api.db.owner.query(`update undo_records set ${set} where id = 'und_stands'`);
    return (await riposte(['contained', '--target', 'host:H7'], as(ops))).stdout;
  };
  const over = "lease_until = clock_timestamp() - interval '1 minute', lease_at_end = 'ask'";
  expect(await end(`${over}, lease_asked = 'run~lease.1.1'`)).toMatch(/ours .* asked now/);
  const failed = await end(`lease_asked = null, state = 'undo-failed'`);
  expect(failed).toMatch(/ours .* undo-failed/);
  expect(failed).not.toContain('never');
  const other = await riposte(['contained', '--target', 'host:other'], as(ops));
  expect(other).toMatchObject({ code: 0, stdout: '' });
  expect(other.stderr).toContain('Nothing of this kind is contained.');
  await api.db.owner.query(`update undo_records set state = 'undoing' where id = 'und_stands'`);
  const waiting = await riposte(['undo', 'list', '--run', seeded.runId, '--state', 'undo-failed'], as(ops));
  expect(waiting.stderr).toContain('Nothing of this kind is left.');
  expect(waiting.stderr).not.toContain('was taken back');
  api.useCases.answer('undoRecord', async () => ({ ok: true, runId: seeded.runId }));
  expect(await riposte(['release', 'und_stands', '--reason', 'needed'], as(ops))).toMatchObject({
    code: 0,
    stdout: `und_stands  undoing  ${seeded.runId}\n`,
  });
  expect(await riposte(['release', 'und_stands', '--reason', 'needed'], as(analyst))).toMatchObject({
    code: 3,
  });
});
