-- Rows of hot statements in the binary format, one type per statement; see engine/runtime/store/row-type.ts.
create type new_alert as (
  id text, source text, source_id text, title text, severity text, category text, alert json, raw json,
  incident_id text, sent_by text
);
create type new_alert_target as (
  alert text, kind text, id text, name text
);
create type new_incident as (
  id text, source text, source_id text, title text, severity text
);
create type new_signal as (
  id text, type text, data json, alert json, alert_id text, incident_id text, mark text, chain int, playbook_id text,
  trigger_id text, source_key text, caused_by text
);
create type event_value as (
  place int, type text, path text, value text
);
create type trace_line as (
  event_id text, playbook_id text, trigger_id text, element_key text, outcome text, code text, detail text,
  run_id text
);
create type new_run as (
  id text, playbook_id text, playbook_version int, digest text, compiler_version int, snapshot_version int,
  run_key text, trigger_id text, alert_id text, incident_id text, mode text, asked_mode text, priority int,
  state text, given text, started_by text, dedupe_key text, concurrency_group text, concurrency_limit int,
  parent_run_id text, parent_scope text, parent_ref text, attached boolean, depth int, chain int, signal_id text,
  restart_of text, snapshot text
);
create type changed_run as (
  id text, state text, reason text, outputs json, outcome text, waiting_for json, ended boolean
);
create type moved_scope as (
  run_id text, path text, version int, snapshot text, live text, result json, due json, alarm_ms bigint
);
create type changed_step as (
  run_id text, path text, status text, phase text, attempts int, target_kind text, target_id text, simulated boolean,
  outputs json, failure json, denial json, approval json, started_ms bigint, finished_ms bigint
);
create type new_step as (
  scope_path text, position int, place int[], kind text, name text, action text, run_id text, path text, status text,
  phase text, attempts int, target_kind text, target_id text, simulated boolean, outputs json, failure json,
  denial json, approval json, started_ms bigint, finished_ms bigint
);
create type new_attempt as (
  id text, run_id text, scope_path text, step_path text, purpose text, number int, generation int, action_key text,
  action text, action_version text, class text, system text, connection text, arguments json, handle json,
  target_kind text, target_id text, priority int, timeout_ms int, intent_entry_id text, look json, wanted boolean
);
create type new_pack as (
  first int, ids text[], lengths int[], entries bytea, leaves bytea
);
create type sealed_entry as (
  entry bytea, leaf bytea, entry_id text, run_id text, type text, at text
);
create type grown_tile as (
  level int, n bigint, hashes bytea
);
create type reported_attempt as (
  id text, fence int, outcome json
);

-- Whoever looks for claimed attempts may look for their leases.
alter table attempts add constraint attempts_lease_while_claimed check ((state = 'claimed') = (lease_until is not null));
