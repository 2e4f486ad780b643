import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKeptRuns } from '../../engine/runtime/keep-runs.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { restartStep } from '../../engine/runtime/restart-step.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { defaultTenant, type PersonId, type RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, hostAlert, isolateStep, madePlaybook, onlyQuestion, ws0117, ws0244 } from './questions.ts';

/*
 * A large alert is kept once for all runs that were given it. Everything that reads a run sees it as if it stood in
 * the run's own row.
 */

let corridor: Corridor;
let bo: PersonId;
beforeEach(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterEach(() => corridor.close());

/** Without a trigger whose runs have no alert: steps may then look at it. */
const byAlerts = (text: string) =>
  text.replace(/ {2}- id: by_hand\n(?: {4}.*\n)+/, '').replace(/ {6}by_hand: .*\n/, '');

const large = { description: 'd'.repeat(60_000) };
const by = () => ({
  actor: { kind: 'person', id: bo, channel: 'api' } as const,
  personId: bo,
  requestId: 'test',
});
const forget = () => {
  corridor.engine.parts.keptRuns = createKeptRuns();
};

async function kept(): Promise<{ alerts: number; runs: number; chars: number }> {
  const text = `select (select count(*)::int from given_alerts) as alerts, count(alert_sha256)::int as runs,
    max(length(given::text)) as chars from runs`;
  const { rows } = await corridor.database.app.query<{ alerts: number; runs: number; chars: number }>(text);
  return rows[0] as { alerts: number; runs: number; chars: number };
}

it('is asked with, undone, restarted and shown whole, whoever has to read it anew', async () => {
  const ask = 'approval: { approvers: [group:soc], ask: "Isolate, ${{ size(alert.description) }}?" }';
  await corridor.publish(byAlerts(madePlaybook('large', `${isolateStep}    ${ask}\n`)));
  await corridor.sendBody({ ...hostAlert('large', 'large-1', ws0117), ...large });
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  expect(JSON.stringify(asked)).toContain('Isolate, 60000?');
  expect(await kept()).toMatchObject({ alerts: 1, runs: 1 });
  expect((await kept()).chars).toBeLessThan(4_000);

  forget();
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true });
  await corridor.rest();
  const [run] = await corridor.runs();
  expect(run).toMatchObject({ state: 'succeeded' });
  const runId = run?.id as RunId;
  const shown = await openRead(corridor.database.app).readRun(defaultTenant, runId);
  expect(shown?.given.alert).toMatchObject({ source_id: 'large-1', ...large, raw: null });

  forget();
  expect(
    await undoRun(corridor.engine.parts, { runId, steps: null, reason: 'It was nothing', ...by() }),
  ).toMatchObject({ ok: true });
  await corridor.rest();
});

it('is what a run that takes up an ended one was given', async () => {
  const path = '/mde/api/machines/*/isolate';
  corridor.lab.estate.addFault({ method: 'POST', path, does: { kind: 'end-machine-action', as: 'Failed' } });
  const tell =
    '  - id: tell\n    action: chat.post-message\n    with: { channel: soc, text: "${{ string(size(alert.description)) }}" }\n';
  await corridor.publish(
    byAlerts(madePlaybook('large', `${isolateStep}    retry: { max_attempts: 1 }\n${tell}`)),
  );
  await corridor.sendBody({ ...hostAlert('large', 'large-1', ws0117), ...large });
  await corridor.rest();
  const [run] = await corridor.runs();
  expect(run).toMatchObject({ state: 'failed' });
  forget();
  const { parts, admitter } = corridor.engine;
  const again = { runId: run?.id as RunId, step: 'run/isolate', reason: 'It works again', ...by() };
  expect(await restartStep(parts, admitter, again)).toMatchObject({ ok: true });
  forget();
  await corridor.rest();
  expect((await corridor.runs()).map(({ state }) => state).sort()).toEqual(['failed', 'succeeded']);
  expect(await kept()).toMatchObject({ alerts: 1, runs: 2 });
});

it('is kept once for all runs of it; a small one stands in their rows', async () => {
  const tell = (text: string) =>
    `  - id: tell\n    action: chat.post-message\n    with: { channel: soc, text: "${text}" }\n`;
  await corridor.publish(byAlerts(madePlaybook('large', tell('${{ alert.title }}'))));
  const other = byAlerts(madePlaybook('large-too', tell('${{ alert.title }}')));
  await corridor.publish(other.replace('alert.category == "large-too"', 'alert.category == "large"'));
  const both = {
    hosts: [
      { id: ws0117, name: 'one' },
      { id: ws0244, name: 'other' },
    ],
  };
  await corridor.sendBody({ ...hostAlert('large', 'large-1', ws0117), ...large, targets: both });
  await corridor.rest();
  expect(await kept()).toMatchObject({ alerts: 1, runs: 4 });
  await corridor.sendBody({ ...hostAlert('large', 'large-2', ws0117), targets: both });
  await corridor.rest();
  expect(await kept()).toMatchObject({ alerts: 1, runs: 4 });
});

it('cannot be changed, nor can what a run was given be led elsewhere', async () => {
  await corridor.publish(madePlaybook('large', isolateStep));
  await corridor.sendBody({ ...hostAlert('large', 'large-1', ws0117), ...large });
  await corridor.rest();
  const { owner } = corridor.database;
  await expect(owner.query(`update given_alerts set alert = '{}'`)).rejects.toMatchObject({ code: '23514' });
  await expect(owner.query('update runs set alert_sha256 = null')).rejects.toMatchObject({ code: '23514' });
  await expect(corridor.database.app.query('delete from given_alerts')).rejects.toMatchObject({
    code: '42501',
  });
});
