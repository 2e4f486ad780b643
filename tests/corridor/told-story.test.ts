import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { readEntry } from '../../engine/core/audit/read-entry.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { defaultTenant, type PersonId } from '../../schemas/ids.ts';
import { exportedNotes, exportedRows } from '../audit/grown-log.ts';
import { origin, sequencerOf, testSigner } from '../audit/open-log.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  db1,
  decide,
  forWholeAlert,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  ws0117,
  ws0244,
} from './questions.ts';

/* What ran on the yes to a whole list tells a story that holds: each action names the yes and exactly what it was about. */

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
  await sequencerOf(corridor.database.sequencer).flush();
  expect(await verifyAudit(corridor.database.app, defaultTenant)).toMatchObject({ ok: true, problems: [] });
  const rows = await exportedRows(corridor.database);
  const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
  const checkpoints = await exportedNotes(corridor.database);
  expect(verifyExport({ entries: () => rows, checkpoints, key, trusted: [] }).findings).toEqual([]);
  return rows.flatMap(({ raw }) => {
    const read = readEntry(Buffer.from(raw ?? ''));
    const ours = read.ok && read.entry.type === 'action.attempted' && read.entry.step?.endsWith(step);
    return ours ? [read.entry] : [];
  });
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
  const planDigest = await sayYes();
  const about = { approvalId: expect.stringMatching(/^apr_/), planDigest };
  expect(await attempted(']/isolate')).toMatchObject([about, about]);
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
