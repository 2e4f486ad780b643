import type { Advancer } from '../../engine/runtime/gather-inbounds.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import type { ApprovalId, PersonId } from '../../schemas/ids.ts';
import type { Corridor } from '../support/corridor.ts';

export interface Asked {
  id: ApprovalId;
  run_id: string;
  step_path: string;
  digest: string;
  state: string;
  ask_number: number;
  approvers: string[];
  quorum: number;
  card: { question: string; targets: { id: string; name: string | null }[] };
}

/** Every question of the corridor in the order it was asked, or those in one state. */
export async function questions(corridor: Corridor, state?: string): Promise<Asked[]> {
  const { rows } = await corridor.database.app.query<Asked>(
    `select id, run_id, step_path, digest, state, ask_number, approvers, quorum, card from approvals
     where $1::text is null or state = $1 order by requested_at, ask_number`,
    [state ?? null],
  );
  return rows;
}

export async function onlyQuestion(corridor: Corridor): Promise<Asked> {
  const [asked, ...more] = await questions(corridor, 'pending');
  if (asked === undefined || more.length > 0) throw new Error(`${more.length} more questions than one`);
  return asked;
}

export function decide(
  corridor: Corridor,
  asked: Asked,
  personId: PersonId,
  decision: 'approve' | 'deny' = 'approve',
  { round = 0, by = corridor.engine.advancer }: { round?: number; by?: Advancer } = {},
): ReturnType<typeof settleApproval> {
  return settleApproval(corridor.engine.parts, by, {
    round,
    signedInAtMs: Date.now(),
    approvalId: asked.id,
    decision,
    digest: asked.digest,
    comment: 'looked at it',
    personId,
    actor: { kind: 'person', id: personId, channel: 'api' },
    requestId: 'test',
  });
}

/** Waits until something asked of the database is so; fails by the test's own time limit's far smaller sister. */
export async function until(what: () => Promise<boolean>): Promise<void> {
  for (let looked = 0; looked < 1_500; looked++) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it never became so');
}

export const ws0117 = 'a0716faee06f3d46eff2077c3a0fd899b6484731';
export const ws0244 = 'f755b9434285cf0ab91f6a9916b573afcdf80d4b';
export const db1 = '5164f6cbe3535ee885919bf9a9d4790d4a70bcb7';
export const dc01 = 'c601b26aedf0e4289ad899f0d15af8cfbd1f502d';
export const tom = '4ae2e9d5-4615-5c86-820a-ec4d21e0ee54';

/** An alert in our own shape that starts a playbook made by `madePlaybook`. */
export function hostAlert(playbookId: string, sourceId: string, hostId: string) {
  return {
    source_id: sourceId,
    title: 'Something happened',
    severity: 'high',
    category: playbookId,
    created_at: '2026-11-20T03:00:00Z',
    incident: { id: '2972399' },
    targets: { hosts: [{ id: hostId, name: 'a host' }] },
  };
}

/** A playbook for one host, started by an alert whose category is its id. */
export function madePlaybook(id: string, steps: string, more = '', mode = 'enforce'): string {
  return `kind: playbook/v1
id: ${id}
title: Made for a test
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
mode: ${mode}
falsepositives: [None]
triggers:
  - id: on_alert
    type: alert.created
    match: alert.category == "${id}"
    each: alert.targets.hosts
    as: host
  - id: by_hand
    type: manual
    targets: [host]
inputs:
  host_id:
    type: string
    from:
      on_alert: \${{ host.id }}
      by_hand: \${{ target.id }}
${more}steps:
${steps}`;
}

/** One run for the whole alert, not one per host. */
export function forWholeAlert(id: string, steps: string): string {
  return madePlaybook(id, steps)
    .replace('    each: alert.targets.hosts\n    as: host\n', '')
    .replace('  - id: by_hand\n    type: manual\n    targets: [host]\n', '')
    .replace(
      '      on_alert: ${{ host.id }}\n      by_hand: ${{ target.id }}',
      '      on_alert: ${{ alert.source_id }}',
    );
}

export const isolateStep = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", scope: full }
`;

export const tellStep = `  - id: tell
    action: chat.post-message
    with: { channel: soc, text: "Looked at it." }
`;

export const lookStep = `  - id: asset
    action: inventory.get-host
    with: { host_id: "\${{ inputs.host_id }}" }
`;

/** Tells the chat what a webhook says was found. */
export const hearsScanner = madePlaybook(
  'hears-scanner',
  `  - id: tell
    action: chat.post-message
    with: { channel: soc, text: "Found \${{ alert.raw.finding }}" }
`,
).replace(/ {2}- id: on_alert[\s\S]*?inputs:[\s\S]*?steps:/, '  - id: heard\n    type: webhook\nsteps:');
