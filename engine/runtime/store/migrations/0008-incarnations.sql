-- What two people order about the log itself: one proposes, another one confirms by the digest of exactly
-- these terms, and the sequencer, which alone writes the log, does it.
create table audit_orders (
  tenant_id text not null,
  number int not null check (number > 0),
  kind text not null check (kind in ('incarnation', 'key', 'truncation')),
  -- The log it is about; an order about another one than the newest is not done.
  log_id text not null,
  -- RFC 8785: kind, log, reason, who proposes, and what the order rests on.
  terms text not null,
  digest text not null check (digest = 'sha256:' || encode(sha256(convert_to(terms, 'UTF8')), 'hex')),
  state text not null default 'proposed' check (state in ('proposed', 'confirmed', 'done', 'replaced', 'refused')),
  proposed_by text not null,
  proposed_at timestamptz not null default clock_timestamp(),
  confirmed_by text,
  confirmed_at timestamptz,
  ended_at timestamptz,
  -- Of a truncation: the entry that says it; nothing goes before a published head covers that.
  entry_index bigint,
  -- Why the sequencer did not do it.
  problem text,
  primary key (tenant_id, number),
  check (confirmed_by <> proposed_by),
  check ((confirmed_by is null) = (confirmed_at is null)),
  check (state not in ('confirmed', 'done') or confirmed_by is not null),
  check ((problem is not null) = (state = 'refused'))
);
create unique index audit_orders_open on audit_orders (tenant_id) where state in ('proposed', 'confirmed');

create function keep_audit_order() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if (new.tenant_id, new.number, new.kind, new.log_id, new.terms, new.digest, new.proposed_by, new.proposed_at)
      is distinct from (old.tenant_id, old.number, old.kind, old.log_id, old.terms, old.digest, old.proposed_by, old.proposed_at)
    or (old.confirmed_by is not null and new.confirmed_by is distinct from old.confirmed_by) then
    raise exception 'order %: what was proposed and confirmed cannot change', old.number using errcode = '23514';
  end if;
  if old.entry_index is not null and new.entry_index is distinct from old.entry_index then
    raise exception 'order %: its entry is sealed', old.number using errcode = '23514';
  end if;
  if (old.state, new.state) = ('confirmed', 'confirmed') and new.entry_index is not null and current_user <> 'riposte_app' then
    return new;
  end if;
  if (old.state, new.state) not in (('proposed', 'confirmed'), ('proposed', 'replaced'), ('confirmed', 'done'), ('confirmed', 'refused')) then
    raise exception 'order %: % cannot become %', old.number, old.state, new.state using errcode = '23514';
  end if;
  -- Only the sequencer says what became of it.
  if new.state in ('done', 'refused') and current_user = 'riposte_app' then
    raise exception 'order %: this is not the application''s word', old.number using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep_audit_order before update on audit_orders for each row execute function keep_audit_order();

-- Why the log is held and what is known of it, here and outside: what people read before they order anything.
create table audit_doubt (
  tenant_id text primary key,
  log_id text not null,
  -- RFC 8785; an order names exactly this text.
  evidence text not null,
  noted_at timestamptz not null default clock_timestamp()
);

-- A closed log is never written again.
alter table audit_log_meta add column closed_at timestamptz;
create function refuse_opening_log() returns trigger language plpgsql as $$
begin
  raise exception 'the log % is closed for ever', old.log_id using errcode = '42501';
end $$;
create trigger audit_log_meta_closed before update on audit_log_meta for each row
  when (old.closed_at is not null)
  execute function refuse_opening_log();
create function refuse_closed_log() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if exists (select 1 from audit_log_meta where tenant_id = new.tenant_id and log_id = new.log_id and closed_at is not null) then
    raise exception 'the log % is closed for ever', new.log_id using errcode = '42501';
  end if;
  return new;
end $$;
create trigger audit_checkpoint_open before insert on audit_checkpoint for each row execute function refuse_closed_log();

-- Every key that a log has had since it did not begin with its first: from which index on, and which key
-- vouches for it by signing the first checkpoint behind that too. The key in force is in audit_log_meta.
create table audit_key (
  tenant_id text not null,
  log_id text not null,
  since bigint not null check (since >= 0),
  vkey text not null,
  by_vkey text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, log_id, since),
  check (by_vkey <> vkey)
);
create trigger audit_key_append_only before update or delete on audit_key
  for each row execute function refuse_changing_audit();
create trigger audit_key_no_truncate before truncate on audit_key
  for each statement execute function refuse_changing_audit();

-- Who has read the log through which door, and until when that is noted.
create table audit_reading (
  tenant_id text not null,
  reader text not null,
  channel text not null,
  noted_until timestamptz not null,
  primary key (tenant_id, reader, channel)
);

-- Whether two people, active to this day, have ordered this and it is yet to be done.
create function is_audit_ordered(tenant text, of_kind text, of_log text) returns boolean
language sql stable security definer set search_path = riposte, pg_temp as $$
  select exists (
    select 1 from audit_orders o
    where o.tenant_id = tenant and o.kind = of_kind and o.log_id = of_log and o.state = 'confirmed'
      and (select count(*) from people p where p.tenant_id = tenant and p.id in (o.proposed_by, o.confirmed_by) and p.active) = 2)
$$;
revoke all on function is_audit_ordered(text, text, text) from public;

-- A log gets its first key by beginning, and another one by the word of two people.
create function refuse_other_key() returns trigger
language plpgsql security definer set search_path = riposte, pg_temp as $$
begin
  if not is_audit_ordered(new.tenant_id, 'key', new.log_id) then
    raise exception 'the log % keeps its key', new.log_id using errcode = '42501';
  end if;
  return new;
end $$;
create trigger audit_log_meta_key before update on audit_log_meta for each row
  when (old.vkey is not null and new.vkey is distinct from old.vkey)
  execute function refuse_other_key();

-- Retention: bytes go, in whole tiles, below an index that only the order of two people raises. Rows, leaves and
-- tiles stay, and so do the log's own words, by which everything else is followed.
alter table audit_log_meta
  add column cleared_below bigint not null default 0,
  add constraint audit_log_meta_tiles check (min_index % 256 = 0 and min_index <= size and cleared_below <= min_index);
create function keep_min_index() returns trigger
language plpgsql security definer set search_path = riposte, pg_temp as $$
begin
  if new.min_index < old.min_index or new.cleared_below < old.cleared_below then
    raise exception 'the audit log only grows: % is refused', tg_table_name using errcode = '42501';
  end if;
  if new.min_index > old.min_index and not exists (
    select 1 from audit_orders o where o.tenant_id = new.tenant_id and o.kind = 'truncation' and o.log_id = new.log_id
      and o.state = 'confirmed' and (o.terms::json ->> 'from')::bigint = old.min_index
      and (o.terms::json ->> 'to')::bigint = new.min_index and o.entry_index >= new.min_index
      and is_audit_ordered(o.tenant_id, o.kind, o.log_id)
      and exists (select 1 from audit_checkpoint c
        where c.tenant_id = o.tenant_id and c.log_id = o.log_id and c.size > o.entry_index)) then
    raise exception 'the log % is not truncated like this', new.log_id using errcode = '42501';
  end if;
  return new;
end $$;
create trigger audit_log_meta_min_index before update on audit_log_meta for each row
  when (new.min_index <> old.min_index or new.cleared_below <> old.cleared_below)
  execute function keep_min_index();

create function keep_audit_log() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if tg_op = 'UPDATE' and new.entry is null and old.type not in ('log.started', 'log.key-changed', 'audit.truncated')
    and (new.tenant_id, new.log_id, new.idx, new.leaf, new.entry_id, new.run_id, new.type, new.at)
      is not distinct from (old.tenant_id, old.log_id, old.idx, old.leaf, old.entry_id, old.run_id, old.type, old.at)
    and old.idx < (select min_index from audit_log_meta where tenant_id = old.tenant_id and log_id = old.log_id) then
    return new;
  end if;
  raise exception 'the audit log is append-only: % on % is refused', tg_op, tg_table_name using errcode = '42501';
end $$;
drop trigger audit_log_append_only on audit_log;
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function keep_audit_log();

-- The next bytes that go, at most so many rows, oldest first. Out: how many rows were passed.
create function clear_truncated(tenant text, log text, at_most int) returns bigint
language plpgsql security definer set search_path = riposte, pg_temp as $$
declare
  first bigint;
  past bigint;
begin
  select cleared_below, least(min_index, cleared_below + at_most) into first, past
  from audit_log_meta where tenant_id = tenant and log_id = log for update;
  if not found or past <= first then
    return 0;
  end if;
  update audit_log set entry = null
  where tenant_id = tenant and log_id = log and idx >= first and idx < past
    and type not in ('log.started', 'log.key-changed', 'audit.truncated');
  update audit_log_meta set cleared_below = past where tenant_id = tenant and log_id = log;
  return past - first;
end $$;
revoke all on function clear_truncated(text, text, int) from public;

-- Where this database runs: another text after each start of the server and in every copy of the data.
create function audit_place() returns text language sql stable as $$
  select concat_ws('/', extract(epoch from pg_postmaster_start_time()),
    (select oid from pg_database where datname = current_database()), 'riposte.audit_log_meta'::regclass::oid)
$$;

-- Which claim held the log against every place outside, and where the database ran then.
create table audit_compared (
  tenant_id text primary key,
  log_id text not null,
  epoch bigint not null,
  place text not null,
  compared_at timestamptz not null default clock_timestamp()
);

-- A log that was ever brought outside is believed only after it was compared since the server started: a
-- database that was put back knows nothing of what came after it.
create function audit_is_compared(tenant text) returns boolean
language sql stable set search_path = riposte, pg_temp as $$
  select not exists (select 1 from audit_anchor where tenant_id = tenant and size > 0)
    or exists (
      select 1 from audit_compared c
      where c.tenant_id = tenant and c.place = audit_place()
        and c.log_id = (select log_id from audit_log_meta where tenant_id = tenant order by incarnation desc limit 1))
$$;

-- Steps that were held look again now, and what workers had to leave is sent again.
create function wake_held(tenant text) returns void
language sql set search_path = riposte, pg_temp as $$
  update deadlines set due_at = clock_timestamp() where tenant_id = tenant and kind = 'recheck';
  update outbox set sent_at = null, sends = 0 where tenant_id = tenant;
$$;
revoke all on function wake_held(text) from public;

create function note_compared(tenant text, log text, at_epoch bigint, at_place text) returns boolean
language plpgsql security definer set search_path = riposte, pg_temp as $$
begin
  -- The row lock: no other sequencer claims in between, nothing is noted for one that lost the log.
  perform 1 from audit_log_meta where tenant_id = tenant and log_id = log and epoch = at_epoch and closed_at is null for update;
  if not found or at_place is distinct from audit_place() then
    return false;
  end if;
  if not audit_is_compared(tenant) then
    perform wake_held(tenant);
  end if;
  insert into audit_compared as known (tenant_id, log_id, epoch, place) values (tenant, log, at_epoch, at_place)
  on conflict (tenant_id) do update
  set log_id = excluded.log_id, epoch = excluded.epoch, place = excluded.place, compared_at = clock_timestamp();
  return true;
end $$;
revoke all on function note_compared(text, text, bigint, text) from public;

-- As before, and whoever leads the log loses it: a sequencer that knows no place outside must not go on.
create or replace function hold_for_audit(tenant text, why text, entry_id text, entry bytea, leaf bytea) returns boolean
language plpgsql security definer set search_path = riposte, pg_temp as $$
declare
  changed int;
begin
  lock table stops in exclusive mode;
  insert into stops (tenant_id, scope, subject) values (tenant, 'audit', 'log') on conflict do nothing;
  update stops set active = true, generation = generation + 1, set_by = 'sequencer', set_at = clock_timestamp(), reason = why
  where tenant_id = tenant and scope = 'audit' and subject = 'log' and not active;
  get diagnostics changed = row_count;
  if changed > 0 then
    insert into audit_pending (tenant_id, id, entry, leaf) values (tenant, entry_id, entry, leaf);
    update audit_log_meta set epoch = epoch + 1 where tenant_id = tenant and closed_at is null;
  end if;
  return changed > 0;
end $$;

-- The only way out of a hold: the order of two people who are still active, and a new log that has begun. The
-- caller wrote that log in the same transaction.
create function begin_incarnation(tenant text, order_number int, new_log text) returns void
language plpgsql security definer set search_path = riposte, pg_temp as $$
declare
  asked audit_orders%rowtype;
begin
  select * into asked from audit_orders
  where tenant_id = tenant and number = order_number and kind = 'incarnation' and state = 'confirmed' for update;
  if not found then
    raise exception 'two people have to order a new log' using errcode = '42501';
  end if;
  if not is_audit_ordered(tenant, 'incarnation', asked.log_id) then
    raise exception 'whoever ordered the new log is not active any more' using errcode = '42501';
  end if;
  if new_log is distinct from (select log_id from audit_log_meta where tenant_id = tenant and closed_at is null)
    or new_log = asked.log_id
    or not exists (select 1 from audit_log where tenant_id = tenant and log_id = new_log and idx = 0
      and position(asked.digest in convert_from(entry, 'UTF8')) > 0) then
    raise exception 'the new log does not begin with the order' using errcode = '42501';
  end if;
  update audit_orders set state = 'done', ended_at = clock_timestamp() where tenant_id = tenant and number = order_number;
  lock table stops in exclusive mode;
  update stops set active = false, generation = generation + 1
  where tenant_id = tenant and scope = 'audit' and subject = 'log' and active;
  delete from audit_doubt where tenant_id = tenant;
  perform wake_held(tenant);
end $$;
revoke all on function begin_incarnation(text, int, text) from public;

-- The sequencer says why it did not do what was ordered, and that the log may say so, where it can write no other entry.
create function refuse_audit_order(tenant text, order_number int, why text, entry_id text, entry bytea, leaf bytea) returns void
language plpgsql security definer set search_path = riposte, pg_temp as $$
begin
  update audit_orders set state = 'refused', ended_at = clock_timestamp(), problem = why
  where tenant_id = tenant and number = order_number and state = 'confirmed';
  if found then
    insert into audit_pending (tenant_id, id, entry, leaf) values (tenant, entry_id, entry, leaf);
  end if;
end $$;
revoke all on function refuse_audit_order(text, int, text, text, bytea, bytea) from public;

grant select, insert on audit_orders to riposte_app;
grant select, insert, update on audit_reading to riposte_app;
grant update (state, confirmed_by, confirmed_at, ended_at) on audit_orders to riposte_app;
grant select on audit_doubt, audit_compared, audit_key to riposte_app;
grant select, insert on audit_key to riposte_sequencer;
grant update (state, ended_at, entry_index) on audit_orders to riposte_sequencer;
grant execute on function clear_truncated(text, text, int) to riposte_sequencer;
grant select on audit_orders, audit_compared, stops to riposte_sequencer;
grant select, insert, update on audit_doubt to riposte_sequencer;
grant execute on function note_compared(text, text, bigint, text), begin_incarnation(text, int, text),
  refuse_audit_order(text, int, text, text, bytea, bytea) to riposte_sequencer;
