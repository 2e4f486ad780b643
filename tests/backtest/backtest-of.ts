import { createRegistry } from '../../actions/registry.ts';
import { Backtest, type Backtested } from '../../engine/core/backtest/backtest.ts';
import type { Around, Version } from '../../engine/core/backtest/play-version.ts';
import type { PastAlert } from '../../engine/core/backtest/would-match.ts';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { connectionsOf } from '../../engine/core/cases/playbook-under-test.ts';
import { atOnce } from '../../engine/core/compile/in-pieces.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { JsonObject } from '../../schemas/json.ts';

/** A playbook for hosts of alerts; what is given replaces or adds to its upper part. */
export function hostPlaybook(more: string, steps: string, match = 'alert.severity == "high"'): string {
  return `kind: playbook/v1
id: tried
title: Tried
description: Made for one test.
status: stable
version: 1.0.0
author: Blue Team
owner: group:soc
mode: enforce
falsepositives: [None]
triggers:
  - { id: on_alert, type: alert.created, match: '${match}', each: alert.targets.hosts, as: host }
inputs:
  host_id: { type: string, from: { on_alert: '\${{ host.id }}' } }
${more}
steps:
${steps}`;
}

export const isolate = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: '\${{ inputs.host_id }}', comment: backtest }
    lease: 72h
    approval: { ask: Isolate it?, approvers: [group:soc] }
`;

export const tell = `  - id: tell
    action: chat.post-message
    with: { channel: soc, text: seen }
`;

let numbers = 0;

/** @param minute after the beginning of a day */
export function pastAlert(minute: number, hosts: string[], more: JsonObject = {}): PastAlert {
  numbers += 1;
  const id = `alr_${String(numbers).padStart(6, '0')}`;
  const atMs = Date.parse('2026-11-20T00:00:00Z') + minute * 60_000;
  const alert = {
    id,
    source: 'scanner',
    source_id: id,
    title: `Alert ${id}`,
    severity: 'high',
    category: 'malware',
    created_at: new Date(atMs).toISOString(),
    targets: { hosts: hosts.map((host) => ({ id: host, name: host })) },
    raw: null,
    ...more,
  };
  return { id, atMs, title: alert.title, alert };
}

export function versionOf(text: string): { version: Version; connections: Around['connections'] } {
  const compiled = new CompiledSet([{ file: 'tried.yaml', text }], manifestsOf(createRegistry())).get(
    'tried.yaml',
  );
  if (compiled?.ok !== true)
    throw new Error(compiled?.diagnostics.map(({ line, message }) => `${line}: ${message}`).join('; '));
  return {
    version: { loaded: compiled.under.loaded, children: {} },
    connections: connectionsOf(compiled.under),
  };
}

export function backtestOf(
  texts: { inForce?: string; candidate?: string },
  alerts: readonly PastAlert[],
  around: Partial<Around> = {},
  looksMost?: number,
): Backtested {
  const inForce = texts.inForce === undefined ? null : versionOf(texts.inForce);
  const candidate = texts.candidate === undefined ? null : versionOf(texts.candidate);
  const connections = { ...inForce?.connections, ...candidate?.connections };
  const backtest = new Backtest(
    { inForce: inForce?.version ?? null, candidate: candidate?.version ?? null },
    { routing: null, guardrails: null, connections, ...around },
    looksMost,
  );
  for (const alert of alerts) atOnce(backtest.take(alert));
  return backtest.result();
}
