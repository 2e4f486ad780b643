-- A decision takes for granted that a budget has room and that nobody takes an effect back. Whoever writes it says so
-- here, under the locks; when it is otherwise, nothing of it is written and it is made again.
drop function reserve_target;

-- Within a budget, ordinals grow as times do: from the first in a window to the last there are at least as many as there
-- are rows, and those two are found without counting.
alter table reservations add column ordinal bigint not null default 0, drop constraint reservations_pkey,
  add primary key (tenant_id, run_id, step_path, budget, target);
update reservations r set ordinal = n.ordinal
from (select tenant_id, run_id, step_path, budget, target, row_number() over (partition by tenant_id, budget order by at) as ordinal
  from reservations) n
where r.tenant_id = n.tenant_id and r.run_id = n.run_id and r.step_path = n.step_path and r.budget = n.budget
  and r.target = n.target;
alter table reservations alter column ordinal drop default;
drop index reservations_by_budget;
create index reservations_by_budget on reservations (tenant_id, budget, at, ordinal) include (target);

-- most: of the budget, if it is taken for granted that this row does not exceed it; per_ms: its window.
create type new_reservation as (
  budget text, target text, run_id text, step_path text, most int, per_ms bigint
);

create type said_hold as (
  effect text, target_kind text, target_id text, run_id text, step_path text, state text, origin text
);
create type new_undo_record as (
  id text, run_id text, scope_path text, step_path text, step_name text, generation int, action text, action_key text,
  connection text, target_kind text, target_id text, effect text, origin text, inverse json, loop json,
  lease_until_ms bigint, lease_warn_ms bigint, lease_at_end text, arguments json, left_behind json
);

create function reserve_targets(tenant text, wanted new_reservation[]) returns void
language plpgsql volatile set search_path = riposte, pg_temp as $$
declare
  now timestamptz;
  used_up text[];
begin
  -- In one order, so that two transactions with the same budgets do not wait for each other in a circle.
  perform pg_advisory_xact_lock(hashtextextended(concat_ws('/', tenant, 'budget', b.budget), 0))
  from (select distinct w.budget from unnest(wanted) as w order by w.budget) b;
  now := clock_timestamp();
  -- What was counted by a clock that was ahead counts from now, and times stay in the order of ordinals.
  update reservations r set at = now from (select distinct budget from unnest(wanted)) b
  where r.tenant_id = tenant and r.budget = b.budget and r.at > now;
  insert into reservations (tenant_id, budget, target, run_id, step_path, ordinal, at)
  select tenant, w.budget, w.target, w.run_id, w.step_path,
    coalesce(last.ordinal, 0) + row_number() over (partition by w.budget), now
  from (select distinct budget from unnest(wanted)) b
  left join lateral (
    select r.ordinal from reservations r where r.tenant_id = tenant and r.budget = b.budget
    order by r.at desc, r.ordinal desc limit 1
  ) last on true
  join unnest(wanted) as w on w.budget = b.budget
  on conflict (tenant_id, run_id, step_path, budget, target) do update set at = excluded.at, ordinal = excluded.ordinal;
  select array_agg(distinct g.budget) into used_up
  from (select distinct budget, per_ms, most from unnest(wanted) where most is not null) g,
  lateral (
    select r.ordinal from reservations r where r.tenant_id = tenant and r.budget = g.budget
      and r.at > now - make_interval(secs => g.per_ms / 1000.0)
    order by r.at, r.ordinal limit 1
  ) first,
  lateral (
    select r.ordinal from reservations r where r.tenant_id = tenant and r.budget = g.budget
    order by r.at desc, r.ordinal desc limit 1
  ) last
  where case
    when last.ordinal - first.ordinal < g.most then false
    -- Ordinals of what was given back count no target, and a target has one for every step that acted on it.
    else (select count(distinct r.target) from reservations r where r.tenant_id = tenant and r.budget = g.budget
      and r.at > now - make_interval(secs => g.per_ms / 1000.0)) > g.most end;
  if used_up is not null then
    raise exception 'budgets are used up' using errcode = '40001', constraint = 'taken_for_granted',
      detail = array_to_json(used_up);
  end if;
end $$;

-- Nobody begins to take these effects back until the commit.
create function expect_effects_stay(tenant text, effects text[], kinds text[], targets text[]) returns void
language plpgsql volatile set search_path = riposte, pg_temp as $$
declare
  undone text[];
begin
  -- In one order, so that two transactions with the same effects do not wait for each other in a circle.
  perform pg_advisory_xact_lock(hashtextextended(concat_ws('/', tenant, 'hold', x.effect, x.kind, x.target), 0))
  from (select * from unnest(effects, kinds, targets) as each(effect, kind, target) order by effect, kind, target) x;
  select array_agg(concat_ws(E'\n', x.effect, x.kind, x.target)) into undone
  from unnest(effects, kinds, targets) as x(effect, kind, target)
  -- Most are not being undone at all, which one look at an index says.
  where case when (select true from undo_records u where u.tenant_id = tenant and u.effect = x.effect
      and u.target_kind = x.kind and u.target_id = x.target and u.state = 'undoing' limit 1)
    then effect_is_undone(tenant, x.effect, x.kind, x.target) else false end;
  if undone is not null then
    raise exception 'effects are being taken back' using errcode = '40001', constraint = 'taken_for_granted',
      detail = array_to_json(undone);
  end if;
end $$;

-- Written by whoever has locked the run's scope, and nobody can delete a run: as attempts and steps, these name it unchecked.
alter table reservations drop constraint reservations_tenant_id_run_id_fkey;
alter table holds drop constraint holds_tenant_id_run_id_fkey;
alter table undo_records drop constraint undo_records_tenant_id_run_id_fkey;
