-- Scopes with messages, holds, undo records, budgets, signals (decision record 0011).

-- A scope: one machine instance. `given` is the ScopeGiven without frame and item.
alter table scopes
  add column kind text not null default 'run' check (kind in ('run', 'loop', 'item', 'round', 'undo')),
  add column body text not null default 'run',
  add column parent text,
  -- Path of the block whose frame this scope sees.
  add column frame_path text,
  add column idx int,
  -- LoopItem of an item or an undo.
  add column item json,
  -- Where it stands in the run's list of steps: positions and item numbers from the outside in.
  add column place int[] not null default '{}',
  -- `created`: an item that has not been begun; it has no snapshot yet.
  add column live text not null default 'running' check (live in ('created', 'running', 'waiting', 'ended')),
  add column result json,
  alter column snapshot drop not null;
create index scopes_running on scopes (tenant_id, run_id) where live = 'running';
create index scopes_undoing on scopes (tenant_id, run_id) where kind = 'loop' and body = 'undo' and live <> 'ended';
create index scopes_of_record on scopes (tenant_id, (item->'value'->>'id')) where kind = 'undo' and live <> 'ended';
create index scopes_of_loop on scopes (tenant_id, run_id, parent, idx) where parent is not null;

-- What a body sees of the outside, frozen when its block began: one row per block. Never changes.
create table frames (
  tenant_id text not null,
  run_id text not null,
  path text not null,
  frame json not null,
  -- LoopOrder of loops; null for rounds.
  loop json,
  primary key (tenant_id, run_id, path),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);

-- What one scope tells another: written in the sender's transaction, deleted in the receiver's.
create table messages (
  tenant_id text not null,
  id bigint generated always as identity,
  run_id text not null,
  scope_path text not null,
  event json not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);
create index messages_by_scope on messages (tenant_id, run_id, scope_path, id);

alter table steps
  add column scope_path text not null default 'run',
  -- `scopes.place` and the step's position in the plan: ordering by it lists items one after the other.
  add column place int[] not null default '{}',
  add column undo text check (undo in ('undone', 'retained', 'left-as-found', 'irreversible', 'undo-failed'));

-- The run has ended its wish for it: the worker that has it breaks its request off.
alter table attempts add column abort_asked boolean not null default false;

alter table runs
  add column parent_ref text,
  add column parent_scope text,
  add column attached boolean not null default false,
  add column depth int not null default 0,
  add column chain int not null default 0,
  add column restart_of text,
  -- How the run itself ended, whatever was taken back afterwards.
  add column outcome text,
  -- The loop that takes an ended run back; null unless the run is `undoing` after its end.
  add column undo_scope text,
  add column signal_id text,
  -- The place in the concurrency group. `away`: given back for a wait; `returning`: wants it again, ahead of newcomers.
  add column place text not null default 'held' check (place in ('held', 'away', 'returning')),
  add column place_wanted_at timestamptz;
create index steps_held on steps (tenant_id, target_kind, target_id) where phase = 'held';
create index steps_in_order on steps (tenant_id, run_id, place, path);
create index runs_by_parent on runs (tenant_id, parent_run_id) where parent_run_id is not null;
create index runs_returning on runs (tenant_id, place_wanted_at) where place = 'returning';

alter table deadlines drop constraint deadlines_kind_check;
alter table deadlines add constraint deadlines_kind_check check (kind in ('expiry', 'escalation', 'deadline', 'delay',
  'poll', 'recheck', 'run-timeout', 'wait', 'every'));

-- Things that happened and may start runs or end waits: everything but `alert.created`, which is its alert.
create table signals (
  tenant_id text not null,
  id text not null,
  type text not null check (type in ('alert.updated', 'incident.created', 'incident.updated', 'run.failed', 'webhook')),
  -- What `signal` is in `wait.match`; with `alert`, what triggers see.
  data json not null,
  alert json not null,
  alert_id text,
  incident_id text,
  -- Playbook whose own doing this is, if any: its triggers ignore it.
  mark text,
  chain int not null default 0,
  state text not null default 'accepted' check (state in ('accepted', 'matched')),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id)
);
create index signals_unmatched on signals (tenant_id, at) where state = 'accepted';
create index signals_recent on signals (tenant_id, type, at desc);

-- Waits for signals. `key_path` is below `signal` (`incident.id`); null means every signal of the type is tried.
create table subscriptions (
  tenant_id text not null,
  run_id text not null,
  scope_path text not null,
  ref text not null,
  type text not null,
  key_path text,
  key_value text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, run_id, ref),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);
create index subscriptions_by_key on subscriptions (tenant_id, type, key_path, key_value);

-- What a success left behind so that it can be taken back. `seq` orders over all runs.
create table undo_records (
  tenant_id text not null,
  id text not null,
  seq bigint generated always as identity,
  run_id text not null,
  scope_path text not null,
  step_path text not null,
  step_name text not null,
  -- Grows with each try to take it back, so that each try is an effect of its own.
  generation int not null default 0,
  action text not null,
  action_key text not null,
  connection text not null,
  target_kind text,
  target_id text,
  effect text,
  origin text not null check (origin in ('ours', 'found', 'unknown')),
  inverse json not null,
  loop json,
  state text not null default 'done' check (state in ('done', 'undoing', 'undone', 'retained', 'left-as-found',
    'irreversible', 'undo-failed')),
  -- When the run let go of its hold; from then until `settled_at` the effect is being undone.
  released_at timestamptz,
  lease_until timestamptz,
  lease_warn_ms bigint,
  lease_at_end text check (lease_at_end in ('release', 'ask')),
  -- From when the lease counts: a no at its end lets it run as long again.
  leased_at timestamptz not null default clock_timestamp(),
  -- When its owner is to be warned; null once that was done.
  lease_warn_at timestamptz,
  -- The loop that asks whether to release it. Whoever takes the record up otherwise, or renews, empties it.
  lease_asked text,
  -- How often it ended.
  lease_ends int not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, action_key),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);
create index undo_records_by_run on undo_records (tenant_id, run_id, seq desc);
create index undo_records_releasing on undo_records (tenant_id, effect, target_kind, target_id) where state = 'undoing';
create index undo_records_leases on undo_records (tenant_id, lease_until)
  where lease_until is not null and lease_asked is null and state = 'done';
create index undo_records_warnings on undo_records (tenant_id, lease_warn_at)
  where lease_warn_at is not null and state = 'done';

-- Who wants an effect on a target. `wanted` from dispatch on, `held` after success; gone when released or dropped.
-- `unreleased`: its undo failed, so the effect is still there although its run wants it no more.
create table holds (
  tenant_id text not null,
  effect text not null,
  target_kind text not null,
  target_id text not null,
  run_id text not null,
  step_path text not null,
  state text not null check (state in ('wanted', 'held', 'unreleased')),
  origin text check (origin in ('ours', 'found', 'unknown')),
  since timestamptz not null default clock_timestamp(),
  primary key (tenant_id, effect, target_kind, target_id, run_id, step_path),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);
create index holds_by_run on holds (tenant_id, run_id);

-- Targets counted against the budgets of guards: one row per budget, target and reservation.
create table reservations (
  tenant_id text not null,
  budget text not null,
  target text not null,
  run_id text not null,
  step_path text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, budget, target, run_id, step_path),
  foreign key (tenant_id, run_id) references runs (tenant_id, id)
);
create index reservations_by_budget on reservations (tenant_id, budget, at);

-- Which trigger could be started by what. A row per trigger of a current version, with what its `match` demands.
create table triggers_index (
  tenant_id text not null,
  playbook_id text not null,
  trigger_id text not null,
  type text not null,
  -- The need that narrows most (`alert.category`); null: has to be tried on every event of the type.
  need_path text,
  need_value text not null default '',
  primary key (tenant_id, playbook_id, trigger_id, need_value),
  foreign key (tenant_id, playbook_id) references playbooks (tenant_id, id)
);
create index triggers_index_by_need on triggers_index (tenant_id, type, need_path, need_value);

-- The operator's routing file, newest version is in force (language reference 11.2).
create table routing_versions (
  tenant_id text not null,
  version int not null,
  source text not null,
  routing json not null,
  published_by text not null,
  published_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, version)
);

-- Functions, because each takes a lock and must then read what was committed while it waited: inside
-- a volatile function every statement has a snapshot of its own, and the caller pays one round trip.

-- Whether another run's undo of this effect is under way. Until the caller's transaction ends, none can begin.
create function effect_is_undone(tenant text, wanted_effect text, kind text, target text) returns boolean
language plpgsql volatile set search_path = riposte, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(concat_ws('/', tenant, 'hold', wanted_effect, kind, target), 0));
  return exists (select 1 from undo_records u where u.tenant_id = tenant and u.effect = wanted_effect
    and u.target_kind = kind and u.target_id = target and u.state = 'undoing' and u.released_at is not null
    -- One that waits asks for the holds again before it goes out.
    and not exists (select 1 from scopes sc join steps st on st.tenant_id = sc.tenant_id and st.run_id = sc.run_id
        and st.path = sc.path || '/inverse'
      where sc.tenant_id = tenant and sc.kind = 'undo' and sc.live <> 'ended' and sc.item->'value'->>'id' = u.id
        and st.phase in ('asking', 'held', 'backing-off')));
end $$;

-- Counts a target against a budget. False, and nothing is kept, when it would be one target too many.
create function reserve_target(tenant text, budget_key text, counted text, run text, step text, targets_max int,
  window_ms bigint) returns boolean
language plpgsql volatile set search_path = riposte, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(concat_ws('/', tenant, 'budget', budget_key), 0));
  if not exists (select 1 from reservations r where r.tenant_id = tenant and r.budget = budget_key
      and r.target = counted and r.at > clock_timestamp() - make_interval(secs => window_ms / 1000.0))
    and (select count(distinct r.target) from reservations r where r.tenant_id = tenant and r.budget = budget_key
      and r.at > clock_timestamp() - make_interval(secs => window_ms / 1000.0)) >= targets_max
  then
    return false;
  end if;
  insert into reservations (tenant_id, budget, target, run_id, step_path) values (tenant, budget_key, counted, run, step)
  on conflict (tenant_id, budget, target, run_id, step_path) do update set at = excluded.at;
  return true;
end $$;

-- The state of live runs from their scopes (language reference 9.3). The runs are locked first, so that of two
-- transactions that change two scopes the second one sees what the first one wrote.
create function settle_run_states(tenant text, ids text[]) returns void
language plpgsql volatile set search_path = riposte, pg_temp as $$
begin
  perform 1 from runs r where r.tenant_id = tenant and r.id = any(ids) order by r.id for no key update;
  update runs r set state = now.state
  from (
    select i.id, case
      when exists (select 1 from scopes s where s.tenant_id = tenant and s.run_id = i.id and s.kind = 'loop'
        and s.body = 'undo' and s.parent is not null and s.live <> 'ended') then 'undoing'
      when exists (select 1 from scopes s where s.tenant_id = tenant and s.run_id = i.id and s.live = 'running')
        or exists (select 1 from messages m where m.tenant_id = tenant and m.run_id = i.id) then 'running'
      else 'waiting' end as state
    from unnest(ids) as i(id)
  ) now
  where r.tenant_id = tenant and r.id = now.id and r.state in ('running', 'waiting', 'undoing') and r.state <> now.state
    and r.undo_scope is null;
end $$;

grant select, insert, update, delete on frames, messages, signals, subscriptions, undo_records, holds, reservations,
  triggers_index to riposte_app;
grant select, insert on routing_versions to riposte_app;
revoke delete on undo_records, signals from riposte_app;
revoke update on frames, messages from riposte_app;
