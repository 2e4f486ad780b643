import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createOwnMeters } from '../../api/process/metrics/own-meters.ts';
import { addStoreGauges } from '../../api/process/metrics/store-gauges.ts';
import { countedMax } from '../../engine/runtime/read/read-backlog.ts';

const standing = {
  health: {
    outboxLagSeconds: 0,
    auditLagSeconds: 2.5,
    anchorsFailing: 1,
    logInDoubt: true,
    deadlinesLateSeconds: 61,
  },
  backlog: {
    alertsUnmatched: 3,
    runs: { queued: 1, running: 2, waiting: countedMax, undoing: 0 },
    approvalsPending: 0,
    approvalSoonestSeconds: null,
    tasksOpen: 4,
    undoTrouble: 5,
    contained: 6,
    stops: 7,
    paused: true,
  },
  connectionsFailing: 2,
  logWritable: false,
};

it('figures of a store that does not answer are absent, and not zero', async () => {
  let up = true;
  const failures: unknown[] = [];
  const asked = () => (up ? Promise.resolve(standing) : Promise.reject(new Error('away')));
  const registry = new Registry();
  addStoreGauges(registry, asked, (error) => failures.push(error), 0);
  const there = await registry.metrics();
  expect(there).toMatch(/^riposte_store_up 1$/m);
  expect(there).toMatch(/^riposte_audit_lag_seconds 2.5$/m);
  expect(there).toMatch(/^riposte_log_in_doubt 1$/m);
  expect(there).toMatch(/^riposte_log_writable 0$/m);
  expect(there).toMatch(/^riposte_deadlines_late_seconds 61$/m);
  expect(there).toMatch(/^riposte_connections_failing 2$/m);
  expect(there).toMatch(/^riposte_runs_open\{state="waiting"\} 1000$/m);
  expect(there).not.toMatch(/^riposte_approval_soonest_seconds/m);
  up = false;
  const away = await registry.metrics();
  expect(away).toMatch(/^riposte_store_up 0$/m);
  expect(away).not.toMatch(/^riposte_(audit_lag_seconds|contained|paused|runs_open|log_in_doubt)/m);
  expect(failures.length).toBeGreaterThan(0);
});

it('whoever scrapes is answered from one look', async () => {
  let looks = 0;
  const registry = new Registry();
  addStoreGauges(
    registry,
    async () => {
      looks += 1;
      return standing;
    },
    () => undefined,
  );
  await Promise.all([registry.metrics(), registry.metrics()]);
  expect(looks).toBe(1);
});

it('attempts are counted by action, purpose and outcome, and timed by system', async () => {
  const { meters, registry } = createOwnMeters();
  meters.attempted({ action: 'edr.isolate-host', purpose: 'perform' }, 'accepted', 0.3);
  meters.attempted({ action: 'edr.isolate-host', purpose: 'confirm' }, 'succeeded', 3);
  const text = await registry.metrics();
  expect(text).toContain(
    'riposte_attempts_total{action="edr.isolate-host",purpose="perform",outcome="accepted"} 1',
  );
  expect(text).toMatch(/riposte_attempt_seconds_sum\{system="edr"\} 3.3/);
});
