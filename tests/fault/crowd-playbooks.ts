/*
 * Small playbooks over the crowd of the lab. Short attempts, so that a lost one is noticed within
 * seconds; many of them, because here it is the process that dies and not the target.
 */

const patience = 'retry: { max_attempts: 20, backoff: fixed, initial: 1s }';

/** One after the other: a read, an effect that takes time, a comment that must not appear twice. */
export const hostPlaybook = `
kind: playbook/v1
id: crowd-host
title: Isolate a host of the crowd
description: Looks the host up, isolates it, says so.
status: stable
version: 1.0.0
author: tests
mode: enforce
triggers:
  - id: alert
    type: alert.created
    match: alert.category == "ransomware"
    each: alert.targets.hosts
    as: host
inputs:
  host_id: { type: string, from: { alert: "\${{ host.id }}" } }
  incident_id: { type: string, from: { alert: "\${{ alert.incident.id }}" } }
defaults: { ${patience} }
steps:
  - id: asset
    action: inventory.get-host
    timeout: 2s
    with: { host_id: "\${{ inputs.host_id }}" }
  - id: isolate
    action: edr.isolate-host
    timeout: 2s
    with: { host_id: "\${{ inputs.host_id }}", comment: "Run \${{ run.id }}" }
  - id: note
    action: incident.add-comment
    timeout: 2s
    with: { incident_id: "\${{ inputs.incident_id }}", text: "\${{ steps.asset.outputs.name }} is isolated." }
`;

/** Two effects on one account at the same time, one of which nobody can look up afterwards. */
export const userPlaybook = `
kind: playbook/v1
id: crowd-user
title: Contain an account of the crowd
description: Disables the account and ends its sessions.
status: stable
version: 1.0.0
author: tests
mode: enforce
triggers:
  - id: alert
    type: alert.created
    match: alert.category == "credential-theft"
    each: alert.targets.users
    as: person
inputs:
  user_id: { type: string, from: { alert: "\${{ person.id }}" } }
defaults: { ${patience} }
steps:
  - id: account
    action: directory.get-user
    timeout: 2s
    with: { user_id: "\${{ inputs.user_id }}" }
  - id: cut_off
    parallel:
      sign_in:
        - id: disable
          action: directory.disable-user
          timeout: 2s
          with: { user_id: "\${{ inputs.user_id }}" }
      sessions:
        - id: revoke
          action: directory.revoke-sessions
          timeout: 2s
          with: { user_id: "\${{ inputs.user_id }}" }
    join: all
`;
