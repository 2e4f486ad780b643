-- Notices: what one destination is told about one question at one occasion. Written with what they tell about,
-- delivered afterwards: at least once, per destination in the order of their numbers.

-- Destinations of the playbook's `notify`, as the question was asked. None for questions from before.
alter table approvals add column notify text[] not null default '{}';

create table notices (
  tenant_id text not null,
  number bigint generated always as identity,
  approval_id text not null,
  -- Persisted words.
  occasion text not null check (occasion in ('asked', 'reminded', 'escalated', 'break-glass')),
  destination text not null check (destination <> ''),
  -- `dropped`: the question was closed before it could be told.
  state text not null default 'due' check (state in ('due', 'told', 'failed', 'dropped')),
  created_at timestamptz not null default clock_timestamp(),
  attempts int not null default 0 check (attempts >= 0),
  next_try_at timestamptz not null default clock_timestamp(),
  last_error text check (length(last_error) <= 500),
  -- Raised by each worker that takes it: an older one can no longer settle it.
  fence bigint not null default 0,
  lease_until timestamptz,
  settled_at timestamptz,
  primary key (tenant_id, number),
  foreign key (tenant_id, approval_id) references approvals (tenant_id, id),
  check ((state = 'due') = (settled_at is null)),
  check (state <> 'failed' or last_error is not null)
);
create index notices_due on notices (tenant_id, destination, number) where state = 'due';
create index notices_of on notices (tenant_id, approval_id, number);

create function refuse_notice_change() returns trigger language plpgsql as $$
begin
  raise exception 'notice % is settled, or would tell something else', old.number using errcode = '23514';
end $$;
create trigger notices_settled before update on notices for each row
  when (old.state <> 'due' or new.approval_id <> old.approval_id or new.destination <> old.destination
    or new.occasion <> old.occasion)
  execute function refuse_notice_change();
create trigger notices_kept before delete on notices for each row execute function refuse_notice_change();

grant select, insert, update on notices to riposte_app;

-- Keys of links have names now, and there may be several: the newest signs, the older ones open what they signed
-- until `opens_until`. What was made before keeps its key as the first.
alter table link_keys drop constraint link_keys_pkey;
alter table link_keys add column id int not null default 1 check (id >= 1);
alter table link_keys alter column id drop default;
alter table link_keys add primary key (tenant_id, id);
-- Null: it signs.
alter table link_keys add column opens_until timestamptz;
create unique index link_keys_signing on link_keys (tenant_id) where opens_until is null;
grant update (opens_until) on link_keys to riposte_app;
