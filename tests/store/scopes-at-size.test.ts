import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { settleHeld } from '../../engine/runtime/settle-held.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { type ApprovalId, defaultTenant, type PersonId, type RunId } from '../../schemas/ids.ts';
import { sequencerOf } from '../audit/open-log.ts';
import { db1, hostAlert, madePlaybook, until, ws0117, ws0244 } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { explainAll, type WholeRead } from './explain-all.ts';
import { multiplyStory } from './multiply-story.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/*
 * What `plans-at-size.test.ts` asks of runs with one scope, asked of the others: lists, branches, rounds and called
 * playbooks, a budget that is used up, and taking all of it back, beside thousands of such runs that wait.
 */

const times = 1_000;

const statements: Statements = new Map();
let corridor: Corridor;
let bo: PersonId;

const burst = `guards:
  - id: burst
    applies_to: [contain]
    limit: { targets: 1, per: 1h, scope: playbook }
    on_exceed: ask
    message: A wave of isolations
`;

const steps = `  - id: both
    parallel:
      list:
        - id: each
          foreach: '["${ws0117}", "${ws0244}"]'
          as: host
          key: host
          max_items: 5
          max_parallel: 2
          steps:
            - id: isolate
              action: edr.isolate-host
              with: { host_id: "\${{ host }}", scope: full }
              lease: 72h
      rounds:
        - id: again
          on_error: continue
          repeat: { until: 'steps.asset.outputs.name == "none"', max: 2 }
          steps:
            - id: asset
              action: inventory.get-host
              with: { host_id: "\${{ inputs.host_id }}" }
  - id: inner
    call: inner
    with: { host_id: "${db1}" }
`;

beforeAll(async () => {
  corridor = await openCorridor({
    playbooks: [],
    watch: (database) => watchStatements(database, statements),
  });
  const { database } = corridor;
  bo = await corridor.person('Bo', ['soc']);
  const isolate = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", scope: full }
    lease: 72h
`;
  await corridor.publish(madePlaybook('inner', isolate));
  await corridor.publish(
    madePlaybook('outer', steps, burst).replace('status: stable', 'status: experimental'),
  );
  await corridor.sendBody(hostAlert('outer', 'outer-0', ws0117));
  await corridor.rest();
  const sequencer = sequencerOf(database.sequencer);
  await sequencer.flush();
  await sequencer.stop();
  await corridor.restart(async () => {
    await multiplyStory(database.owner, times);
    await database.owner.query('analyze');
  });
  statements.clear();
}, 180_000);
afterAll(() => corridor.close());

async function runOf(playbook: string): Promise<{ id: RunId; state: string } | undefined> {
  const { rows } = await corridor.database.owner.query<{ id: RunId; state: string }>(
    'select id, state from runs where playbook_id = $1 order by created_at desc, id desc limit 1',
    [playbook],
  );
  return rows[0];
}

it('an engine at work inside runs reads no table from end to end', async () => {
  await corridor.sendBody(hostAlert('outer', 'outer-new', ws0117));
  await corridor.rest();
  const run = await runOf('outer');
  const { rows: asked } = await corridor.database.owner.query<{
    id: ApprovalId;
    digest: string;
    budget: string;
  }>(`select id, digest, held_by as budget from approvals where run_id = $1 and state = 'pending'`, [
    run?.id,
  ]);
  expect(asked.length).toBeGreaterThan(0);
  const said = await settleHeld(corridor.engine.parts, corridor.engine.advancer, {
    budget: asked[0]?.budget ?? '',
    approvals: asked,
    decision: 'approve',
    comment: 'looked at them',
    personId: bo,
    actor: { kind: 'person', id: bo, channel: 'api' },
    requestId: 'test',
    signedInAtMs: Date.now(),
  });
  expect(said.every((each) => each.ok)).toBe(true);
  await until(async () => (await runOf('outer'))?.state === 'succeeded');
  expect(await runOf('inner')).toMatchObject({ state: 'succeeded' });

  const undone = await undoRun(corridor.engine.parts, {
    runId: run?.id as RunId,
    steps: null,
    reason: 'It was nothing',
    personId: bo,
    actor: { kind: 'person', id: bo, channel: 'api' },
    requestId: 'test',
  });
  expect(undone).toMatchObject({ ok: true });
  await corridor.rest();

  const read = openRead(watchStatements(corridor.database.app, statements));
  await read.listScopes(defaultTenant, { run: run?.id as RunId }, { limit: 50 });
  await read.listSteps(defaultTenant, { run: run?.id as RunId }, { limit: 50 });
  await read.listUndoable(defaultTenant, run?.id as RunId, null);
  expect(statements.size).toBeGreaterThan(60);
  expect(await explainAll(corridor.database, statements)).toEqual([] satisfies WholeRead[]);
}, 120_000);
