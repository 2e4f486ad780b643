import { rowType } from '../row-type.ts';

/* What hot statements take as rows. The types in the schema have the same columns in the same order; a test compares them. */

export const newAlert = rowType('new_alert', {
  id: 'text',
  source: 'text',
  source_id: 'text',
  title: 'text',
  severity: 'text',
  category: 'text',
  alert: 'json',
  raw: 'json',
  incident_id: 'text',
  sent_by: 'text',
});

export const newAlertTarget = rowType('new_alert_target', {
  alert: 'text',
  kind: 'text',
  id: 'text',
  name: 'text',
});

export const newIncident = rowType('new_incident', {
  id: 'text',
  source: 'text',
  source_id: 'text',
  title: 'text',
  severity: 'text',
});

export const newSignal = rowType('new_signal', {
  id: 'text',
  type: 'text',
  data: 'json',
  alert: 'json',
  alert_id: 'text',
  incident_id: 'text',
  mark: 'text',
  chain: 'int',
  playbook_id: 'text',
  trigger_id: 'text',
  source_key: 'text',
  caused_by: 'text',
});

/** One of the values that an event can be found by; `place` is the event's. */
export const eventValue = rowType('event_value', {
  place: 'int',
  type: 'text',
  path: 'text',
  value: 'text',
});

export const traceLine = rowType('trace_line', {
  event_id: 'text',
  playbook_id: 'text',
  trigger_id: 'text',
  element_key: 'text',
  outcome: 'text',
  code: 'text',
  detail: 'text',
  run_id: 'text',
});

export const newRun = rowType('new_run', {
  id: 'text',
  playbook_id: 'text',
  playbook_version: 'int',
  digest: 'text',
  compiler_version: 'int',
  snapshot_version: 'int',
  run_key: 'text',
  trigger_id: 'text',
  alert_id: 'text',
  incident_id: 'text',
  mode: 'text',
  asked_mode: 'text',
  priority: 'int',
  state: 'text',
  given: 'text',
  started_by: 'text',
  dedupe_key: 'text',
  concurrency_group: 'text',
  concurrency_limit: 'int',
  parent_run_id: 'text',
  parent_scope: 'text',
  parent_ref: 'text',
  attached: 'boolean',
  depth: 'int',
  chain: 'int',
  signal_id: 'text',
  restart_of: 'text',
  snapshot: 'text',
  alert_sha256: 'bytea',
});

/** What several runs were given, once. */
export const givenAlertRow = rowType('given_alert', {
  sha256: 'bytea',
  alert: 'text',
});

export const changedRun = rowType('changed_run', {
  id: 'text',
  state: 'text',
  reason: 'text',
  outputs: 'json',
  outcome: 'text',
  waiting_for: 'json',
  ended: 'boolean',
});

export const movedScope = rowType('moved_scope', {
  run_id: 'text',
  path: 'text',
  version: 'int',
  snapshot: 'text',
  live: 'text',
  result: 'json',
  due: 'json',
  alarm_ms: 'bigint',
});

const whatChanges = {
  run_id: 'text',
  path: 'text',
  status: 'text',
  phase: 'text',
  attempts: 'int',
  target_kind: 'text',
  target_id: 'text',
  simulated: 'boolean',
  outputs: 'json',
  failure: 'json',
  denial: 'json',
  approval: 'json',
  started_ms: 'bigint',
  finished_ms: 'bigint',
} as const;

export const changedStep = rowType('changed_step', whatChanges);

export const newStep = rowType('new_step', {
  scope_path: 'text',
  position: 'int',
  place: 'int[]',
  kind: 'text',
  name: 'text',
  action: 'text',
  ...whatChanges,
});

/** `wanted`: a worker of this process would take it up at once. */
export const newAttempt = rowType('new_attempt', {
  id: 'text',
  run_id: 'text',
  scope_path: 'text',
  step_path: 'text',
  purpose: 'text',
  number: 'int',
  generation: 'int',
  action_key: 'text',
  action: 'text',
  action_version: 'text',
  class: 'text',
  system: 'text',
  connection: 'text',
  arguments: 'json',
  handle: 'json',
  target_kind: 'text',
  target_id: 'text',
  priority: 'int',
  timeout_ms: 'int',
  intent_entry_id: 'text',
  look: 'json',
  wanted: 'boolean',
  claim_before_ms: 'bigint',
});

/** The last word about one step's hold. */
export const saidHold = rowType('said_hold', {
  effect: 'text',
  target_kind: 'text',
  target_id: 'text',
  run_id: 'text',
  step_path: 'text',
  state: 'text',
  origin: 'text',
});

export const newUndoRecord = rowType('new_undo_record', {
  id: 'text',
  run_id: 'text',
  scope_path: 'text',
  step_path: 'text',
  step_name: 'text',
  generation: 'int',
  action: 'text',
  action_key: 'text',
  connection: 'text',
  target_kind: 'text',
  target_id: 'text',
  effect: 'text',
  origin: 'text',
  inverse: 'json',
  loop: 'json',
  lease_until_ms: 'bigint',
  lease_warn_ms: 'bigint',
  lease_at_end: 'text',
  arguments: 'json',
  left_behind: 'json',
});

export const newReservation = rowType('new_reservation', {
  budget: 'text',
  target: 'text',
  run_id: 'text',
  step_path: 'text',
  most: 'int',
  per_ms: 'bigint',
});

/** Entries that wait for their index, as `packEntries` lays them out; `first` is the place of its first one, from 1. */
export const newPack = rowType('new_pack', {
  first: 'int',
  ids: 'text[]',
  lengths: 'int[]',
  entries: 'bytea',
  leaves: 'bytea',
});

export const sealedEntry = rowType('sealed_entry', {
  entry: 'bytea',
  leaf: 'bytea',
  entry_id: 'text',
  run_id: 'text',
  type: 'text',
  at: 'text',
});

export const grownTile = rowType('grown_tile', {
  level: 'int',
  n: 'bigint',
  hashes: 'bytea',
});

export const reportedAttempt = rowType('reported_attempt', {
  id: 'text',
  fence: 'int',
  outcome: 'json',
});
