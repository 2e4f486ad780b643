-- Retention of rows (decision record 0040): what is over goes, whole, through one function that judges by itself.

-- What goes on, since when, and what came of it. One row per tenant; only `days` is the application's word.
create table retention (
  tenant_id text primary key,
  -- As the engine that started last was told; null: everything stays.
  days int check (days between 31 and 36500),
  -- The kind of thing that is looked through now, and the place behind which to go on.
  stage int not null default 1,
  after_at timestamptz not null default '-infinity',
  after_id text not null default '',
  -- Of the round under way: what went, and how many older things stay for which reason.
  round_removed jsonb not null default '{}',
  round_kept jsonb not null default '{}',
  -- Of the last round that was gone through to its end.
  ended_at timestamptz,
  before timestamptz,
  removed jsonb not null default '{}',
  kept jsonb not null default '{}',
  -- When anything went last.
  removed_at timestamptz
);
insert into retention (tenant_id) values ('default');

-- What sources called the alerts and incidents that went: delivered again, they are the same and start nothing.
create table gone_names (
  tenant_id text not null,
  kind text not null check (kind in ('alert', 'incident')),
  source text not null,
  source_id text not null,
  id text not null,
  -- SHA-256 of what an alert said last, as it was stored; null for incidents.
  digest bytea check (octet_length(digest) = 32 and kind = 'alert' or digest is null and kind = 'incident'),
  went_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, kind, source, source_id),
  unique (tenant_id, id)
);
create index gone_names_oldest on gone_names (tenant_id, went_at);

-- What people's keys signed for questions that went: the log names it for ever, and auditors check it there.
create table gone_evidence (
  tenant_id text not null,
  approval_id text not null,
  -- The decision, or the approval itself where somebody broke the glass.
  word_id text not null,
  run_id text not null,
  person_id text not null,
  at timestamptz not null,
  passkey_id text not null,
  evidence bytea,
  shared text,
  primary key (tenant_id, approval_id, word_id),
  foreign key (tenant_id, person_id) references people (tenant_id, id),
  foreign key (tenant_id, passkey_id) references passkeys (tenant_id, id),
  foreign key (tenant_id, shared) references shared_evidence (tenant_id, hash),
  check ((evidence is null) = (shared is not null))
);
create trigger gone_evidence_append_only before update or delete on gone_evidence
  for each row execute function refuse_changing_audit();

grant select on retention, gone_names, gone_evidence to riposte_app;
grant insert (tenant_id, days), update (days) on retention to riposte_app;

-- A large alert goes with the last run that was given it. Null for nearly all runs, and never updated.
create index runs_by_given on runs (tenant_id, alert_sha256) where alert_sha256 is not null;

-- As before, but for the one function below: it runs as the owner of the tables, which the application cannot become,
-- and says in which transaction. Whoever owns the tables and deletes by hand is refused as before.
create function refuse_changing_history() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if tg_op = 'DELETE' and current_setting('riposte.letting_go', true) = pg_current_xact_id()::text
    and current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
    return old;
  end if;
  raise exception 'history is append-only: % on % is refused', tg_op, tg_table_name using errcode = '42501';
end $$;
drop trigger decisions_append_only on decisions;
create trigger decisions_append_only before update or delete on decisions
  for each row execute function refuse_changing_history();
drop trigger withdrawals_append_only on withdrawals;
create trigger withdrawals_append_only before update or delete on withdrawals
  for each row execute function refuse_changing_history();
drop trigger break_glass_append_only on break_glass;
create trigger break_glass_append_only before update or delete on break_glass
  for each row execute function refuse_changing_history();
drop trigger break_glass_reviews_append_only on break_glass_reviews;
create trigger break_glass_reviews_append_only before update or delete on break_glass_reviews
  for each row execute function refuse_changing_history();
drop trigger decision_evidence_append_only on decision_evidence;
create trigger decision_evidence_append_only before update or delete on decision_evidence
  for each row execute function refuse_changing_history();
drop trigger notices_kept on notices;
create trigger notices_kept before delete on notices
  for each row execute function refuse_changing_history();

-- A family is everything that hangs together: an incident with its alerts, their runs, whom these called, were restarted from and
-- go on as, and the signals about any of them. It goes whole or not at all.
-- In: some of it, and how many of it are too many. Out: all of it, or more than those.
create function grow_family(tenant text, most int, inout f_incidents text[], inout f_alerts text[], inout f_runs text[], inout f_signals text[])
language plpgsql volatile set search_path = riposte, pg_temp set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off as $$
declare
  before int := -1;
  events text[];
begin
  loop
    exit when cardinality(f_incidents) + cardinality(f_alerts) + cardinality(f_runs) + cardinality(f_signals) in (before)
      or cardinality(f_alerts) > most or cardinality(f_runs) > most or cardinality(f_signals) > most;
    before := cardinality(f_incidents) + cardinality(f_alerts) + cardinality(f_runs) + cardinality(f_signals);
    f_incidents := array(
      select i.id from incidents i where i.tenant_id = tenant and i.id = any(f_incidents || array(
        select a.incident_id from alerts a where a.tenant_id = tenant and a.id = any(f_alerts) and a.incident_id is not null
        union select r.incident_id from runs r where r.tenant_id = tenant and r.id = any(f_runs) and r.incident_id is not null
        union select s.incident_id from signals s where s.tenant_id = tenant and s.id = any(f_signals) and s.incident_id is not null))
      order by i.id);
    f_alerts := array(
      select a.id from alerts a where a.tenant_id = tenant and a.id = any(f_alerts || array(
        (select b.id from alerts b where b.tenant_id = tenant and b.incident_id = any(f_incidents) limit most + 1)
        union select r.alert_id from runs r where r.tenant_id = tenant and r.id = any(f_runs) and r.alert_id is not null
        union select s.alert_id from signals s where s.tenant_id = tenant and s.id = any(f_signals) and s.alert_id is not null))
      order by a.id);
    f_signals := array(
      select s.id from signals s where s.tenant_id = tenant and s.id = any(f_signals || array(
        (select b.id from signals b where b.tenant_id = tenant and b.alert_id = any(f_alerts) limit most + 1)
        union (select b.id from signals b where b.tenant_id = tenant and b.incident_id = any(f_incidents) limit most + 1)
        union select r.signal_id from runs r where r.tenant_id = tenant and r.id = any(f_runs) and r.signal_id is not null))
      order by s.id);
    events := f_alerts || f_signals;
    f_runs := array(
      select r.id from runs r where r.tenant_id = tenant and r.id = any(f_runs || array(
        (select b.id from runs b where b.tenant_id = tenant and b.alert_id = any(f_alerts) limit most + 1)
        union (select b.id from runs b where b.tenant_id = tenant and b.incident_id = any(f_incidents) limit most + 1)
        union (select b.id from runs b where b.tenant_id = tenant and b.parent_run_id = any(f_runs) limit most + 1)
        union (select b.id from runs b where b.tenant_id = tenant and b.restart_of = any(f_runs) limit most + 1)
        union select b.parent_run_id from runs b where b.tenant_id = tenant and b.id = any(f_runs) and b.parent_run_id is not null
        union select b.restart_of from runs b where b.tenant_id = tenant and b.id = any(f_runs) and b.restart_of is not null
        union (select t.run_id from decision_traces t where t.tenant_id = tenant and t.event_id = any(events)
          and t.outcome in ('started', 'queued') and t.run_id is not null limit most + 1)))
      order by r.id);
  end loop;
end $$;

-- Why it stays, or null: all of it was over before that time and nothing of it still counts. The words are persisted
-- and shown (`core/retention/keep-reasons.ts`).
create function why_kept(tenant text, most int, cutoff timestamptz, f_incidents text[], f_alerts text[], f_runs text[], f_signals text[])
returns text
language sql volatile set search_path = riposte, pg_temp set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off as $$
  select case
    when greatest(cardinality(f_alerts), cardinality(f_runs), cardinality(f_signals)) > most then 'too-many'
    when exists (select from incidents i where i.tenant_id = tenant and i.id = any(f_incidents) and i.status <> 'resolved')
      then 'incident-open'
    when exists (select from runs r where r.tenant_id = tenant and r.id = any(f_runs)
      and r.state in ('queued', 'running', 'waiting', 'undoing')) then 'under-way'
    when exists (select from scopes s where s.tenant_id = tenant and s.run_id = any(f_runs) and s.live not in ('ended'))
      or exists (select from messages m where m.tenant_id = tenant and m.run_id = any(f_runs))
      or exists (select from subscriptions s where s.tenant_id = tenant and s.run_id = any(f_runs))
      or exists (select from attempts a where a.tenant_id = tenant and a.run_id = any(f_runs) and a.state in ('queued', 'claimed'))
      or exists (select from alerts a where a.tenant_id = tenant and a.id = any(f_alerts) and a.state <> 'matched')
      or exists (select from signals s where s.tenant_id = tenant and s.id = any(f_signals) and s.state <> 'matched')
      then 'under-way'
    when exists (select from approvals a where a.tenant_id = tenant and a.run_id = any(f_runs) and a.state = 'pending')
      then 'question-open'
    when exists (select from approvals a join notices n on n.tenant_id = a.tenant_id and n.approval_id = a.id
      where a.tenant_id = tenant and a.run_id = any(f_runs) and n.state = 'due') then 'question-open'
    when exists (select from approvals a join break_glass g on g.tenant_id = a.tenant_id and g.approval_id = a.id
      where a.tenant_id = tenant and a.run_id = any(f_runs) and not exists (
        select from break_glass_reviews v where v.tenant_id = g.tenant_id and v.approval_id = g.approval_id)) then 'review-open'
    -- Nobody ever said what became of it, or what was said turned out to be wrong.
    when exists (select from tasks t where t.tenant_id = tenant and t.run_id = any(f_runs)
      and (t.state in ('open', 'unanswered') or t.contradicted)) then 'outcome-unknown'
    when exists (select from runs r where r.tenant_id = tenant and r.id = any(f_runs) and r.state = 'undo-incomplete')
      or exists (select from undo_records u where u.tenant_id = tenant and u.run_id = any(f_runs)
        and u.state in ('undoing', 'undo-failed', 'changed-since')) then 'undo-incomplete'
    when exists (select from holds h where h.tenant_id = tenant and h.run_id = any(f_runs)) then 'contained'
    -- It has not been taken back, and a person still may. What never could be, and contains nothing, is only history.
    when exists (select from undo_records u where u.tenant_id = tenant and u.run_id = any(f_runs) and u.state = 'done'
      and (u.inverse->>'irreversible' is null or u.lease_until is not null)) then 'could-be-undone'
    -- The longest window that a playbook may have (`compile/rules/over-limit.ts`).
    when exists (select from runs r where r.tenant_id = tenant and r.id = any(f_runs) and r.dedupe_key is not null
      and r.created_at > clock_timestamp() - interval '90 days') then 'dedupe'
    -- An alert that joined a run goes after it.
    when exists (select from decision_traces t where t.tenant_id = tenant and t.event_id = any(f_alerts || f_signals)
      and t.run_id is not null and t.run_id <> all(f_runs)
      and exists (select from runs r where r.tenant_id = tenant and r.id = t.run_id)) then 'joined'
    when exists (select from incidents i where i.tenant_id = tenant and i.id = any(f_incidents) and i.updated_at >= cutoff)
      or exists (select from alerts a where a.tenant_id = tenant and a.id = any(f_alerts)
        and greatest(a.received_at, a.updated_at) >= cutoff)
      or exists (select from signals s where s.tenant_id = tenant and s.id = any(f_signals) and s.at >= cutoff)
      or exists (select from runs r where r.tenant_id = tenant and r.id = any(f_runs)
        and coalesce(r.ended_at, r.created_at) >= cutoff)
      or exists (select from steps s where s.tenant_id = tenant and s.run_id = any(f_runs) and s.finished_at >= cutoff)
      or exists (select from attempts a where a.tenant_id = tenant and a.run_id = any(f_runs)
        and coalesce(a.finished_at, a.created_at) >= cutoff)
      or exists (select from undo_records u where u.tenant_id = tenant and u.run_id = any(f_runs)
        and greatest(u.created_at, u.settled_at) >= cutoff)
      or exists (select from reservations v where v.tenant_id = tenant and v.run_id = any(f_runs) and v.at >= cutoff)
      or exists (select from tasks t where t.tenant_id = tenant and t.run_id = any(f_runs) and t.ended_at >= cutoff)
      or exists (select from approvals a join break_glass_reviews v on v.tenant_id = a.tenant_id and v.approval_id = a.id
        where a.tenant_id = tenant and a.run_id = any(f_runs) and v.at >= cutoff) then 'younger-part'
  end
$$;

-- Whether all of it is this transaction's now. Nobody is waited for: whoever has some of it keeps it.
create function lock_family(tenant text, f_incidents text[], f_alerts text[], f_runs text[], f_signals text[]) returns boolean
language plpgsql volatile set search_path = riposte, pg_temp set enable_seqscan = off as $$
begin
  return (select count(*) from (select from incidents i where i.tenant_id = tenant and i.id = any(f_incidents)
      order by i.id for update skip locked) x) = cardinality(f_incidents)
    and (select count(*) from (select from alerts a where a.tenant_id = tenant and a.id = any(f_alerts)
      order by a.id for update skip locked) x) = cardinality(f_alerts)
    and (select count(*) from (select from signals s where s.tenant_id = tenant and s.id = any(f_signals)
      order by s.id for update skip locked) x) = cardinality(f_signals)
    and (select count(*) from (select from runs r where r.tenant_id = tenant and r.id = any(f_runs)
      order by r.id for update skip locked) x) = cardinality(f_runs)
    and (select count(*) from (select from scopes s where s.tenant_id = tenant and s.run_id = any(f_runs)
      for update skip locked) x) = (select count(*) from scopes s where s.tenant_id = tenant and s.run_id = any(f_runs));
end $$;

create function delete_family(tenant text, f_incidents text[], f_alerts text[], f_runs text[], f_signals text[]) returns void
language plpgsql volatile set search_path = riposte, pg_temp set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off as $$
declare
  asked text[] := array(select a.id from approvals a where a.tenant_id = tenant and a.run_id = any(f_runs));
  tried text[] := array(select a.id from attempts a where a.tenant_id = tenant and a.run_id = any(f_runs));
  given bytea[] := array(select distinct r.alert_sha256 from runs r where r.tenant_id = tenant and r.id = any(f_runs)
    and r.alert_sha256 is not null);
begin
  insert into gone_evidence (tenant_id, approval_id, word_id, run_id, person_id, at, passkey_id, evidence, shared)
  select tenant, d.approval_id, d.id, a.run_id, d.person_id, d.at, e.passkey_id, e.evidence, e.shared
  from approvals a join decisions d on d.tenant_id = a.tenant_id and d.approval_id = a.id
  join decision_evidence e on e.tenant_id = d.tenant_id and e.decision_id = d.id
  where a.tenant_id = tenant and a.id = any(asked);
  insert into gone_evidence (tenant_id, approval_id, word_id, run_id, person_id, at, passkey_id, shared)
  select tenant, g.approval_id, g.approval_id, a.run_id, g.person_id, g.at, s.passkey_id, g.shared
  from approvals a join break_glass g on g.tenant_id = a.tenant_id and g.approval_id = a.id
  join shared_evidence s on s.tenant_id = g.tenant_id and s.hash = g.shared
  where a.tenant_id = tenant and a.id = any(asked);
  insert into gone_names as known (tenant_id, kind, source, source_id, id, digest)
  select tenant, 'alert', a.source, a.source_id, a.id,
    sha256(convert_to(concat(a.alert::text, E'\n', coalesce(a.raw::text, 'null')), 'UTF8'))
  from alerts a where a.tenant_id = tenant and a.id = any(f_alerts)
  on conflict (tenant_id, kind, source, source_id) do update
  set id = excluded.id, digest = excluded.digest, went_at = clock_timestamp();
  insert into gone_names as known (tenant_id, kind, source, source_id, id)
  select tenant, 'incident', i.source, i.source_id, i.id from incidents i where i.tenant_id = tenant and i.id = any(f_incidents)
  on conflict (tenant_id, kind, source, source_id) do update set id = excluded.id, went_at = clock_timestamp();

  delete from withdrawals where tenant_id = tenant and approval_id = any(asked);
  delete from decision_evidence e using decisions d where d.tenant_id = tenant and d.approval_id = any(asked)
    and e.tenant_id = d.tenant_id and e.decision_id = d.id;
  delete from break_glass_reviews where tenant_id = tenant and approval_id = any(asked);
  delete from break_glass where tenant_id = tenant and approval_id = any(asked);
  delete from decisions where tenant_id = tenant and approval_id = any(asked);
  delete from notices where tenant_id = tenant and approval_id = any(asked);
  delete from approvals where tenant_id = tenant and id = any(asked);
  delete from tasks where tenant_id = tenant and run_id = any(f_runs);
  delete from outbox where tenant_id = tenant and attempt_id = any(tried);
  delete from attempts where tenant_id = tenant and id = any(tried);
  delete from deadlines where tenant_id = tenant and run_id = any(f_runs);
  delete from frames where tenant_id = tenant and run_id = any(f_runs);
  delete from reservations where tenant_id = tenant and run_id = any(f_runs);
  delete from undo_records where tenant_id = tenant and run_id = any(f_runs);
  delete from steps where tenant_id = tenant and run_id = any(f_runs);
  delete from scopes where tenant_id = tenant and run_id = any(f_runs);
  delete from run_alerts where tenant_id = tenant and run_id = any(f_runs);
  delete from runs where tenant_id = tenant and id = any(f_runs);
  delete from given_alerts g where g.tenant_id = tenant and g.sha256 = any(given)
    and not exists (select from runs r where r.tenant_id = tenant and r.alert_sha256 = g.sha256);
  delete from decision_traces where tenant_id = tenant and event_id = any(f_alerts || f_signals);
  delete from signals where tenant_id = tenant and id = any(f_signals);
  delete from alert_targets where tenant_id = tenant and alert_id = any(f_alerts);
  delete from alerts where tenant_id = tenant and id = any(f_alerts);
  delete from incidents where tenant_id = tenant and id = any(f_incidents);
end $$;

-- The only door. In: tenant, days, and how many things go at most before the next commit (one family may be more). What
-- is over it finds by itself, so that whoever calls it can make nothing go that stands or is younger than a month.
-- Out: state (`busy`: somebody else is at it; `held`: everything is stopped or paused, or the log is held; `going`: call again; `ended`: the round is through), before, removed.
create function let_go(tenant text, of_days int, at_most int) returns jsonb
language plpgsql volatile security definer set search_path = riposte, pg_temp set enable_seqscan = off
set enable_hashjoin = off set enable_mergejoin = off set lock_timeout = '2s' as $$
declare
  too_many constant int := 20000;
  looked_at_most constant int := 200;
  types constant text[] := array['alert.updated', 'incident.created', 'incident.updated', 'run.failed', 'webhook'];
  at retention%rowtype;
  cutoff timestamptz;
  candidate record;
  looked int := 0;
  members int;
  gone jsonb := jsonb_build_object('incidents', 0, 'alerts', 0, 'runs', 0, 'signals', 0);
  gone_members int := 0;
  family record;
  grown record;
  reason text;
  ended boolean := false;
begin
  -- 31: reports and budgets look back 30 days.
  if of_days is null or of_days < 31 or of_days > 36500 then
    raise exception 'nothing goes before 31 days' using errcode = '22023';
  end if;
  at_most := greatest(1, least(at_most, 1000));
  -- Looked at first: an insert would wait for whoever is at it.
  if not exists (select from retention where tenant_id = tenant) then
    insert into retention (tenant_id) values (tenant) on conflict do nothing;
  end if;
  select * into at from retention where tenant_id = tenant for update skip locked;
  if not found then
    return jsonb_build_object('state', 'busy');
  end if;
  -- A log that contradicts itself is looked into with these rows, and in an emergency nobody loses what they look at.
  if exists (select from stops s where s.tenant_id = tenant and s.active and s.scope in ('everything', 'audit'))
    or exists (select from pauses p where p.tenant_id = tenant and p.active) then
    return jsonb_build_object('state', 'held');
  end if;
  -- A run may wait for what came since it began, so nothing of that goes while it is under way.
  select least(clock_timestamp() - make_interval(days => of_days), min(live.began)) into cutoff
  from unnest(array['queued', 'running', 'waiting', 'undoing']) as s(state)
  cross join lateral (select r.created_at as began from runs r where r.tenant_id = tenant and r.state = s.state
    and r.undo_scope is null order by r.created_at, r.id limit 1) live;
  cutoff := coalesce(cutoff, clock_timestamp() - make_interval(days => of_days));
  perform set_config('riposte.letting_go', pg_current_xact_id()::text, true);

  for candidate in
    select * from (select i.id, i.created_at as since from incidents i where at.stage = 1 and i.tenant_id = tenant
      and (i.created_at, i.id) > (at.after_at, at.after_id) and i.created_at < cutoff order by i.created_at, i.id limit looked_at_most) i
    union all select * from (select a.id, a.received_at from alerts a where at.stage = 2 and a.tenant_id = tenant
      and (a.received_at, a.id) > (at.after_at, at.after_id) and a.received_at < cutoff
      order by a.received_at, a.id limit looked_at_most) a
    union all select * from (select r.id, r.created_at from runs r where at.stage = 3 and r.tenant_id = tenant
      and (r.created_at, r.id) > (at.after_at, at.after_id) and r.created_at < cutoff
      order by r.created_at, r.id limit looked_at_most) r
    union all select * from (select s.id, s.at from signals s where at.stage between 4 and 8 and s.tenant_id = tenant
      and s.type = types[at.stage - 3] and s.at >= at.after_at and (s.at, s.id) > (at.after_at, at.after_id) and s.at < cutoff
      order by s.at, s.id limit looked_at_most) s
    order by since, id
  loop
    looked := looked + 1;
    at.after_at := candidate.since;
    at.after_id := candidate.id;
    -- What belongs to something larger goes and is counted with that.
    continue when at.stage = 2 and exists (select from alerts a where a.tenant_id = tenant and a.id = candidate.id and a.incident_id is not null);
    continue when at.stage = 3 and exists (select from runs r where r.tenant_id = tenant and r.id = candidate.id
      and coalesce(r.alert_id, r.incident_id, r.parent_run_id, r.restart_of) is not null);
    select * into family from grow_family(tenant, too_many,
      case when at.stage = 1 then array[candidate.id] else '{}' end, case when at.stage = 2 then array[candidate.id] else '{}' end,
      case when at.stage = 3 then array[candidate.id] else '{}' end, case when at.stage > 3 then array[candidate.id] else '{}' end);
    members := cardinality(family.f_incidents) + cardinality(family.f_alerts) + cardinality(family.f_runs) + cardinality(family.f_signals);
    continue when members = 0;
    -- Signals are told of with what they are about.
    continue when at.stage > 3 and cardinality(family.f_incidents) + cardinality(family.f_alerts) > 0;
    reason := why_kept(tenant, too_many, cutoff, family.f_incidents, family.f_alerts, family.f_runs, family.f_signals);
    if reason is null then
      begin
        reason := 'busy';
        if lock_family(tenant, family.f_incidents, family.f_alerts, family.f_runs, family.f_signals) then
          -- Again, as it is now that nobody else can change it.
          select * into grown from grow_family(tenant, too_many, family.f_incidents, family.f_alerts, family.f_runs, family.f_signals);
          if grown = family and why_kept(tenant, too_many, cutoff, family.f_incidents, family.f_alerts, family.f_runs, family.f_signals) is null then
            perform delete_family(tenant, family.f_incidents, family.f_alerts, family.f_runs, family.f_signals);
            reason := null;
          end if;
        end if;
      exception when foreign_key_violation or lock_not_available or deadlock_detected then
        -- Somebody added to it at this very moment: it stays.
        reason := 'busy';
      end;
    end if;
    if reason is null then
      gone_members := gone_members + members;
      gone := jsonb_build_object('incidents', (gone->>'incidents')::int + cardinality(family.f_incidents),
        'alerts', (gone->>'alerts')::int + cardinality(family.f_alerts), 'runs', (gone->>'runs')::int + cardinality(family.f_runs),
        'signals', (gone->>'signals')::int + cardinality(family.f_signals));
    else
      at.round_kept := jsonb_set(at.round_kept, array[reason], to_jsonb(coalesce((at.round_kept->>reason)::int, 0) + 1));
    end if;
    exit when gone_members >= at_most;
  end loop;
  perform set_config('riposte.letting_go', '', true);

  if at.stage = 9 then
    -- Names live longer than what they named: a source may deliver an alert once more after a year.
    delete from gone_names g where g.tenant_id = tenant and g.id in (select o.id from gone_names o where o.tenant_id = tenant
      and o.went_at < clock_timestamp() - make_interval(days => greatest(400, 10 * of_days)) order by o.went_at limit at_most);
    get diagnostics looked = row_count;
    ended := looked < at_most;
  elsif at.stage = 10 then
    -- Ticks whose runs went. The newest one of a schedule says from when on to catch up.
    delete from schedule_ticks k using (select distinct playbook_id, trigger_id from triggers_index
      where tenant_id = tenant and type = 'schedule') s
    where k.tenant_id = tenant and k.playbook_id = s.playbook_id and k.trigger_id = s.trigger_id and k.due_at < cutoff
      and k.due_at < (select max(n.due_at) from schedule_ticks n where n.tenant_id = tenant and n.playbook_id = s.playbook_id
        and n.trigger_id = s.trigger_id)
      and not exists (select from runs r where r.tenant_id = tenant and r.id = k.run_id);
    ended := true;
  else
    ended := looked < looked_at_most and gone_members < at_most;
  end if;
  if ended then
    at.stage := at.stage + 1;
    at.after_at := '-infinity';
    at.after_id := '';
  end if;
  at.round_removed := (select jsonb_object_agg(key, value::int + coalesce((at.round_removed->>key)::int, 0)) from jsonb_each_text(gone));
  update retention set stage = case when at.stage > 10 then 1 else at.stage end, after_at = at.after_at, after_id = at.after_id,
    round_removed = case when at.stage > 10 then '{}' else at.round_removed end,
    round_kept = case when at.stage > 10 then '{}' else at.round_kept end,
    ended_at = case when at.stage > 10 then clock_timestamp() else at.ended_at end,
    before = case when at.stage > 10 then cutoff else at.before end,
    removed = case when at.stage > 10 then at.round_removed else at.removed end,
    kept = case when at.stage > 10 then at.round_kept else at.kept end,
    removed_at = case when gone_members > 0 then clock_timestamp() else at.removed_at end
  where tenant_id = tenant;
  return jsonb_build_object('state', case when at.stage > 10 then 'ended' else 'going' end,
    'before', to_char(cutoff at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'removed', gone, 'any', gone_members > 0);
end $$;

revoke all on function let_go(text, int, int), grow_family(text, int, text[], text[], text[], text[]),
  why_kept(text, int, timestamptz, text[], text[], text[], text[]), lock_family(text, text[], text[], text[], text[]),
  delete_family(text, text[], text[], text[], text[]) from public;
grant execute on function let_go(text, int, int) to riposte_app;
