-- A place outside that two people have given up: nobody asks it, waits for it or brings anything there any more.
alter table audit_orders drop constraint audit_orders_kind_check;
alter table audit_orders add constraint audit_orders_kind_check
  check (kind in ('incarnation', 'key', 'truncation', 'place'));

create table audit_given_up (
  tenant_id text not null,
  place text not null,
  order_number int not null,
  given_up_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, place),
  foreign key (tenant_id, order_number) references audit_orders (tenant_id, number)
);
create trigger audit_given_up_append_only before update or delete on audit_given_up
  for each row execute function refuse_changing_audit();
create trigger audit_given_up_no_truncate before truncate on audit_given_up
  for each statement execute function refuse_changing_audit();

-- What was brought to places that nobody has given up.
create view audit_anchor_in_force as
select a.* from audit_anchor a
where not exists (select 1 from audit_given_up g where g.tenant_id = a.tenant_id and g.place = a.place);

-- As before, without the places that were given up.
create or replace function audit_is_compared(tenant text) returns boolean
language sql stable set search_path = riposte, pg_temp as $$
  select not exists (select 1 from audit_anchor_in_force where tenant_id = tenant and size > 0)
    or exists (
      select 1 from audit_compared c
      where c.tenant_id = tenant and c.place = audit_place()
        and c.log_id = (select log_id from audit_log_meta where tenant_id = tenant order by incarnation desc limit 1))
$$;

-- As before, and every place that was brought anything has to be among those that agreed: leaving one out of
-- the configuration takes one hand, and giving it up takes two people.
drop function note_compared(text, text, bigint, text);
create function note_compared(tenant text, log text, at_epoch bigint, at_place text, agreed text[]) returns boolean
language plpgsql security definer set search_path = riposte, pg_temp as $$
begin
  -- The row lock: no other sequencer claims in between, nothing is noted for one that lost the log.
  perform 1 from audit_log_meta where tenant_id = tenant and log_id = log and epoch = at_epoch and closed_at is null for update;
  if not found or at_place is distinct from audit_place() then
    return false;
  end if;
  if exists (select 1 from audit_anchor_in_force a where a.tenant_id = tenant and a.size > 0 and a.place <> all (agreed)) then
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
revoke all on function note_compared(text, text, bigint, text, text[]) from public;

-- Along the order of two people who are still active, with its entry, which waits among the pending ones: a place
-- that is dead keeps the log from being led, so nobody can seal it at once.
create function give_place_up(tenant text, order_number int, entry_id text, entry bytea, leaf bytea) returns boolean
language plpgsql security definer set search_path = riposte, pg_temp as $$
declare
  asked audit_orders%rowtype;
  waited boolean;
begin
  select * into asked from audit_orders
  where tenant_id = tenant and number = order_number and kind = 'place' and state = 'confirmed' for update;
  if not found then
    return false;
  end if;
  if not is_audit_ordered(tenant, 'place', asked.log_id) then
    raise exception 'whoever gave the place up is not active any more' using errcode = '42501';
  end if;
  if position(asked.digest in convert_from(entry, 'UTF8')) = 0 then
    raise exception 'the entry does not name the order' using errcode = '42501';
  end if;
  waited := not audit_is_compared(tenant);
  insert into audit_given_up (tenant_id, place, order_number) values (tenant, asked.terms::json ->> 'place', order_number);
  update audit_orders set state = 'done', ended_at = clock_timestamp() where tenant_id = tenant and number = order_number;
  insert into audit_pending (tenant_id, id, entry, leaf) values (tenant, entry_id, entry, leaf);
  if waited and audit_is_compared(tenant) then
    perform wake_held(tenant);
  end if;
  return true;
end $$;
revoke all on function give_place_up(text, int, text, bytea, bytea) from public;

grant select on audit_given_up, audit_anchor_in_force to riposte_app, riposte_sequencer;
-- Asked before anything is begun, so that an order of somebody who left is refused and makes room for another one.
grant execute on function is_audit_ordered(text, text, text) to riposte_sequencer;
grant execute on function note_compared(text, text, bigint, text, text[]) to riposte_sequencer;
grant execute on function give_place_up(text, int, text, bytea, bytea) to riposte_sequencer;
