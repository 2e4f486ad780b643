import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { crowdHostId, crowdUserId } from '../../examples/lab/seed/grow-crowd.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import { type Scene, testActor } from './open-scene.ts';

/* What the storm of `storm.test.ts` falls upon: playbooks, one limit, people with tokens, and its alerts. */

const retry = 'defaults: { retry: { max_attempts: 20, backoff: fixed, initial: 1s } }';

function playbook(id: string, kind: 'host' | 'user', step: string, more = ''): string {
  return `
kind: playbook/v1
id: ${id}
title: Part of a storm
description: Made for a test.
status: stable
version: 1.0.0
author: tests
owner: group:soc
mode: enforce
triggers:
  - id: alert
    type: alert.created
    match: alert.category == "${id}"
    each: alert.targets.${kind}s
    as: one
inputs:
  id: { type: string, from: { alert: "\${{ one.id }}" } }
${more}${retry}
steps:
  - id: only
    timeout: 2s
${step}`;
}

const isolate = `    action: edr.isolate-host
    with: { host_id: "\${{ inputs.id }}", comment: "Run \${{ run.id }}" }
`;
const disable = `    action: directory.disable-user
    with: { user_id: "\${{ inputs.id }}" }
`;
const look = `    action: inventory.get-host
    with: { host_id: "\${{ inputs.id }}" }
`;
const dedupe = `dedupe: { key: "\${{ inputs.id }}", window: 6h, on_duplicate: attach }
`;
const question = `    approval: { ask: "Disable it?", why: Made for a test, approvers: [group:soc] }
`;

/** The five of the storm; two of them share the limit. */
export const stormPlaybooks = [
  'storm-worm',
  'storm-wiper',
  'storm-theft',
  'storm-scan',
  'storm-look',
] as const;

const sources = [
  playbook('storm-worm', 'host', isolate),
  playbook('storm-wiper', 'host', isolate),
  playbook('storm-theft', 'user', disable),
  playbook('storm-scan', 'host', look, dedupe),
  playbook('storm-look', 'host', look),
  playbook('before-the-storm', 'user', disable),
  playbook('asked-before', 'user', disable + question),
];

export async function prepareStorm({ parts }: Scene, limit: number): Promise<Tokens> {
  for (const source of sources) {
    const published = await publishPlaybook(parts, {
      source,
      file: 'storm.yaml',
      expectedId: null,
      actor: testActor,
      requestId: 'test',
      registry: manifestsOf(createRegistry()),
    });
    if (!published.ok) throw new Error(JSON.stringify(published));
  }
  const identity = openIdentity({ database: parts.database, tenant: defaultTenant, mint: mintId });
  const by = { actor: testActor };
  const token = async (personId: string | null, name: string, role: 'operator' | 'approver' | 'analyst') => {
    const made = await identity.createToken(by, { personId: personId as never, name, roles: [role] });
    if (!made.ok) throw new Error(made.detail);
    return made.secret;
  };
  const person = async (name: string, role: 'operator' | 'approver') => {
    const created = await identity.createPerson(by, {
      name,
      email: `${name}@example.test`,
      roles: [role],
      groups: ['soc'],
    });
    if (!created.ok) throw new Error(created.detail);
    return { id: created.person.id, token: await token(created.person.id, name, role) };
  };
  const olga = await person('olga', 'operator');
  const published = await publishGuardrails(parts, {
    personId: olga.id,
    actor: { kind: 'person', id: olga.id, channel: 'api' },
    requestId: 'test',
    file: 'guardrails.yaml',
    version: 0,
    source: `kind: guardrails/v1
limits:
  - { id: hosts_hour, classes: [contain], target_kind: host, targets: ${limit}, per: 1h, on_exceed: ask, reason: A wave of isolations, approvers: ["group:soc"], quorum: 2 }
`,
  });
  if (!published.ok) throw new Error(published.detail);
  return {
    sender: await token(null, 'siem', 'analyst'),
    olga: olga.token,
    otto: (await person('otto', 'operator')).token,
    bo: (await person('bo', 'approver')).token,
  };
}

export interface Tokens {
  sender: string;
  /** Operators: a stop is lifted by two. */
  olga: string;
  otto: string;
  bo: string;
}

/** Alert `n` of a playbook of the storm. Hosts of the two that contain are not each other's. */
export function stormAlert(id: string, n: number, place: number): Json {
  return id === 'storm-worm' || id === 'storm-wiper' || id === 'storm-look' || id === 'storm-scan'
    ? alertOf(id, n, { hosts: [{ id: crowdHostId(place), name: `crowd-${place}` }] })
    : alertOf(id, n, { users: [{ id: crowdUserId(place), name: `crowd-${place}` }] });
}

function alertOf(id: string, n: number, targets: Json): Json {
  return {
    source_id: `${id}-${n}`,
    title: `Part of a storm, ${n}`,
    severity: ['high', 'critical', 'medium'][n % 3] ?? 'high',
    category: id,
    created_at: '2026-11-20T10:00:00Z',
    incident: { id: '2972399' },
    targets,
  };
}
