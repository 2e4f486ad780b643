-- When the log was last written, beside its size: found by looking the newest entry up, it cost the reading of a
-- thousand pages whenever the planner held the log for empty.
alter table audit_log_meta add column sealed_at timestamptz not null default clock_timestamp();

-- Entries that wait for their index: those of one transaction lie end to end in as few rows as fit, each about a
-- page, because a row with its index entries, and its deletion, were most of what an entry cost. Two entries under
-- one id are found when they are sealed, as they are when the first one is sealed already.
-- What cannot be checked here, that the lengths add up to the bytes, the sequencer finds.
create table audit_pack (
  tenant_id text not null,
  enqueued_at timestamptz not null default clock_timestamp(),
  -- Packs of one instant in the order of their writing.
  number bigint generated always as identity,
  ids text[] not null check (array_ndims(ids) = 1 and cardinality(ids) between 1 and 256 and array_position(ids, null) is null
    and length(array_to_string(ids, '')) <= 16384),
  lengths int[] not null check (array_ndims(lengths) = 1 and array_position(lengths, null) is null
    and 0 <= all (lengths) and 16384 >= all (lengths)),
  -- As long as the longest entry, so that one whose lengths lie can be sealed whole.
  entries bytea not null check (octet_length(entries) <= 16384),
  leaves bytea not null,
  primary key (tenant_id, enqueued_at, number),
  check (cardinality(lengths) = cardinality(ids) and octet_length(leaves) = 32 * cardinality(ids))
)
-- A page, and nothing of it beside the table: it is written once, read once and gone.
with (toast_tuple_target = 8160);

insert into audit_pack (tenant_id, enqueued_at, ids, lengths, entries, leaves)
select tenant_id, enqueued_at, array[id], array[octet_length(entry)], entry, leaf
from audit_pending order by enqueued_at, id;
drop table audit_pending;

-- One row per entry that waits, for whoever looks one up or writes one alone. The entries of a pack follow each
-- other by a microsecond, as packs of one statement do that hold so many, so that `enqueued_at, id` is the order
-- of the log.
create view audit_pending as
select p.tenant_id, e.id,
  substring(p.entries from e.start for e.length) as entry,
  substring(p.leaves from e.place * 32 - 31 for 32) as leaf,
  p.enqueued_at + (e.place - 1) * interval '1 microsecond' as enqueued_at
from audit_pack p
cross join lateral (
  select id, length, place::int as place, (sum(length) over (order by place) - length + 1)::int as start
  from unnest(p.ids, p.lengths) with ordinality as entry (id, length, place)
) e;

create function pack_pending() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  insert into audit_pack (tenant_id, enqueued_at, ids, lengths, entries, leaves)
  values (new.tenant_id, coalesce(new.enqueued_at, clock_timestamp()),
    array[new.id], array[octet_length(new.entry)], new.entry, new.leaf);
  return new;
end $$;
create trigger audit_pending_packed instead of insert on audit_pending for each row execute function pack_pending();

grant select, insert on audit_pack, audit_pending to riposte_app;
grant select, delete on audit_pack to riposte_sequencer;
grant select on audit_pending to riposte_sequencer;
