import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { readEntry } from '../../engine/core/audit/read-entry.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import { listSteps, type StepItem } from '../../engine/runtime/read/list-steps.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { defaultTenant, type PersonId } from '../../schemas/ids.ts';
import { exportedNotes, exportedRows } from '../audit/grown-log.ts';
import { origin, sequencerOf, testSigner } from '../audit/open-log.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  dc01,
  decide,
  forWholeAlert,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  ws0117,
  ws0244,
} from './questions.ts';

/* What ran on the yes to a whole list, or to a gate, tells a story that holds: each action names the yes and exactly what it was about. */

const ws0301 = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';
const ws0302 = '1480f2ac1bba6bed66d87b78688cd65a809999fd';

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

async function sayYes(): Promise<string> {
  const asked = await onlyQuestion(corridor);
  await decide(corridor, asked, bo);
  await corridor.rest();
  return asked.digest;
}

/** Of the actions that went out, in a log that verifies on the server and outside of it. */
async function attempted(step: string) {
  return (await written(step)).filter(({ type }) => type === 'action.attempted');
}

async function written(step: string): Promise<Entry[]> {
  await sequencerOf(corridor.database.sequencer).flush();
  expect(await verifyAudit(corridor.database.app, defaultTenant)).toMatchObject({ ok: true, problems: [] });
  const rows = await exportedRows(corridor.database);
  const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
  const checkpoints = await exportedNotes(corridor.database);
  expect(verifyExport({ entries: () => rows, checkpoints, key, trusted: [] }).findings).toEqual([]);
  return rows.flatMap(({ raw }) => {
    const read = readEntry(Buffer.from(raw ?? ''));
    return read.ok && read.entry.step?.endsWith(step) ? [read.entry] : [];
  });
}

/** As the API and the console show these steps. */
async function shown(run: string, step: string): Promise<StepItem[]> {
  const { items } = await listSteps(corridor.database.app, defaultTenant, { run }, { limit: 50 });
  return items.filter(({ path }) => path.endsWith(step));
}

it('of a foreach that was asked about once', async () => {
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 10
    approval: { approvers: [group:soc] }
    steps:
      - id: isolate
        action: edr.isolate-host
        with: { host_id: "\${{ host.id }}", scope: full }
`;
  await corridor.publish(forWholeAlert('sweeping', steps));
  const alert = hostAlert('sweeping', 'sweeping-1', ws0117);
  alert.targets.hosts.push({ id: ws0244, name: 'another host' });
  await corridor.sendBody(alert);
  await corridor.rest();
  const { id: approvalId, run_id: run } = await onlyQuestion(corridor);
  const planDigest = await sayYes();
  const about = { approvalId, planDigest };
  expect(await attempted(']/isolate')).toMatchObject([about, about]);
  expect(await shown(run, ']/isolate')).toMatchObject([{ approvalId }, { approvalId }]);
});

it('of an undo that was asked about once', async () => {
  const back = `  - id: back
    undo: [isolate]
    reason: It was nothing
    approval: { approvers: [group:soc] }
`;
  await corridor.publish(madePlaybook('giving-back', `${isolateStep}    lease: 72h\n${back}`));
  await corridor.sendBody(hostAlert('giving-back', 'giving-back-1', db1));
  await corridor.rest();
  const planDigest = await sayYes();
  expect(await attempted('/inverse')).toMatchObject([{ planDigest }]);
});

const gateStep = `  - id: gate
    approval: { ask: Isolate it?, covers: [isolate], approvers: [group:soc] }
`;

it('of what a gate covers, which names the yes of the gate from its rendering to its outcome', async () => {
  await corridor.publish(madePlaybook('gating', `${gateStep}${isolateStep}`));
  await corridor.sendBody(hostAlert('gating', 'gating-1', ws0301));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  // Another engine knows of the gate what was stored of it.
  await corridor.restart(async () => {});
  await sayYes();
  const entries = (await written('run/isolate')).filter(({ runId }) => runId === asked.run_id);
  expect(entries.map(({ type, approvalId, planDigest }) => [type, approvalId, planDigest])).toEqual(
    entries.map(({ type }) => [type, asked.id, asked.digest]),
  );
  const types = entries.map(({ type }) => type);
  expect(types).toEqual(
    expect.arrayContaining(['action.rendered', 'action.attempted', 'action.accepted', 'action.succeeded']),
  );
  expect(await shown(asked.run_id, 'run/isolate')).toMatchObject([{ approvalId: asked.id }]);
});

it('of gates in the items of a loop: each item names its own', async () => {
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 10
    steps:
${`${gateStep}  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ host.id }}", scope: full }
`
  .replaceAll(/^/gm, '    ')
  .trimEnd()}
`;
  await corridor.publish(forWholeAlert('sweeping-gates', steps));
  const alert = hostAlert('sweeping-gates', 'sweeping-gates-1', ws0302);
  alert.targets.hosts.push({ id: dc01, name: 'another host' });
  await corridor.sendBody(alert);
  await corridor.rest();
  const asked = [await onlyQuestion(corridor)];
  await sayYes();
  asked.push(await onlyQuestion(corridor));
  await sayYes();
  const named = (await attempted(']/isolate')).filter(({ runId }) => runId === asked[0]?.run_id);
  expect(named.map(({ step, approvalId, planDigest }) => [step, approvalId, planDigest]).toSorted()).toEqual(
    asked.map((each) => [each.step_path.replace('gate', 'isolate'), each.id, each.digest]).toSorted(),
  );
});

it('of a gate in a called playbook', async () => {
  const called = madePlaybook('called-gate', `${gateStep}${isolateStep}`);
  await corridor.publish(called);
  const calling = `  - id: child
    call: called-gate
    with: { host_id: "\${{ inputs.host_id }}" }
`;
  await corridor.publish(madePlaybook('calling-gate', calling));
  await corridor.sendBody(hostAlert('calling-gate', 'calling-gate-1', ws0302));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  await sayYes();
  const named = (await attempted('run/isolate')).filter(({ runId }) => runId === asked.run_id);
  expect(named).toMatchObject([{ approvalId: asked.id, planDigest: asked.digest }]);
});
