-- What does not fit into an entry belongs to that entry alone: it is gone when the entry's text goes by retention, and
-- stays as long as the text does.
create table audit_beside (
  tenant_id text not null,
  entry_id text not null,
  sha256 bytea not null,
  bytes bytea not null,
  media_type text not null,
  primary key (tenant_id, entry_id)
);

-- An entry names it as the whole of its `data`. Bytes that are no text are no entry and name nothing.
insert into audit_beside (tenant_id, entry_id, sha256, bytes, media_type)
select named.tenant_id, named.id, blob.sha256, blob.bytes, blob.media_type
from (
  select tenant_id, id, substring(encode(entry, 'escape') from '"data":\{"media_type":"application/json","sha256":"([0-9a-f]{64})"') as sha256
  from (
    select tenant_id, entry_id as id, entry from audit_log
    union all select tenant_id, id, entry from audit_pending
  ) as entries
  where position('"data":{"media_type":"application/json","sha256":"'::bytea in entry) > 0
) as named
join audit_blob as blob on blob.tenant_id = named.tenant_id and encode(blob.sha256, 'hex') = named.sha256
on conflict do nothing;
drop table audit_blob;

create function keep_audit_beside() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if tg_op = 'DELETE' and exists (
    select 1 from audit_log_meta m
    join audit_log l on l.tenant_id = m.tenant_id and l.log_id = m.log_id and l.entry_id = old.entry_id
    where m.tenant_id = old.tenant_id and l.entry is null) then
    return old;
  end if;
  raise exception 'what stands beside an entry stays as long as its text: % is refused', tg_op using errcode = '42501';
end $$;
create trigger audit_beside_stays before update or delete on audit_beside
  for each row execute function keep_audit_beside();
create trigger audit_beside_no_truncate before truncate on audit_beside
  for each statement execute function refuse_changing_audit();

-- As before, and what stands beside the entries goes with them.
create or replace function clear_truncated(tenant text, log text, at_most int) returns bigint
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
  delete from audit_beside
  where tenant_id = tenant and entry_id in (
    select entry_id from audit_log
    where tenant_id = tenant and log_id = log and idx >= first and idx < past and entry is null);
  update audit_log_meta set cleared_below = past where tenant_id = tenant and log_id = log;
  return past - first;
end $$;

grant select, insert on audit_beside to riposte_app;
