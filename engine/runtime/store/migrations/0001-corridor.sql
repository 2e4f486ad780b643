-- The first schema: everything the corridor from alert to effect needs.
-- tenant_id leads every key. Statuses are words and are checked here, so that no code path,
-- however wrong, can store a state the design does not know. Terminal states are defended by
-- triggers at the end of the file. Times are the database's clock.

create table people (
  tenant_id text not null,
  id text not null,
  name text not null,
  email text,
  roles text[] not null default '{}',
  groups text[] not null default '{}',
  active boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id)
);
create unique index people_by_email on people (tenant_id, lower(email)) where email is not null;

create table tokens (
  tenant_id text not null,
  id text not null,
  hash bytea not null unique,
  kind text not null check (kind in ('person', 'service')),
  person_id text,
  name text not null,
  roles text[] not null default '{}',
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references people (tenant_id, id),
  check ((kind = 'person') = (person_id is not null))
);

create table sign_in_links (
  tenant_id text not null,
  hash bytea not null primary key,
  person_id text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at timestamptz,
  foreign key (tenant_id, person_id) references people (tenant_id, id)
);

create table sessions (
  tenant_id text not null,
  hash bytea not null primary key,
  person_id text not null,
  created_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  foreign key (tenant_id, person_id) references people (tenant_id, id)
);

create table incidents (
  tenant_id text not null,
  id text not null,
  source text not null,
  source_id text not null,
  title text not null,
  severity text not null check (severity in ('informational', 'low', 'medium', 'high', 'critical')),
  status text not null default 'new' check (status in ('new', 'in_progress', 'resolved')),
  classification text,
  owner text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, source, source_id)
);
create index incidents_newest on incidents (tenant_id, created_at desc, id desc);

create table alerts (
  tenant_id text not null,
  id text not null,
  source text not null,
  source_id text not null,
  title text not null,
  severity text not null check (severity in ('informational', 'low', 'medium', 'high', 'critical')),
  category text not null,
  -- The normalised alert exactly as expressions see it, without `raw`; the original is beside it.
  alert json not null,
  raw json,
  -- `per_…` or `tok_…` of whoever delivered it: they do not decide what it asks for.
  sent_by text,
  incident_id text,
  state text not null default 'accepted' check (state in ('accepted', 'matched')),
  received_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, source, source_id),
  foreign key (tenant_id, incident_id) references incidents (tenant_id, id)
);
create index alerts_unmatched on alerts (tenant_id, received_at) where state = 'accepted';
create index alerts_newest on alerts (tenant_id, received_at desc, id desc);

create index alerts_by_incident on alerts (tenant_id, incident_id) where incident_id is not null;

create table alert_targets (
  tenant_id text not null,
  alert_id text not null,
  kind text not null,
  target_id text not null,
  name text,
  primary key (tenant_id, alert_id, kind, target_id),
  foreign key (tenant_id, alert_id) references alerts (tenant_id, id)
);
create index alert_targets_by_target on alert_targets (tenant_id, kind, target_id);

create table playbooks (
  tenant_id text not null,
  id text not null,
  enabled boolean not null default true,
  current_version int not null,
  primary key (tenant_id, id)
);

create table playbook_versions (
  tenant_id text not null,
  playbook_id text not null,
  version int not null,
  semver text not null,
  title text not null,
  source text not null,
  source_sha256 text not null,
  plan json not null,
  digest text not null,
  compiler_version int not null,
  published_by text not null,
  published_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, playbook_id, version)
);
create index playbook_versions_by_digest on playbook_versions (tenant_id, digest);

create table runs (
  tenant_id text not null,
  id text not null,
  playbook_id text not null,
  playbook_version int not null,
  digest text not null,
  compiler_version int not null,
  snapshot_version int not null,
  -- sha256 over playbook, trigger, alert and element: one alert delivered twice starts one run.
  run_key text not null,
  trigger_id text not null,
  alert_id text,
  incident_id text,
  parent_run_id text,
  mode text not null check (mode in ('audit', 'ask', 'enforce')),
  -- BullMQ-style priority, 1 most urgent; from the alert's severity.
  priority int not null check (priority between 1 and 5),
  state text not null check (state in ('queued', 'running', 'waiting', 'undoing', 'succeeded', 'failed', 'denied',
    'cancelled', 'timed-out', 'skipped', 'undone', 'undo-incomplete')),
  -- What the run was given and can never change: alert as expressions see it, inputs, start.
  given json not null,
  waiting_for json,
  reason text,
  outputs json,
  started_by text not null,
  dedupe_key text,
  concurrency_group text,
  concurrency_limit int,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, run_key),
  foreign key (tenant_id, playbook_id, playbook_version) references playbook_versions (tenant_id, playbook_id, version)
);
create index runs_newest on runs (tenant_id, created_at desc, id desc);
create index runs_by_incident on runs (tenant_id, incident_id) where incident_id is not null;
create index runs_by_alert on runs (tenant_id, alert_id);
create index runs_by_dedupe on runs (tenant_id, playbook_id, dedupe_key, created_at desc) where dedupe_key is not null;
create index runs_by_group on runs (tenant_id, concurrency_group, created_at) where concurrency_group is not null
  and state in ('queued', 'running', 'waiting', 'undoing');

create index runs_queued on runs (tenant_id, created_at) where state = 'queued';

create table run_alerts (
  tenant_id text not null,
  run_id text not null,
  alert_id text not null,
  attached_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, run_id, alert_id),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);

create table decision_traces (
  tenant_id text not null,
  alert_id text not null,
  seq int not null,
  playbook_id text not null,
  trigger_id text not null,
  element_key text not null default '',
  outcome text not null check (outcome in ('started', 'queued', 'attached', 'skipped', 'redelivered', 'not-matched',
    'disabled', 'expired', 'error')),
  detail text,
  run_id text,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, alert_id, seq)
);

-- One machine instance. `snapshot` is the encoded machine state (text, read back byte for byte).
create table scopes (
  tenant_id text not null,
  run_id text not null,
  path text not null,
  version int not null,
  snapshot text not null,
  primary key (tenant_id, run_id, path),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);

create table steps (
  tenant_id text not null,
  run_id text not null,
  path text not null,
  position int not null,
  kind text not null,
  name text not null,
  action text,
  status text not null check (status in ('pending', 'active', 'skipped', 'succeeded', 'failed', 'denied', 'cancelled')),
  phase text,
  attempts int not null default 0,
  target_kind text,
  target_id text,
  simulated boolean not null default false,
  outputs json,
  failure json,
  denial json,
  approval json,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (tenant_id, run_id, path),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);

-- One row per attempt. A worker owns it by compare-and-set on `state` and `fence`; every later
-- write names the fence, so a worker that lost its lease can no longer report anything.
create table attempts (
  tenant_id text not null,
  id text not null,
  run_id text not null,
  scope_path text not null,
  step_path text not null,
  purpose text not null check (purpose in ('perform', 'confirm', 'check')),
  number int not null,
  generation int not null default 0,
  action_key text not null,
  action text not null,
  action_version text not null,
  class text not null check (class in ('read', 'notify', 'restore', 'contain', 'eradicate')),
  system text not null,
  connection text not null,
  arguments json not null,
  handle json,
  target_kind text,
  target_id text,
  priority int not null,
  timeout_ms int not null check (timeout_ms between 1 and 900000),
  state text not null default 'queued' check (state in ('queued', 'claimed', 'done', 'lost', 'revoked')),
  fence int not null default 0,
  lease_until timestamptz,
  worker text,
  intent_entry_id text not null,
  outcome json,
  created_at timestamptz not null default clock_timestamp(),
  claimed_at timestamptz,
  finished_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, run_id, step_path, generation, purpose, number),
  foreign key (tenant_id, run_id) references runs (tenant_id, id),
  check (state <> 'claimed' or (lease_until is not null and worker is not null))
);
-- Effect once: two claims of the same effect cannot exist at the same time.
create unique index attempts_one_claim on attempts (tenant_id, action_key) where state = 'claimed';
-- One order per target at a time: two workers that both read "not isolated" would both order it.
create unique index attempts_one_order on attempts (tenant_id, target_kind, target_id)
  where state = 'claimed' and purpose = 'perform' and class in ('restore', 'contain', 'eradicate');
create index attempts_claimed on attempts (lease_until) where state = 'claimed';
create index attempts_newest on attempts (tenant_id, created_at desc, id desc) where purpose = 'perform';
create index attempts_by_run on attempts (tenant_id, run_id, step_path);

-- What still has to reach the queue. The row goes when a worker claims the attempt, so a lost
-- queue (FLUSHALL, truncated tables) only costs the seconds until the reconciler looks again.
create table outbox (
  tenant_id text not null,
  attempt_id text not null,
  system text not null,
  priority int not null,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  sends int not null default 0,
  primary key (tenant_id, attempt_id),
  foreign key (tenant_id, attempt_id) references attempts (tenant_id, id)
);
create index outbox_unsent on outbox (created_at) where sent_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;

create table approvals (
  tenant_id text not null,
  id text not null,
  run_id text not null,
  scope_path text not null,
  step_path text not null,
  ask_number int not null,
  digest text not null,
  -- RFC 8785 bytes of the action plan whose digest is above; what is shown and what is dispatched.
  plan bytea not null,
  card json not null,
  approvers text[] not null,
  quorum int not null check (quorum >= 1),
  separate boolean not null,
  require_comment text not null check (require_comment in ('never', 'on_deny', 'always')),
  -- People who may not decide: requester, last editor of the playbook version.
  excluded text[] not null default '{}',
  state text not null default 'pending' check (state in ('pending', 'granted', 'denied', 'expired', 'cancelled', 'superseded')),
  requested_at timestamptz not null default clock_timestamp(),
  approve_before timestamptz not null,
  execute_before timestamptz,
  ended_at timestamptz,
  consumed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, run_id, step_path, ask_number),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);
create unique index approvals_one_open on approvals (tenant_id, run_id, step_path) where state = 'pending';
create index approvals_open on approvals (tenant_id, approve_before) where state = 'pending';
create index approvals_newest on approvals (tenant_id, requested_at desc, id desc);

create table decisions (
  tenant_id text not null,
  id text not null,
  approval_id text not null,
  person_id text not null,
  decision text not null check (decision in ('approve', 'deny')),
  digest text not null,
  comment text,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  -- One person counts once, however many groups or tokens they have.
  unique (tenant_id, approval_id, person_id),
  foreign key (tenant_id, approval_id) references approvals (tenant_id, id),
  foreign key (tenant_id, person_id) references people (tenant_id, id)
);

create table deadlines (
  tenant_id text not null,
  id text not null,
  run_id text not null,
  scope_path text not null,
  ref text not null,
  kind text not null check (kind in ('expiry', 'escalation', 'deadline', 'delay', 'poll', 'recheck', 'run-timeout')),
  seq int not null default 0,
  due_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, run_id, scope_path, ref, kind, seq),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);
create index deadlines_due on deadlines (due_at);

-- The emergency stop. The rows exist from installation on, because a lock on a missing row locks
-- nothing; dispatch reads them `for share`, so setting one waits for dispatches already under way.
create table stops (
  tenant_id text not null,
  scope text not null check (scope in ('everything', 'system', 'playbook')),
  subject text not null,
  active boolean not null default false,
  generation int not null default 0,
  set_by text,
  set_at timestamptz,
  reason text,
  -- Clearing needs two people: the first one's word waits here.
  clear_requested_by text,
  primary key (tenant_id, scope, subject)
);
insert into stops (tenant_id, scope, subject) values ('default', 'everything', '*');

-- Facts about targets as read actions last saw them; guards and approval cards read these.
create table target_facts (
  tenant_id text not null,
  kind text not null,
  target_id text not null,
  facts json not null,
  read_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, kind, target_id)
);

create table idempotency_keys (
  tenant_id text not null,
  caller text not null,
  key text not null,
  body_sha256 bytea not null,
  status int,
  response json,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, caller, key)
);
create index idempotency_keys_old on idempotency_keys (created_at);

-- Audit (facts: one Merkle log per tenant). Everybody writes `audit_pending`, in the transaction of
-- the change; only the sequencer writes the rest.
create table audit_pending (
  tenant_id text not null,
  id text not null,
  entry bytea not null check (octet_length(entry) <= 16384),
  leaf bytea not null check (octet_length(leaf) = 32),
  enqueued_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id)
);
create index audit_pending_oldest on audit_pending (enqueued_at);

create table audit_log_meta (
  tenant_id text not null,
  log_id text not null,
  origin text not null,
  vkey text,
  min_index bigint not null default 0,
  incarnation int not null default 1,
  -- Raised by each sequencer when it starts and checked in every batch: a paused old one fails its commit.
  epoch bigint not null default 0,
  size bigint not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, log_id)
);

create table audit_log (
  tenant_id text not null,
  log_id text not null,
  idx bigint not null,
  -- Null only after provable truncation.
  entry bytea,
  leaf bytea not null check (octet_length(leaf) = 32),
  entry_id text not null,
  run_id text,
  type text not null,
  at timestamptz not null,
  primary key (tenant_id, log_id, idx),
  unique (tenant_id, log_id, entry_id)
);
create index audit_log_by_run on audit_log (tenant_id, run_id, idx) where run_id is not null;

create table audit_tile (
  tenant_id text not null,
  log_id text not null,
  level int not null,
  n bigint not null,
  hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
  primary key (tenant_id, log_id, level, n)
);

create table audit_checkpoint (
  tenant_id text not null,
  log_id text not null,
  size bigint not null,
  root bytea not null check (octet_length(root) = 32),
  note text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, log_id, size)
);

create table audit_blob (
  tenant_id text not null,
  sha256 bytea not null,
  bytes bytea not null,
  salt bytea,
  media_type text not null,
  delete_after timestamptz,
  primary key (tenant_id, sha256)
);

-- Terminal states never change.
create function refuse_leaving_terminal_state() returns trigger language plpgsql as $$
begin
  raise exception '% %: state % is final and cannot become %', tg_table_name, old.id, old.state, new.state
    using errcode = '23514';
end $$;

create trigger runs_final before update on runs for each row
  when (old.state in ('succeeded', 'failed', 'denied', 'cancelled', 'timed-out', 'skipped', 'undone', 'undo-incomplete')
    and new.state is distinct from old.state and new.state not in ('undoing', 'undone', 'undo-incomplete'))
  execute function refuse_leaving_terminal_state();

create trigger approvals_final before update on approvals for each row
  when (old.state <> 'pending' and new.state is distinct from old.state
    and not (old.state = 'granted' and old.consumed_at is null and new.state in ('superseded', 'cancelled')))
  execute function refuse_leaving_terminal_state();

create trigger attempts_final before update on attempts for each row
  when (old.state in ('done', 'lost', 'revoked') and new.state is distinct from old.state)
  execute function refuse_leaving_terminal_state();

-- An approval's question never changes once asked.
create function refuse_changing_approval() returns trigger language plpgsql as $$
begin
  raise exception 'approval %: what was asked cannot change', old.id using errcode = '23514';
end $$;
-- More approvers may be added by escalation and more people excluded; nothing else moves.
create trigger approvals_fixed
  before update of digest, plan, card, quorum, separate, require_comment, run_id, step_path, ask_number, approvers,
    excluded, approve_before, consumed_at on approvals for each row
  when (old.digest <> new.digest or old.plan <> new.plan or old.quorum <> new.quorum
    or old.card::text <> new.card::text or old.separate <> new.separate or old.require_comment <> new.require_comment
    or old.run_id <> new.run_id or old.step_path <> new.step_path or old.ask_number <> new.ask_number
    or not (old.approvers <@ new.approvers) or not (old.excluded <@ new.excluded)
    or old.approve_before <> new.approve_before
    or (old.consumed_at is not null and old.consumed_at is distinct from new.consumed_at))
  execute function refuse_changing_approval();

-- What was reported stays, a fence never goes back, and an attempt is for what it was made for.
create function refuse_rewriting_attempt() returns trigger language plpgsql as $$
begin
  raise exception 'attempt %: what was ordered and reported cannot change', old.id using errcode = '23514';
end $$;
create trigger attempts_outcome_fixed before update of fence, outcome on attempts for each row
  when (new.fence < old.fence
    or (old.state in ('done', 'lost', 'revoked') and old.outcome::text is distinct from new.outcome::text))
  execute function refuse_rewriting_attempt();
create trigger attempts_order_fixed before update of action_key, action, arguments, class, connection, target_id
  on attempts for each row
  execute function refuse_rewriting_attempt();

-- A run keeps what it was given and pinned to (invariant 5).
create function refuse_changing_pins() returns trigger language plpgsql as $$
begin
  raise exception 'run %: what it was given and pinned to cannot change', old.id using errcode = '23514';
end $$;
create trigger runs_pinned before update of given, digest, playbook_id, playbook_version, compiler_version, run_key
  on runs for each row
  execute function refuse_changing_pins();

-- The log is append-only. Row triggers do not see truncate, hence the statement trigger; the proof
-- against an owner who drops both is the Merkle tree.
create function refuse_changing_audit() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only: % on % is refused', tg_op, tg_table_name using errcode = '42501';
end $$;
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function refuse_changing_audit();
create trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function refuse_changing_audit();
create trigger audit_checkpoint_append_only before update or delete on audit_checkpoint
  for each row execute function refuse_changing_audit();
create trigger audit_checkpoint_no_truncate before truncate on audit_checkpoint
  for each statement execute function refuse_changing_audit();
create trigger audit_tile_no_delete before delete on audit_tile
  for each row execute function refuse_changing_audit();
create trigger audit_tile_no_truncate before truncate on audit_tile
  for each statement execute function refuse_changing_audit();
create trigger decisions_append_only before update or delete on decisions
  for each row execute function refuse_changing_audit();

-- Tiles and the log's size only grow.
create function refuse_shrinking_audit() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log only grows: % is refused', tg_table_name using errcode = '42501';
end $$;
create trigger audit_tile_grows before update on audit_tile for each row
  when (substring(new.hashes from 1 for octet_length(old.hashes)) <> old.hashes)
  execute function refuse_shrinking_audit();
create trigger audit_log_meta_grows before update on audit_log_meta for each row
  when (new.size < old.size or new.epoch < old.epoch)
  execute function refuse_shrinking_audit();

-- Rights. The owner migrates; the application and the sequencer own nothing.
grant usage on schema riposte to riposte_app, riposte_sequencer;
grant select, insert, update, delete on people, tokens, sign_in_links, sessions, incidents, alerts, alert_targets,
  playbooks, playbook_versions, runs, run_alerts, decision_traces, scopes, steps, attempts, outbox, approvals,
  deadlines, stops, target_facts, idempotency_keys to riposte_app;
grant select, insert on decisions, audit_blob to riposte_app;
grant select, insert on audit_pending to riposte_app;
grant select on audit_log, audit_tile, audit_checkpoint, audit_log_meta to riposte_app;
revoke delete on playbook_versions, runs, approvals, attempts, stops from riposte_app;
revoke update on playbook_versions from riposte_app;

grant select, delete on audit_pending to riposte_sequencer;
grant select, insert on audit_log, audit_checkpoint to riposte_sequencer;
grant select, insert, update on audit_tile, audit_log_meta to riposte_sequencer;
