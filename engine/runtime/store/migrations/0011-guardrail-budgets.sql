-- The pause: one row, in force or not. Unlike a stop it holds everything, and runs that would begin.
create table pauses (
  tenant_id text primary key,
  active boolean not null default false,
  generation int not null default 0,
  set_by text,
  set_at timestamptz,
  reason text,
  -- Lifting needs two people: the first one's word waits here.
  lift_asked_by text,
  check (not active or (set_by is not null and set_at is not null and reason is not null)),
  check (lift_asked_by is null or active)
);
insert into pauses (tenant_id) values ('default');

-- In: tenant. Out: why everything is paused, or null. Whoever asks is waited for by the one who pauses, and
-- the other way round. A table lock queues in order and writes nothing; every transaction that begins a run
-- or sends an action comes by here, and all of them would share one row.
create function pause_reason(of_tenant text) returns text
language plpgsql volatile set search_path = riposte, pg_temp as $$
declare
  why text;
begin
  lock table pauses in row share mode;
  select reason into why from pauses where tenant_id = of_tenant and active;
  return why;
end $$;

grant select, insert, update on pauses to riposte_app;

-- The mode a run would have had without the ceiling of the guardrails; null when it has it.
alter table runs add column asked_mode text check (asked_mode in ('ask', 'enforce'));

-- A question that is asked because a budget is used up is held by it: people see those of one budget together.
alter table approvals add column held_by text;
alter table approvals add column held_reason text;
alter table approvals add constraint approvals_held_check check ((held_by is null) = (held_reason is null));
create index approvals_held on approvals (tenant_id, held_by, requested_at, id) where state = 'pending' and held_by is not null;

-- The known fleet is counted for every share of it (`guardrail-limits.ts`).
create index target_facts_seen on target_facts (tenant_id, kind, read_at);

-- One account has two spellings, its object id and its address; a look-up under either knows it under both.
create index target_facts_upn on target_facts (tenant_id, lower(facts->>'upn')) where kind = 'user';
create index target_facts_object on target_facts (tenant_id, (facts->>'object_id')) where kind = 'user';

-- A proposal that was taken back by whoever made it, or refused by somebody else. It never comes into force.
alter table guardrails_versions add column dropped_by text;
alter table guardrails_versions add column dropped_at timestamptz;
alter table guardrails_versions add constraint guardrails_dropped_check
  check ((dropped_by is null) = (dropped_at is null) and (dropped_at is null or in_force_at is null));
grant update (dropped_by, dropped_at) on guardrails_versions to riposte_app;
